// The status page by a link, and what it does not say.
import type { Alert } from '@tickwatch/db'
import { alertNames, builtInDefinitions } from '@tickwatch/slo'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { coded, startWithPeople } from '../../testing/people.ts'
import { seedTenant } from '../../testing/testApi.ts'
import type { Scope } from '../apiToken/apiToken.types.ts'
import { receiveAlerts } from '../incident/receiveAlerts.ts'
import { createNotificationQueue } from '../notification/queue.ts'
import type { StatusView } from './status.types.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>
let admin: pg.Client

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
  admin = new pg.Client({ connectionString: urls.admin })
  await admin.connect()
  // A page fires for a tenant.
  const labels = { slo: 'freshness', alertname: alertNames.page, tenant_id: 'acme', tenant: 'tickwatch' }
  const firing = [{ labels, points: [[0, 1_000]] as [number, number][] }]
  at.api.amp.state.answer = (promql) => (promql.includes('ALERTS_FOR_STATE') ? firing : [])
})
afterAll(async () => {
  await admin.end()
  await at.stop()
})

const link = async (name: string, scopes: Scope[] = ['status:read']) =>
  (await at.platform.apiToken.create.mutate({ name, scopes, expiresInDays: 30 })).token
const open = (token: string | null) =>
  fetch(`${at.api.urls().portalUrl}/v1/status`, {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  })
const viewOf = async (token: string) => (await (await open(token)).json()) as StatusView
const codeOf = async (token: string | null) => {
  const answer = await open(token)
  return [answer.status, ((await answer.json()) as { code: string }).code]
}

describe('a link to the status page', () => {
  it('shows all built-in SLOs, no name of a tenant, and when it was used', async () => {
    const token = await link('wall')
    const answer = await open(token)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const text = await answer.text()
    expect(text).not.toContain('acme')
    const { slos } = JSON.parse(text) as StatusView
    expect(slos.map(({ sloId }) => sloId)).toEqual(builtInDefinitions.map(({ id }) => id))
    expect(slos.map(({ state }) => state)).toEqual(['burning', ...slos.slice(1).map(() => 'unknown')])
    expect(slos[0]).toMatchObject({ since: '1970-01-01T00:16:40.000Z', tenants: null })
    const days = slos[0]?.days ?? []
    expect(days).toHaveLength(90)
    expect(days.every(({ state, badRatio }) => state === 'withoutData' && badRatio === null)).toBe(true)
    const [listed] = (await at.platform.apiToken.list.query()).items
    expect(listed).toMatchObject({ name: 'wall', lastUsedAt: expect.any(String) })
  })

  it('names tenants only if it allows that', async () => {
    const { slos } = await viewOf(await link('of-the-team', ['status:read', 'status:tenants']))
    expect(slos[0]).toMatchObject({ sloId: 'freshness', tenants: ['acme'] })
    expect(await codeOf(await link('names-alone', ['status:tenants']))).toEqual([403, 'api-token-scope-missing'])
  })

  it('that is missing, wrong, revoked, expired or for something else shows nothing', async () => {
    expect(await codeOf(null)).toEqual([401, 'api-token-missing'])
    expect(await codeOf(`tw_a_${'x'.repeat(43)}`)).toEqual([401, 'api-token-refused'])
    expect(await codeOf(await link('alerts', ['alerts:send']))).toEqual([403, 'api-token-scope-missing'])
    const revoked = await at.platform.apiToken.create.mutate({
      ...{ name: 'gone', scopes: ['status:read'], expiresInDays: 30 },
    })
    await at.platform.apiToken.revoke.mutate({ id: revoked.apiToken.id, confirm: 'gone' })
    expect(await codeOf(revoked.token)).toEqual([401, 'api-token-refused'])
    const expired = await link('old')
    await admin.query(
      "UPDATE api_token SET created_at = now() - interval '2 days', expires_at = now() WHERE name = 'old'",
    )
    expect(await codeOf(expired)).toEqual([401, 'api-token-refused'])
  })

  it('is made by platform admins only', async () => {
    const asked = at.auditor.apiToken.create.mutate({ name: 'own', scopes: ['status:read'], expiresInDays: 30 })
    await expect(asked).rejects.toMatchObject(coded('role-missing'))
  })
})

it('shows a person without a role the same, without a link', async () => {
  const guest = await at.api.as({ sub: 'gus' })
  const view = await guest.status.get.query()
  expect(view.slos[0]).toMatchObject({ sloId: 'freshness', state: 'burning', tenants: null })
  expect(JSON.stringify(view)).not.toContain('acme')
})

describe('the incidents on the page', () => {
  const began = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000)
  const fires = (slo: string, startsAt: Date, tenant?: string): Alert => ({
    ...{ fingerprint: `${slo} ${tenant}`, status: 'firing', startsAt, endsAt: null },
    labels: {
      ...{ alertname: alertNames.page, slo, tenant: 'tickwatch', severity: 'page' },
      ...(tenant ? { tenant_id: tenant } : {}),
    },
  })
  const incidentOf = async (slo: string, tenantId: string) => {
    const { items } = await at.platform.incident.list.query({ slo, tenantId })
    return items[0]?.number ?? expect.fail('there is no incident')
  }
  const guest = async () => (await at.api.as({ sub: 'gus' })).status.get.query()

  beforeAll(async () => {
    await seedTenant(at.api.db, 'globex')
    await receiveAlerts(
      at.api.db,
      createNotificationQueue('test'),
      [
        fires('ingest-success', began(10), 'globex'),
        fires('freshness', began(5), 'acme'),
        fires('freshness', began(20), 'globex'),
        // Neither is on the page: a person named both, and the names may be those of tenants.
        fires('writes-of-acme', began(30), 'acme'),
        { ...fires('', began(30)), labels: { alertname: 'AcmeIsDown', tenant: 'acme', severity: 'page' } },
      ],
      'amp',
    )
    const number = await incidentOf('ingest-success', 'globex')
    await at.platform.incident.note.mutate({ number, text: 'globex sends garbage' })
    await at.platform.incident.assign.mutate({ number, assignee: 'Tomas' })
    await at.platform.incident.resolve.mutate({ number, reason: 'globex stopped', evenIfFiring: true })
    await at.platform.incident.acknowledge.mutate({ number: await incidentOf('freshness', 'acme') })
  })

  it('are those of its SLOs, the oldest first, then those resolved of the last days', async () => {
    const { incidents } = await viewOf(await link('incidents'))
    expect(incidents).toMatchObject({ days: 7, more: false, knownAt: null, alertsUnread: false })
    expect(incidents?.open).toMatchObject([
      { title: 'Graphs are current', state: 'burning', acknowledged: false, resolvedAt: null },
      { title: 'Graphs are current', state: 'burning', acknowledged: true },
    ])
    const [first, second] = incidents?.open ?? []
    expect(Date.parse(first?.beganAt ?? '')).toBeLessThan(Date.parse(second?.beganAt ?? ''))
    expect(incidents?.resolved).toMatchObject([{ title: 'Writes are accepted', resolvedAt: expect.any(String) }])
  })

  it('are the same for a person who is signed in, also for a platform admin', async () => {
    const { incidents } = await viewOf(await link('same'))
    expect((await guest()).incidents).toEqual(incidents)
    expect((await at.platform.status.get.query()).incidents).toEqual(incidents)
    expect(JSON.stringify(incidents)).not.toMatch(/acme|globex/i)
  })

  it('name their tenants only by a link that allows that, and never have what people wrote', async () => {
    const { incidents } = await viewOf(await link('with-names', ['status:read', 'status:tenants']))
    expect(incidents?.open.map(({ tenants }) => tenants?.names)).toEqual([['globex'], ['acme']])
    expect(incidents?.resolved.map(({ tenants }) => tenants)).toEqual([{ names: ['globex'], count: 1 }])
    expect(JSON.stringify(incidents)).not.toMatch(/garbage|Tomas|stopped|AcmeIsDown|writes-of-acme/)
  })

  it('leave out what was resolved more than seven days ago', async () => {
    await admin.query(`UPDATE incident SET began_at = now() - interval '9 days', resolved_at = now() - interval '8 days'
      WHERE state = 'resolved'`)
    await at.api.restart()
    expect((await guest()).incidents).toMatchObject({ open: [{}, {}], resolved: [] })
  })
})

it('says that nothing is known while the store of metrics is away', async () => {
  at.api.amp.state.away = true
  // What fires is remembered for 5 s, so another API is asked.
  await at.api.restart()
  const { slos, missing } = await viewOf(await link('while-away'))
  at.api.amp.state.away = false
  expect(slos.map(({ state }) => state)).toEqual(slos.map(() => 'unknown'))
  expect(slos.every(({ days }) => days === null)).toBe(true)
  expect(missing).toContain('the metrics store does not answer right now')
})

it('refuses an address that asks too often before it looks up the token, and says when to ask again', async () => {
  const answers = await Promise.all(Array.from({ length: 80 }, () => open(null)))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(0)
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
})
