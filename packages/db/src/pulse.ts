import { answerWithinMs } from '@tickwatch/policy'
import pg from 'pg'
import { DatabaseUnavailable } from './errors.ts'

/** Statements that take longer are rare. With `answerWithinMs.database` it is less than the portal waits for a page. */
const askAfterMs = 1_000

/**
 * Notices that Postgres hangs while a transaction waits for it. A statement may take much longer than a person should
 * wait to read that nothing answers, so its own time limit is no sign of that.
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
      const hangs = new Promise<never>((_, reject) => {
        const askLater = () => {
          if (!over) timer = setTimeout(() => void ask().then(askLater, giveUp), askAfterMs)
        }
        const giveUp = (cause: unknown) => reject(new DatabaseUnavailable('Postgres does not answer', { cause }))
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
