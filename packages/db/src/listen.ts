import pg from 'pg'
import { type Change, changesChannel } from './job.repository.ts'

export type Listener = {
  listen(on: (change: Change) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

const reconnectAfterMs = { first: 50, max: 2_000 }

/** One connection that listens while there is a listener, and reconnects after a loss. */
export function createListener(url: string): Listener {
  const listeners = new Set<(change: Change) => void>()
  let connection: Promise<pg.Client> | null = null
  let retry: NodeJS.Timeout | null = null
  let closed = false

  const callAll = (change: Change) => {
    for (const on of listeners) on(change)
  }

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'tickwatch-listen',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    })
    client.on('notification', ({ payload }) => {
      // Only `notify` sends on this channel, and it sends a Change.
      if (payload) callAll(JSON.parse(payload) as Change)
    })
    // An error is always followed by 'end', which reconnects.
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query(`LISTEN ${changesChannel}`)
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
    client.once('end', () => {
      connection = null
      reconnect(reconnectAfterMs.first)
    })
    return client
  }

  function reconnect(afterMs: number): void {
    if (closed || listeners.size === 0 || retry) return
    retry = setTimeout(() => {
      retry = null
      connection ??= connect()
      connection.then(
        () => callAll({ kind: 'resync' }),
        () => {
          connection = null
          reconnect(Math.min(afterMs * 2, reconnectAfterMs.max))
        },
      )
    }, afterMs)
  }

  async function disconnect(): Promise<void> {
    if (retry) clearTimeout(retry)
    retry = null
    const client = await connection?.catch(() => null)
    connection = null
    client?.removeAllListeners('end')
    await client?.end()
  }

  return {
    async listen(on) {
      listeners.add(on)
      try {
        connection ??= connect()
        await connection
      } catch (error) {
        connection = null
        listeners.delete(on)
        throw error
      }
      return async () => {
        listeners.delete(on)
        if (listeners.size === 0) await disconnect()
      }
    },
    async close() {
      closed = true
      listeners.clear()
      await disconnect()
    },
  }
}
