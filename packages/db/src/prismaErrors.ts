import { Prisma } from './generated/client.ts'

// https://www.prisma.io/docs/orm/reference/error-reference
const codeOf = (error: unknown) => (error instanceof Prisma.PrismaClientKnownRequestError ? error.code : null)

export const isUniqueViolation = (error: unknown) => codeOf(error) === 'P2002'
export const isForeignKeyViolation = (error: unknown) => codeOf(error) === 'P2003'

// Not reachable, timed out, closed the connection, no connection free in time, no transaction started in time.
const unreachable = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028'])
/**
 * Class 08: the connection broke; 53: no connection, memory or disk is left; 57: the statement took too long, or Postgres shuts
 * down or starts up. 55P03: a lock was not free in time; 25P03 and 25P04: the transaction took too long.
 */
const notAnswered = /^((08|53|57)...|55P03|25P0[34])$/

/** Whether Postgres is unavailable; if not, the statement is wrong. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (unreachable.has(codeOf(error) ?? '')) return true
  const { originalCode } = Object(Object(Object(error).meta).driverAdapterError?.cause)
  return (
    notAnswered.test(String(originalCode)) ||
    /Connection terminated|Server has closed the connection|Query read timeout|timeout exceeded when trying to connect/.test(
      error.message,
    )
  )
}
