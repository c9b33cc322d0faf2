import pg from 'pg'

/**
 * Connections for graphile-worker: one listens, one works the queue. A pool that it opened itself would end the process
 * when Postgres goes away while it closes, since it stops listening to the pool's errors before the connections are gone.
 */
export function openJobPool(url: string, onError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 2, application_name: 'tickwatch-jobs' })
  // Of idle connections, and of those that are lent out.
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  return pool
}
