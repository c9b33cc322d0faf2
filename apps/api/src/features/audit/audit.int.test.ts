import { auditGenesis, auditHash, auditLog } from '@tickwatch/db'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { rate, soon, startWithPeople } from '../../testing/people.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
  for (let i = 0; i < 3; i++) {
    await at.owner.quota.propose.mutate({ limits: { [rate]: 20_000 + i }, reason: `edit ${i}`, baseRevision: i })
  }
})
afterAll(() => at.stop())

describe('the audit log', () => {
  it('can be exported as a whole, and its hashes can be checked', async () => {
    await quiet()
    const { ndjson, nextCursor } = await at.auditor.audit.export.query({})
    const lines = ndjson
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map((l) => l.seq)).toEqual(lines.map((_, i) => i + 1))
    expect(nextCursor).toBeNull()
    expect(await at.auditor.audit.verify.query({ now: true })).toMatchObject({ intact: true, events: lines.length })
  })

  it('has a link to each event: its cursor opens the page that begins with it', async () => {
    const { items } = await at.auditor.audit.list.query({ pageSize: 3 })
    const third = items[2] ?? expect.fail('too few events')
    const { items: linked } = await at.auditor.audit.list.query({ cursor: third.cursor, pageSize: 1 })
    expect(linked).toEqual([third])
  })

  /** Changes rows as the database's owner can, without triggers and row-level security. */
  async function asOwner(work: (client: pg.Client) => Promise<void>) {
    const client = new pg.Client({ connectionString: urls.admin })
    await client.connect()
    await client.query("SET session_replication_role = 'replica'")
    try {
      await work(client)
    } finally {
      await client.end()
    }
  }
  const verify = () => at.auditor.audit.verify.query({ now: true })
  /** Waits until nothing is left to publish: publishing would write an audit event during the test. */
  const quiet = () =>
    vi.waitFor(
      () =>
        asOwner(async (client) => {
          const { rows } = await client.query(
            "SELECT FROM graphile_worker.jobs WHERE task_identifier IN ('publish', 'checkpointAudit')",
          )
          expect(rows).toEqual([])
        }),
      soon,
    )

  it('is compared with checkpoints outside the database, again after S3 did not answer', async () => {
    await quiet()
    const head = await at.api.db.platform((tx) => auditLog.head(tx))
    // Without waiting for the cron. It may have run meanwhile, because it runs at each fifth minute of the clock.
    await asOwner(async (client) => {
      await client.query("SELECT graphile_worker.add_job('checkpointAudit')")
    })
    await vi.waitFor(async () => {
      const { checkpoints } = await verify()
      expect(checkpoints).toMatchObject({ newest: { seq: head.seq } })
    }, soon)
    const { checkpoints } = await verify()
    expect(checkpoints?.agree).toBeGreaterThan(0)
    at.api.objects.state.away = true
    expect(await verify()).toMatchObject({ intact: true, checkpoints: null })
    at.api.objects.state.away = false
    expect(await verify()).toMatchObject({ intact: true, checkpoints: { agree: checkpoints?.agree } })
  })

  it('that the database’s owner cut short does not fit its checkpoint', async () => {
    const events = await at.api.db.platform((tx) => auditLog.page(tx, 0, 1_000))
    const last = events.at(-2) ?? expect.fail('too few events')
    await asOwner(async (client) => {
      await client.query('CREATE TABLE kept_event AS SELECT * FROM audit_event WHERE seq > $1', [last.seq])
      await client.query('DELETE FROM audit_event WHERE seq > $1', [last.seq])
      await client.query('UPDATE audit_head SET seq = $1, hash = $2', [last.seq, last.hash])
    })
    expect(await verify()).toMatchObject({ intact: false, broken: { what: expect.stringContaining('cut short') } })
    const head = events.at(-1) ?? expect.fail('too few events')
    await asOwner(async (client) => {
      await client.query('INSERT INTO audit_event SELECT * FROM kept_event')
      await client.query('UPDATE audit_head SET seq = $1, hash = $2', [head.seq, head.hash])
    })
    expect(await verify()).toMatchObject({ intact: true })
  })

  it('that the database’s owner rewrote, with new hashes, does not fit its checkpoint', async () => {
    const events = await at.api.db.platform((tx) => auditLog.page(tx, 0, 1_000))
    let { hash } = auditGenesis
    await asOwner(async (client) => {
      for (const { seq, body } of events) {
        const forged = JSON.stringify({ ...JSON.parse(body), reason: 'forged' })
        hash = auditHash(hash, seq, forged)
        await client.query('UPDATE audit_event SET body = $1, hash = $2 WHERE seq = $3', [forged, hash, seq])
      }
      await client.query('UPDATE audit_head SET hash = $1', [hash])
    })
    expect(await verify()).toMatchObject({ intact: false, broken: { what: expect.stringContaining('rewritten') } })
  })

  it('shows which event someone changed with the database owner’s password', async () => {
    await asOwner(async (client) => {
      await client.query("UPDATE audit_event SET body = replace(body, 'forged', 'honest') WHERE seq = 1")
    })
    const chain = await at.auditor.audit.verify.query({ now: true })
    expect(chain).toMatchObject({ intact: false, broken: { what: expect.stringContaining('hash') } })
  })
})
