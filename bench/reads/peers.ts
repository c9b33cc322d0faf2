// Reads pages of the audit log in naive ways and in ours, in the same rounds and on the same connection.
import pg from 'pg'
import { auditEventCount } from './audit.ts'

const rounds = 7
const columns = 'SELECT seq, occurred_at, hash, body FROM public.audit_event'
const newestFirst = 'ORDER BY occurred_at DESC, seq DESC'
const depth = auditEventCount / 2

/** How many times longer the naive ways take, by the medians. */
export type Peers = { timesOffsetPaging: number; timesWithoutIndex: number }

/** @param url for the platform's role, so that row-level security applies as it does for the API. */
export async function timePeers(url: string): Promise<Peers> {
  const client = new pg.Client({ connectionString: url, options: '-c TimeZone=UTC' })
  await client.connect()
  try {
    const end = await client.query(`${columns} WHERE seq = $1`, [auditEventCount - depth])
    const keyset = [end.rows[0].occurred_at, end.rows[0].seq]
    const times = { keyset: [] as number[], offset: [] as number[], indexed: [] as number[], scanned: [] as number[] }
    const timed = async (into: number[], sql: string, values: unknown[]) => {
      const startedAt = performance.now()
      const { rows } = await client.query(sql, values)
      into.push(performance.now() - startedAt)
      if (rows.length !== 51) throw new Error(`the page has ${rows.length} rows instead of 51`)
    }
    for (let round = 0; round < rounds; round += 1) {
      await timed(times.keyset, `${columns} WHERE (occurred_at, seq) < ($1, $2) ${newestFirst} LIMIT 51`, keyset)
      await timed(times.offset, `${columns} ${newestFirst} LIMIT 51 OFFSET $1`, [depth])
      const ofPerson = `${columns} WHERE actor = $1 ${newestFirst} LIMIT 51`
      await timed(times.indexed, ofPerson, [`person-${round}`])
      await client.query('SET enable_indexscan = off; SET enable_bitmapscan = off')
      await timed(times.scanned, ofPerson, [`person-${round}`])
      await client.query('RESET enable_indexscan; RESET enable_bitmapscan')
    }
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[(rounds - 1) / 2] as number
    return {
      timesOffsetPaging: Math.round(median(times.offset) / median(times.keyset)),
      timesWithoutIndex: Math.round(median(times.scanned) / median(times.indexed)),
    }
  } finally {
    await client.end()
  }
}
