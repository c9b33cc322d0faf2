// What each feature's people see, where the other tests do not show it already.
import { randomUUID } from 'node:crypto'
import { auditGenesis, auditHash, auditLog, changeRequests } from '@tickwatch/db'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../testing/fixtures.ts'
import { type Client, seedPlatform, seedTenant, startTestApi, type TestApi } from '../testing/testApi.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
let api: TestApi
let platform: Client
let auditor: Client
let owner: Client
const rate = 'ingest.samplesPerSecond'
const soon = { timeout: 10_000, interval: 20 }
const coded = (code: string) => ({ data: { tickwatch: { code } } })

beforeAll(async () => {
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  api = await startTestApi({ urls, caFile: pki.caFile, server: pki.server })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { [rate]: { min: 1, max: 100_000 } })
  await seedTenant(api.db, 'tickwatch')
  platform = await api.as({ sub: 'tomas', groups: ['platform-admins'] })
  auditor = await api.as({ sub: 'ewa', groups: ['auditors'] })
  owner = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
})
afterAll(async () => {
  await api.stop()
  folder.remove()
})

describe('access', () => {
  it('tells each person what they may do', async () => {
    expect(await owner.access.me.query()).toMatchObject({
      subject: 'mara',
      platformPermissions: ['session:read', 'freshness:read'],
      tenants: [{ id: 'acme', permissions: expect.arrayContaining(['quota:propose']) }],
    })
    const all = await auditor.access.me.query()
    expect(all.platformPermissions).toContain('audit:read')
    expect(all.tenants.map((t) => t.id)).toEqual(['acme', 'tickwatch'])
    expect(all.tenants[0]?.permissions).not.toContain('quota:propose')
  })

  it('granted to a person’s address opens a tenant at once, and closes it when removed', async () => {
    const person = await api.as({ sub: 'lee', email: 'Lee@acme.example' }, 'acme')
    await expect(person.quota.current.query()).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
    const input = {
      role: 'tenant-viewer',
      tenantId: 'acme',
      subjectKind: 'person',
      subject: 'lee@Acme.example',
    } as const
    const grant = await platform.access.addGrant.mutate(input)
    expect((await person.quota.current.query()).tenant.id).toBe('acme')
    await expect(platform.access.addGrant.mutate(input)).rejects.toMatchObject(coded('grant-exists'))
    await platform.access.removeGrant.mutate({ id: grant.id })
    await expect(person.quota.current.query()).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
    const [revoked, granted] = (await auditor.audit.list.query({ actor: 'tomas' })).items
    expect(revoked).toMatchObject({ action: 'access.revoke', before: { subject: 'lee@acme.example' }, after: null })
    expect(granted).toMatchObject({ action: 'access.grant', tenantId: 'acme', before: null })
  })

  it('is asked of who holds it: of the platform by anyone, of a tenant by who has a role there', async () => {
    const stranger = await api.as({ sub: 'sam' })
    const group = (subject: string) => ({ subjectKind: 'group', subject })
    expect(await stranger.access.holders.query({ permission: 'audit:read' })).toEqual({
      holders: [group('auditors'), group('platform-admins')],
      more: false,
    })
    const ofAcme = { permission: 'quota:propose', tenantId: 'acme' } as const
    expect(await owner.access.holders.query(ofAcme)).toEqual({ holders: [group('acme-admins')], more: false })
    await expect(stranger.access.holders.query(ofAcme)).rejects.toMatchObject(coded('tenant-not-found'))
  })

  it('of the last platform admin stays', async () => {
    const { items } = await platform.access.grants.query({ search: 'platform-admin' })
    const [last] = items
    const removal = platform.access.removeGrant.mutate({ id: last?.id ?? '' })
    await expect(removal).rejects.toMatchObject(coded('last-platform-admin'))
  })

  it('to a tenant that is not there is refused', async () => {
    const input = { role: 'tenant-admin', tenantId: 'nobody-here', subjectKind: 'group', subject: 'x' } as const
    await expect(platform.access.addGrant.mutate(input)).rejects.toMatchObject(coded('tenant-not-found'))
  })
})

describe('a tenant', () => {
  const bundleOf = () => api.manifest('canary') ?? ''

  it('that is created, suspended and resumed is in the policy each time', async () => {
    await vi.waitFor(() => expect(bundleOf()).not.toBe(''), soon)
    const seen = [bundleOf()]
    const next = () =>
      vi.waitFor(() => {
        const text = bundleOf()
        expect(seen).not.toContain(text)
        seen.push(text)
      }, soon)
    await platform.tenant.create.mutate({ id: 'hooli', name: 'hooli games', plan: 'indie' })
    await next()
    await platform.tenant.suspend.mutate({ id: 'hooli', reason: 'does not pay', confirm: 'hooli' })
    await next()
    const ofHooli = await api.as({ sub: 'tomas', groups: ['platform-admins'] }, 'hooli')
    const suspension = async () => (await ofHooli.quota.current.query()).tenant.suspension
    expect(await suspension()).toMatchObject({ by: 'tomas', reason: 'does not pay' })
    const again = platform.tenant.suspend.mutate({ id: 'hooli', reason: 'does not pay', confirm: 'hooli' })
    await expect(again).rejects.toMatchObject(coded('tenant-suspended'))
    expect(await platform.tenant.resume.mutate({ id: 'hooli', reason: 'paid' })).toMatchObject({ status: 'active' })
    expect(await suspension()).toBeNull()
    await next()
    const { items } = await auditor.policy.versions.query({ pageSize: 3 })
    expect(items.map((v) => v.causes.find((c) => c.tenantId === 'hooli')?.reason)).toEqual([
      'resumed: paid',
      'suspended: does not pay',
      'created',
    ])
  })

  it('is suspended only by who repeats its id, and the platform’s own never', async () => {
    const slip = platform.tenant.suspend.mutate({ id: 'acme', reason: 'a slip', confirm: 'acne' })
    await expect(slip).rejects.toMatchObject(coded('input-invalid'))
    const own = platform.tenant.suspend.mutate({ id: 'tickwatch', reason: 'a slip', confirm: 'tickwatch' })
    await expect(own).rejects.toMatchObject(coded('tenant-built-in'))
  })

  it('gets an envelope that the platform carries, or none', async () => {
    const reason = 'a bigger plan'
    const envelope = { [rate]: { min: 1, max: 9_000_000 } }
    const { envelope: base } = await platform.tenant.get.query({ id: 'acme' })
    const tooFar = platform.tenant.setEnvelope.mutate({ id: 'acme', base, envelope, reason })
    await expect(tooFar).rejects.toMatchObject(coded('envelope-invalid'))
    const wider = { [rate]: { min: 5, max: 200_000 } }
    await platform.tenant.setEnvelope.mutate({ id: 'acme', base, envelope: wider, reason })
    // Another admin, whose editor was opened on the same envelope.
    const late = { id: 'acme', base, envelope: { [rate]: { min: 5, max: 90_000 } }, reason }
    await expect(platform.tenant.setEnvelope.mutate(late)).rejects.toMatchObject(coded('envelope-conflict'))
    expect((await owner.quota.current.query()).envelope).toEqual(wider)
  })

  it('is found by its name, sorted and paged', async () => {
    const first = await auditor.tenant.list.query({ pageSize: 2, sort: 'name', direction: 'desc' })
    const second = await auditor.tenant.list.query({
      pageSize: 2,
      sort: 'name',
      direction: 'desc',
      cursor: first.nextCursor,
    })
    expect([...first.items, ...second.items].map((t) => t.id)).toEqual(['tickwatch', 'hooli', 'acme'])
    expect((await auditor.tenant.list.query({ search: 'HOO' })).items).toMatchObject([{ id: 'hooli' }])
    const elsewhere = auditor.tenant.list.query({ cursor: 'bm9uc2Vuc2U' })
    await expect(elsewhere).rejects.toMatchObject(coded('cursor-invalid'))
  })
})

describe('the platform admin', () => {
  it('acts on a tenant’s quota by the tenant’s own rules', async () => {
    const onAcme = await api.as({ sub: 'tomas', groups: ['platform-admins', 'approvers'] }, 'acme')
    const beyond = { limits: { [rate]: 300_000 }, reason: 'launch', baseRevision: 0 }
    const asked = await onAcme.quota.propose.mutate(beyond)
    const id = asked.outcome === 'requested' ? asked.changeRequestId : ''
    const own = onAcme.changeRequest.approve.mutate({ id, reason: 'I say so' })
    await expect(own).rejects.toMatchObject(coded('four-eyes'))
  })
})

describe('usage', () => {
  const series = (points: [number, number | null][]) => [{ labels: {}, points }]
  const hourAgo = () => new Date(Date.now() - 3_600_000).toISOString()

  it('shows history with the limit as it was, and marks its changes', async () => {
    api.amp.state.answer = (promql) => (promql.includes('refused') ? [] : series([]))
    const from = hourAgo()
    await owner.quota.propose.mutate({ limits: { [rate]: 12_000 }, reason: 'a marker', baseRevision: 0 })
    const history = await owner.usage.history.query({
      limit: rate,
      from,
      to: new Date(Date.now() + 60_000).toISOString(),
    })
    expect(history.points.length).toBeGreaterThan(200)
    expect(history.points[0]).toMatchObject({ used: null, refused: null, limit: 10_000 })
    expect(history.points.at(-1)?.limit).toBe(12_000)
    expect(history.changes).toMatchObject([{ from: 10_000, to: 12_000, by: 'mara', reason: 'a marker' }])
    expect(history.historyMissing).toBeNull()
    const [change] = history.changes
    const page = await owner.quota.history.query({ cursor: change?.cursor ?? null, pageSize: 1 })
    expect(page.items[0]?.revision).toBe(change?.revision)
  })

  it('previews what a limit would have refused, to the minute over seven days', async () => {
    api.amp.state.answer = (promql) => {
      const to = Math.floor(Date.now() / 1_000 / 60) * 60
      return promql.includes('refused')
        ? []
        : series([
            [to - 60, 900],
            [to, 1_500],
          ])
    }
    const preview = await owner.usage.preview.query({ limit: rate, value: 1_000, hours: 168 })
    expect(preview).toMatchObject({ refusedSamples: 500 * 60, refusedMinutes: 1, peak: 1_500 })
  })

  it('asks AMP for no other tenant’s figures', () => {
    const own = api.amp.asked.filter((q) => q.includes('tickwatch_ingest'))
    expect(own.length).toBeGreaterThan(0)
    for (const promql of own) expect(promql).toContain('{tenant="tickwatch",tenant_id="acme"')
  })

  it('stays whole without AMP, and says what is missing', async () => {
    api.amp.state.away = true
    const range = { limit: rate, from: hourAgo(), to: new Date().toISOString() } as const
    expect(await owner.usage.history.query(range)).toMatchObject({
      historyMissing: expect.stringContaining('History is missing'),
    })
    expect(await owner.usage.now.query()).toMatchObject({ refused24h: null, historyMissing: expect.any(String) })
    expect(await owner.usage.freshness.query()).toMatchObject({ state: 'unknown', ageSeconds: null })
    expect(await owner.usage.preview.query({ limit: rate, value: 1, hours: 1 })).toMatchObject({ coverageRatio: 0 })
    api.amp.state.away = false
  })

  it('puts the alerts of drift and stale graphs into AMP', async () => {
    await vi.waitFor(() => expect(api.amp.rules.get('tickwatch-platform')).toContain('TickwatchPolicyDrift'), soon)
  })
})

describe('the audit log', () => {
  it('can be exported whole, and its hashes followed', async () => {
    const { ndjson, nextCursor } = await auditor.audit.export.query({})
    const lines = ndjson
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map((l) => l.seq)).toEqual(lines.map((_, i) => i + 1))
    expect(nextCursor).toBeNull()
    expect(await auditor.audit.verify.query({ now: true })).toMatchObject({ intact: true, events: lines.length })
  })

  /** As the database's owner can, past every trigger and right. */
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
  const verify = () => auditor.audit.verify.query({ now: true })
  /** Nothing is left to publish that would write an event meanwhile. */
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

  it('is held to checkpoints outside the database, also while S3 is away and after', async () => {
    await quiet()
    expect(await verify()).toMatchObject({ intact: true, checkpoints: { agree: 0, newest: null } })
    const head = await api.db.platform((tx) => auditLog.head(tx))
    // Without waiting for the cron.
    await asOwner(async (client) => {
      await client.query("SELECT graphile_worker.add_job('checkpointAudit')")
    })
    await vi.waitFor(async () => {
      const { checkpoints } = await verify()
      expect(checkpoints).toMatchObject({ agree: 1, newest: { seq: head.seq } })
    }, soon)
    api.objects.state.away = true
    expect(await verify()).toMatchObject({ intact: true, checkpoints: null })
    api.objects.state.away = false
    expect(await verify()).toMatchObject({ intact: true, checkpoints: { agree: 1 } })
  })

  it('cut short by the database’s owner does not fit its checkpoint', async () => {
    const events = await api.db.platform((tx) => auditLog.page(tx, 0, 1_000))
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

  it('written anew by the database’s owner, hashes and all, does not fit its checkpoint', async () => {
    const events = await api.db.platform((tx) => auditLog.page(tx, 0, 1_000))
    let { hash } = auditGenesis
    await asOwner(async (client) => {
      for (const { seq, body } of events) {
        const forged = JSON.stringify({ ...JSON.parse(body), reason: 'forged' })
        hash = auditHash(hash, seq, forged)
        await client.query('UPDATE audit_event SET body = $1, hash = $2 WHERE seq = $3', [forged, hash, seq])
      }
      await client.query('UPDATE audit_head SET hash = $1', [hash])
    })
    expect(await verify()).toMatchObject({ intact: false, broken: { what: expect.stringContaining('written anew') } })
  })

  it('shows where someone with the database’s own keys changed it', async () => {
    await asOwner(async (client) => {
      await client.query("UPDATE audit_event SET body = replace(body, 'forged', 'honest') WHERE seq = 1")
    })
    const chain = await auditor.audit.verify.query({ now: true })
    expect(chain).toMatchObject({ intact: false, broken: { what: expect.stringContaining('hash') } })
  })
})

it('a tenant with 100 pending requests is told to withdraw one before it asks again', async () => {
  await seedTenant(api.db, 'initech', { [rate]: { min: 1, max: 100 } })
  const admin = await api.as({ sub: 'peter', groups: ['initech-admins'] }, 'initech')
  const ask = () => admin.quota.propose.mutate({ limits: { [rate]: 200 }, reason: 'more of it', baseRevision: 0 })
  await ask()
  const [first] = (await admin.quota.current.query()).pending
  await api.db.tenant('initech', async (tx) => {
    const request = await changeRequests.byId(tx, first?.id ?? '')
    if (!request) return expect.fail('no request')
    const { tenantName: _t, plan: _p, state: _s, decision: _d, appliedRevision: _a, ...asked } = request
    for (let i = 1; i < 100; i += 1) await changeRequests.create(tx, { ...asked, id: randomUUID() })
  })
  await expect(ask()).rejects.toMatchObject({
    message: expect.stringContaining('Withdraw one'),
    ...coded('requests-full'),
  })
  await admin.quota.withdraw.mutate({ id: first?.id ?? '' })
  expect(await ask()).toMatchObject({ outcome: 'requested' })
})
