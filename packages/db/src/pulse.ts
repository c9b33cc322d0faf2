import { performance } from 'node:perf_hooks'
import { answerWithinMs } from '@tickwatch/policy'
import pg from 'pg'
import { DatabaseUnavailable } from './errors.ts'

/** Few statements take longer. Together with `answerWithinMs.database` this is less than the portal waits for a page. */
const askAfterMs = 1_000
/** A process that computes for more than this part of a time may itself be why it read no answer. It asks so often again. */
const busyRatio = 0.5
const askAgainMax = 2

/**
 * Notices that Postgres hangs while a transaction waits for it. The time limits of statements can't show that soon: a
 * statement may take 15 s, and a person should read within 5 s that nothing answers. So another connection asks.
 */
export function createPulse(url: string) {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: answerWithinMs.database,
    query_timeout: answerWithinMs.database,
    application_name: 'tickwatch-pulse',
  })
  // The next question opens another connection.
  pool.on('error', () => {})
  let asking: Promise<unknown> | null = null
  const ask = () => {
    asking ??= pool.query('SELECT 1').finally(() => {
      asking = null
    })
    return asking
  }
  return {
    /** Waits for `transaction`, and asks Postgres every second whether it still answers. @throws DatabaseUnavailable */
    async during<T>(transaction: Promise<T>): Promise<T> {
      let timer: NodeJS.Timeout | undefined
      let over = false
      let askedAgain = 0
      const hangs = new Promise<never>((_, reject) => {
        const askLater = () => {
          if (!over) timer = setTimeout(askNow, askAfterMs)
        }
        const askNow = () => {
          const before = performance.eventLoopUtilization()
          const giveUp = (cause: unknown) => {
            const isBusy = performance.eventLoopUtilization(before).utilization > busyRatio
            // A refusal is an answer too, for example that there are too many connections.
            if (cause instanceof pg.DatabaseError || (isBusy && askedAgain++ < askAgainMax)) askLater()
            else reject(new DatabaseUnavailable('Postgres does not answer', { cause }))
          }
          ask().then(askLater, giveUp)
        }
        askLater()
      })
      try {
        return await Promise.race([transaction, hangs])
      } finally {
        over = true
        clearTimeout(timer)
      }
    },
    close: () => pool.end(),
  }
}
