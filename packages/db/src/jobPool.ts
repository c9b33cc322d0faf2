import pg from 'pg'

/**
 * Connections for graphile-worker: one listens, one works the queue. A pool that it opened itself would end the process
 * if Postgres went away during a shutdown: it stops listening to errors before it closes the connections.
 */
export function openJobPool(url: string, onError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 2, application_name: 'tickwatch-jobs' })
  // The pool reports errors of idle connections, and each connection its own while it is in use.
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  return pool
}
