import { Prisma } from './generated/client.ts'

// https://www.prisma.io/docs/orm/reference/error-reference
const codeOf = (error: unknown) => (error instanceof Prisma.PrismaClientKnownRequestError ? error.code : null)

export const isUniqueViolation = (error: unknown) => codeOf(error) === 'P2002'
export const isForeignKeyViolation = (error: unknown) => codeOf(error) === 'P2003'
