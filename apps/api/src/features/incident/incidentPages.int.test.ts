// What pages read of incidents beside the incident itself, with real Postgres: who sees what of it.
import type { Alert } from '@tickwatch/db'
import { alertNames, groupKey } from '@tickwatch/slo'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { coded, rate, soon, startWithPeople } from '../../testing/people.ts'
import { type Client, seedTenant } from '../../testing/testApi.ts'
import { createNotificationQueue } from '../notification/queue.ts'
import { receiveAlerts } from './receiveAlerts.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>
let globex: Client
let guest: Client
const slo = 'ingest-success'
const queue = createNotificationQueue('test')

const fires = (tenant: string, began: Date, of = slo): Alert => ({
  ...{ fingerprint: `${of} ${tenant} ${began.getTime()}`, status: 'firing', startsAt: began, endsAt: null },
  labels: { alertname: alertNames.page, slo: of, tenant: 'tickwatch', severity: 'page', tenant_id: tenant },
})
const hear = (...alerts: Alert[]) => receiveAlerts(at.api.db, queue, alerts, 'amp')
const numberOf = async (tenantId: string) => {
  const { items } = await at.platform.incident.list.query({ slo, tenantId })
  return items[0]?.number ?? expect.fail('there is no incident')
}
const change = async (client: Client, value: number, reason: string) => {
  const { revision: baseRevision } = await client.quota.current.query()
  await client.quota.propose.mutate({ limits: { [rate]: value }, reason, baseRevision })
}

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
  await seedTenant(at.api.db, 'globex', { [rate]: { min: 1, max: 100_000 } })
  globex = await at.api.as({ sub: 'gil', groups: ['globex-admins'] }, 'globex')
  guest = await at.api.as({ sub: 'guest', groups: [] })
  await change(at.owner, 9_000, 'acmes reason')
  await change(globex, 8_000, 'globexs reason')
  await at.owner.reader.create.mutate({ name: 'grafana', expiresInDays: 9 })
  await at.platform.tenant.setEnvelope.mutate({
    ...{ id: 'globex', base: { [rate]: { min: 1, max: 100_000 } } },
    ...{ envelope: { [rate]: { min: 1, max: 90_000 } }, reason: 'a smaller one' },
  })
  await hear(fires('acme', new Date()), fires('globex', new Date()), fires('acme', new Date(), 'freshness'))
})
afterAll(() => at.stop())

describe('the charts of an SLO', () => {
  const asked = (group: string | null) => ({
    ...{ sloId: slo, group },
    ...{ from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date(Date.now() + 60_000).toISOString() },
  })
  const ofAcme = groupKey({ tenant_id: 'acme' })

  it('mark for the platform’s people all incidents of it, and what changed', async () => {
    const marks = await at.auditor.incident.marksOfSlo.query(asked(null))
    expect(marks.incidents.map(({ path, spans }) => [path, spans.map(({ to }) => to)])).toEqual([
      [`/incidents/${await numberOf('globex')}`, [null]],
      [`/incidents/${await numberOf('acme')}`, [null]],
    ])
    expect(marks).toMatchObject({ of: 'all', changesSince: null })
    const titles = marks.changes.map(({ title }) => title)
    expect(titles).toContainEqual(expect.stringMatching(/^mara .* limits of acme/))
    expect(titles).toContainEqual('tomas changed the envelope of globex')
    const own = await at.auditor.incident.marksOfSlo.query(asked(ofAcme))
    expect(own.incidents.map(({ number }) => number)).toEqual([await numberOf('acme')])
    expect(JSON.stringify(own)).not.toContain('globex')
  })

  it('mark for a tenant’s people what harmed their tenant and what changed it, and nothing of another', async () => {
    for (const group of [null, ofAcme]) {
      const marks = await at.owner.incident.marksOfSlo.query(asked(group))
      expect(marks.of).toBe('own')
      expect(marks.incidents.map(({ path }) => path)).toEqual([`/t/acme/incidents/${await numberOf('acme')}`])
      expect(marks.changes.map(({ reason, path }) => [reason, path])).toContainEqual(['acmes reason', '/t/acme/quotas'])
      expect(marks.changes.map(({ path }) => path)).toContain('/t/acme/readers')
      expect(JSON.stringify(marks)).not.toContain('globex')
    }
    const notFound = coded('group-not-found')
    await expect(globex.incident.marksOfSlo.query(asked(ofAcme))).rejects.toMatchObject(notFound)
  })

  it('mark for a guest nothing of a tenant', async () => {
    const marks = await guest.incident.marksOfSlo.query(asked(null))
    expect(marks).toEqual({ of: 'none', incidents: [], changes: [], changesSince: null })
    await expect(guest.incident.marksOfSlo.query(asked(ofAcme))).rejects.toMatchObject(coded('group-not-found'))
  })

  it('mark an incident from when it opened until it was resolved, and not in a range after that', async () => {
    const number = await numberOf('globex')
    await at.platform.incident.resolve.mutate({ number, reason: 'it is over', evenIfFiring: true })
    const spansOf = async (range: object) =>
      (await globex.incident.marksOfSlo.query({ ...asked(null), ...range })).incidents.map(({ spans }) => spans)
    expect(await spansOf({})).toEqual([[{ from: expect.any(String), to: expect.any(String) }]])
    const later = new Date(Date.now() + 1_000).toISOString()
    expect(await spansOf({ from: later, to: new Date(Date.now() + 60_000).toISOString() })).toEqual([])
    const many = { ...asked(null), from: '2026-01-01T00:00:00Z', to: '2026-03-01T00:00:00Z' }
    await expect(guest.incident.marksOfSlo.query(many)).rejects.toMatchObject(coded('range-too-long'))
  })
})

describe('an incident', () => {
  /** What the rules counted for acme and globex: of 1,000 events of each part of the window globex has 1 bad one. */
  const counted = (promql: string) => {
    const now = Date.now() / 1_000
    return ['acme', 'globex'].flatMap((tenant_id) => {
      const series = (event: string, value: number) => ({
        ...{ labels: { slo, tenant: 'tickwatch', tenant_id, event }, points: [[now, value]] as [number, number][] },
      })
      if (promql.includes('timestamp(')) return [series('total', now)]
      return [series('bad', tenant_id === 'globex' ? 1 : 0), series('total', 1_000), series('steps', 10)]
    })
  }
  const numbers = new Map<string, number>()

  beforeAll(async () => {
    at.api.amp.state.answer = (promql) => (promql.includes('ALERTS') ? [] : counted(promql))
    await hear(fires('globex', new Date()))
    for (const id of ['acme', 'globex']) numbers.set(id, await numberOf(id))
  })
  const of = (tenantId: string) => ({ number: numbers.get(tenantId) ?? 0 })

  it('shows the budgets of those that it harms, all from one reading', async () => {
    const { harmed } = at.auditor.incident
    await vi.waitFor(async () => expect((await harmed.query(of('globex'))).missing).toBeNull(), soon)
    const asked = at.api.amp.asked.length
    expect(await harmed.query(of('globex'))).toMatchObject({
      ...{ window: { days: 30 }, more: 0, missing: null },
      rows: [
        { labels: { tenant_id: 'globex' }, figures: { leftRatio: expect.closeTo(0, 6), burn: expect.closeTo(1, 6) } },
      ],
    })
    expect((await harmed.query(of('acme'))).rows).toMatchObject([{ figures: { leftRatio: 1, burn: 0 } }])
    // Only what fires is asked for again, every few seconds.
    expect(at.api.amp.asked.slice(asked).filter((promql) => !promql.includes('ALERTS'))).toEqual([])
  })

  it('shows a tenant its own budget, and none of an incident that does not harm it', async () => {
    const own = await at.owner.incident.harmedOfTenant.query(of('acme'))
    expect(own.rows.map(({ labels }) => labels)).toEqual([{ tenant_id: 'acme' }])
    await expect(at.owner.incident.harmedOfTenant.query(of('globex'))).rejects.toMatchObject(
      coded('incident-not-found'),
    )
  })

  it('says that budgets are missing while the metrics store is away', async () => {
    await at.api.restart()
    at.api.amp.state.away = true
    const shown = await at.auditor.incident.harmed.query(of('acme'))
    expect(shown.missing).toBe('New figures are missing: the metrics store does not answer right now.')
    expect(shown.rows).toMatchObject([{ labels: { tenant_id: 'acme' }, figures: null }])
    at.api.amp.state.away = false
  })
})

it('open pages hear of an incident that opens, and of each thing that a person does with it', async () => {
  const heard = async () => (await at.auditor.session.changes.query()).incidents
  const { incident } = at.platform
  const of = async () => ({ number: (await incident.list.query({ slo: 'heard' })).items[0]?.number ?? 0 })
  const acts: [what: string, act: () => Promise<unknown>][] = [
    ['opened', () => hear(fires('acme', new Date(), 'heard'))],
    ['acknowledged', async () => incident.acknowledge.mutate(await of())],
    ['assigned', async () => incident.assign.mutate({ ...(await of()), assignee: 'Mara' })],
    ['noted', async () => incident.note.mutate({ ...(await of()), text: 'we look' })],
    ['resolved', async () => incident.resolve.mutate({ ...(await of()), reason: 'it is over', evenIfFiring: true })],
  ]
  for (const [what, act] of acts) {
    const before = await heard()
    await act()
    await vi.waitFor(async () => expect(await heard(), what).toBeGreaterThan(before), soon)
  }
})

describe('a change that is suspected', () => {
  const suspects = async (tenantId: string) => {
    await hear(fires(tenantId, new Date(), `suspects-${tenantId}`))
    const { items } = await at.platform.incident.list.query({ slo: `suspects-${tenantId}` })
    const number = items[0]?.number ?? expect.fail('there is no incident')
    return { number, changes: (await at.platform.incident.get.query({ number })).changes }
  }

  it('and is a rollback of the fleet is rolled back by the person who has seen what that changes', async () => {
    const versionOf = async (value: number) => {
      await change(at.owner, value, 'before a rollback')
      const { revision } = await at.owner.quota.current.query()
      const compiled = async () => (await at.owner.policy.propagation.query({ revision })).version
      return vi.waitFor(async () => (await compiled()) ?? expect.fail('not compiled'), soon)
    }
    const older = await versionOf(7_000)
    const newer = await versionOf(6_000)
    const { rollback, incident } = at.platform
    const { fingerprint } = await rollback.preview.query({ version: older })
    await rollback.run.mutate({ version: older, preview: fingerprint, confirm: `v${older}`, reason: 'a wrong guess' })
    expect((await at.owner.quota.current.query()).resolved[rate]).toBe(7_000)

    const { number, changes } = await suspects('acme')
    const found = changes.find(({ kind }) => kind === 'rollback') ?? expect.fail('the rollback is missing')
    expect(found).toMatchObject({ revertable: false, rollBackTo: newer })
    const asked = { number, change: found.id }
    await expect(incident.revert.mutate(asked)).rejects.toMatchObject(coded('rollback-unseen'))
    const seen = { preview: (await rollback.preview.query({ version: newer })).fingerprint, reason: 'it did no good' }
    const unconfirmed = { ...seen, confirm: `v${older}` }
    await expect(incident.revert.mutate({ ...asked, rollback: unconfirmed })).rejects.toMatchObject(
      coded('rollback-unseen'),
    )
    const reverted = await incident.revert.mutate({ ...asked, rollback: { ...seen, confirm: `v${newer}` } })
    expect(reverted).toMatchObject({ outcome: 'rolledBack', tenants: 1, follow: { tenantId: 'acme' } })
    expect((await at.owner.quota.current.query()).resolved[rate]).toBe(6_000)
    const { timeline } = await incident.get.query({ number })
    expect(timeline.at(-1)).toMatchObject({ kind: 'reverted', text: `tomas rolled the fleet back to v${older}` })
  })

  it('and is of the SLO itself is reverted to the definition before, which another person approves if that is weaker', async () => {
    const id = 'query-success'
    const { slo: definitions, incident } = at.platform
    const stored = () => definitions.definition.query({ id })
    const save = async (objective: number) => {
      const { definition, version } = await stored()
      const edit = { definition: { ...definition, objective }, baseVersion: version, reason: 'a stricter promise' }
      await definitions.save.mutate({ ...edit, withoutPreview: true })
    }
    const { objective } = (await stored()).definition
    await save(0.9995)
    await hear(fires('acme', new Date(), id), fires('acme', new Date(), 'freshness'))
    const ofSlo = async (of: string) => (await incident.list.query({ slo: of })).items[0]?.number ?? 0
    const number = await ofSlo(id)
    const { changes } = await incident.get.query({ number })
    const found = changes.find(({ kind }) => kind === 'sloChanged') ?? expect.fail('the change of the SLO is missing')
    expect(found).toMatchObject({
      ...{ revertable: true, path: `/slos/${id}`, reason: 'a stricter promise' },
      ...{ diff: [{ what: 'objective', from: '99.9 %', to: '99.95 %' }] },
      why: expect.stringMatching(/^It changed the SLO of these alerts/),
    })
    const others = (await incident.get.query({ number: await ofSlo('freshness') })).changes
    expect(others.map(({ kind }) => kind)).not.toContain('sloChanged')

    const asked = await incident.revert.mutate({ number, change: found.id })
    if (asked.outcome !== 'requested') return expect.fail('it was not asked for')
    expect((await stored()).definition.objective).toBe(0.9995)
    const approver = await at.api.as({ sub: 'paul', groups: ['approvers'] })
    await approver.changeRequest.approve.mutate({ id: asked.changeRequestId, reason: 'as it was' })
    expect((await stored()).definition.objective).toBe(objective)
    await expect(incident.revert.mutate({ number, change: found.id })).rejects.toMatchObject(coded('change-superseded'))
  })

  it('and has no way back says so, and what to do instead', async () => {
    const { reader } = await globex.reader.create.mutate({ name: 'gone', expiresInDays: 9 })
    await globex.reader.revoke.mutate({ id: reader.id, confirm: 'gone' })
    const { number, changes } = await suspects('globex')
    const revoked = changes.find(({ kind }) => kind === 'readerRevoked') ?? expect.fail('the revocation is missing')
    expect(revoked).toMatchObject({
      revertable: false,
      rollBackTo: null,
      wayBack: expect.stringContaining('stays revoked'),
    })
    const asked = { number, change: revoked.id }
    await expect(at.platform.incident.revert.mutate(asked)).rejects.toMatchObject(coded('change-not-revertable'))
  })
})
