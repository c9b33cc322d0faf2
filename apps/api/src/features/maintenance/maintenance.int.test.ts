// From a request for a window to budgets without its time: real Postgres, and a real Prometheus behind the AMP stand-in.
import { createMetricsQuery } from '@tickwatch/aws'
import { auditLog, changeRequests } from '@tickwatch/db'
import { eventsMetric, groupKey, platformTenant, workbookBurns } from '@tickwatch/slo'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { useAmp } from '../../../../../local/src/testing/useAmp.ts'
import { certificates, temporaryFolder } from '../../testing/fixtures.ts'
import { coded } from '../../testing/people.ts'
import { type Client, seedPlatform, seedTenant, startTestApi, type TestApi } from '../../testing/testApi.ts'
import { subjectOf } from './maintenance.rules.ts'

const store = useAmp()
const urls = useTestDatabase()
const folder = temporaryFolder()
// The API keeps figures and windows for some seconds.
const soon = { timeout: 30_000, interval: 200 }
const reason = 'the storage is moved'
const minute = 60_000
const acme = groupKey({ tenant_id: 'acme' })
/** Of the 100 events of each minute of the outage. */
const badEvents = 20
const lateId = '0f8fad5b-d9cb-469f-a165-70867728950e'
let api: TestApi
let admin: Client
let approver: Client
let acmes: Client
let guest: Client
let beganMs: number

beforeAll(async () => {
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  api = await startTestApi({
    ...{ urls, caFile: pki.caFile, server: pki.server },
    aws: { amp: createMetricsQuery(store.endpoint) },
  })
  await seedPlatform(api.db)
  for (const tenant of ['acme', 'globex', 'tickwatch']) await seedTenant(api.db, tenant)
  admin = await api.as({ sub: 'tomas', groups: ['platform-admins'] })
  approver = await api.as({ sub: 'aiko', groups: ['approvers'] })
  acmes = await api.as({ sub: 'mara', groups: ['acme-admins'] })
  guest = await api.as({ sub: 'gus' })
  // An outage of the last 20 minutes, and of some more while the test runs.
  beganMs = Math.floor(Date.now() / minute) * minute
  const series = (event: string, tenant: string, value: (ago: number) => number) => ({
    labels: { __name__: eventsMetric, tenant: platformTenant, slo: 'ingest-success', event, tenant_id: tenant },
    samples: Array.from({ length: 186 }, (_, i): [number, number] => {
      const ago = 180 - i
      return [beganMs / 1_000 - ago * 60, value(ago)]
    }),
  })
  await store.write(
    ['acme', 'globex'].flatMap((tenant) => [
      series('bad', tenant, (ago) => (ago < 20 ? badEvents : 0)),
      series('total', tenant, () => 100),
    ]),
  )
})
afterAll(async () => {
  await api?.stop()
  folder.remove()
})

const at = (minutes: number) => new Date(beganMs + minutes * minute).toISOString()
const plan = (from: number, to: number, about: { sloId: string | null; group: string | null }, by = admin) =>
  by.maintenance.plan.mutate({ ...about, startsAt: at(from), endsAt: at(to), reason })
const ofGlobex = { sloId: 'ingest-success', group: groupKey({ tenant_id: 'globex' }) }
const ofAcme = { sloId: 'ingest-success', group: acme }
const approve = async (from: number, to: number, about: { sloId: string | null; group: string | null }) => {
  const { changeRequestId: id } = await plan(from, to, about)
  await approver.changeRequest.approve.mutate({ id, reason: 'agreed' })
  const { windows } = await admin.maintenance.current.query()
  return windows.find(({ decision }) => decision?.changeRequestId === id) ?? expect.fail('no window')
}
const audited = async (action: string) =>
  (await api.db.platform((tx) => auditLog.list(tx, { action, pageSize: 50 }))).items
/** The figures of both groups and of both together, at one time. */
const figures = async () => {
  const view = await admin.sloReads.get.query({ sloId: 'ingest-success', group: null })
  const of = (tenant: string) =>
    view.urgentGroups.find(({ labels }) => labels.tenant_id === tenant)?.figures ?? expect.fail(`${view.missing}`)
  return { acme: of('acme'), globex: of('globex'), together: view.figures }
}

describe('a maintenance window', () => {
  it('waits for another person, and then its time does not count for the budget of its group, and of no other', async () => {
    const { acme: before } = await vi.waitFor(figures, soon)
    expect(before.bad).toBeGreaterThanOrEqual(badEvents * 17)
    const preview = await admin.maintenance.preview.query({ ...ofAcme, startsAt: at(-40), endsAt: at(60) })
    expect(preview.slos).toMatchObject([{ sloId: 'ingest-success', leftRatioThen: 1 }])
    expect(preview.slos[0]?.bad).toBeGreaterThanOrEqual(before.bad)
    expect(preview.slos[0]?.leftRatio).toBeLessThan(1)

    const { changeRequestId: id } = await plan(-40, 60, ofAcme)
    expect((await admin.maintenance.current.query()).requests).toMatchObject([
      { id, sloId: 'ingest-success', title: 'Writes are accepted', labels: { tenant_id: 'acme' }, reason },
    ])
    expect((await guest.maintenance.current.query()).requests).toEqual([])
    expect(await approver.changeRequest.get.query({ id })).toMatchObject({
      ...{ kind: 'maintenance', state: 'pending' },
      maintenance: { sloId: 'ingest-success', startsAt: at(-40), endsAt: at(60) },
    })
    const both = await api.as({ sub: 'tomas', groups: ['platform-admins', 'approvers'] })
    await expect(both.changeRequest.approve.mutate({ id, reason })).rejects.toMatchObject(coded('four-eyes'))
    expect((await admin.maintenance.current.query()).windows).toEqual([])
    await approver.changeRequest.approve.mutate({ id, reason: 'agreed' })

    const [window] = (await acmes.maintenance.current.query()).windows
    expect(window).toMatchObject({ state: 'holds', until: at(60), decision: null })
    // It was approved after the fact, and says so.
    expect(window?.approvedLateSeconds).toBeGreaterThanOrEqual(40 * 60)
    await vi.waitFor(async () => expect((await figures()).acme).toMatchObject({ bad: 0, leftRatio: 1 }), soon)
    const { acme: after, globex, together } = await figures()
    // What happened is still there: the hour has traffic, of which nothing bad counts.
    expect(after).toMatchObject({ burn: 0, state: 'measured' })
    expect(after.excludedSeconds).toBeGreaterThanOrEqual(38 * 60)
    expect(globex.bad).toBeGreaterThanOrEqual(before.bad)
    expect(together).toMatchObject({ bad: globex.bad, total: globex.total + after.total, excludedSeconds: 0 })
    const { slos } = await acmes.sloReads.list.query({ tenantId: 'acme' })
    expect(slos[0]).toMatchObject({ figures: { bad: 0, leftRatio: 1 }, maintenanceUntil: at(60) })

    const created = (await audited('changeRequest.create')).filter(({ target }) => target === id)
    expect(created).toMatchObject([{ actor: 'tomas', reason, after: { asked: { startsAt: at(-40), endsAt: at(60) } } }])
    expect(await audited('changeRequest.approve')).toMatchObject([
      { actor: 'aiko', target: id, reason: 'agreed', after: { maintenance: window?.id, content: { endsAt: at(60) } } },
    ])
  })

  it('is drawn on the chart, which shows what happened in it, and its alerts are replayed as they fired', async () => {
    const range = { from: at(-60), to: at(0) }
    const history = await acmes.sloReads.history.query({ ...ofAcme, ...range })
    expect(history.maintenance).toMatchObject([{ startsAt: at(-40), until: at(60) }])
    expect(history.budget).toMatchObject({ bad: 0, leftRatio: 1 })
    expect(history.budget?.seconds.excluded).toBeGreaterThanOrEqual(38 * 60)
    expect(history.points.reduce((sum, { bad }) => sum + (bad ?? 0), 0)).toBeGreaterThanOrEqual(badEvents * 17)
    expect(Math.min(...history.points.flatMap(({ left }) => left ?? []))).toBe(1)
    const pages = (of: { byAlert: { alert: string; count: number }[] }) =>
      of.byAlert.find(({ alert }) => alert === 'page')
    expect(pages(history.episodes)).toMatchObject({ count: 1 })
    const together = await guest.sloReads.history.query({ sloId: 'ingest-success', group: null, ...range })
    expect(together).toMatchObject({ maintenance: [], groupsInMaintenance: 1 })
    const globex = await admin.sloReads.history.query({ ...ofGlobex, ...range })
    expect(together.budget).toMatchObject({ bad: globex.budget?.bad })
    expect(together.points.reduce((sum, { bad }) => sum + (bad ?? 0), 0)).toBeGreaterThan(globex.budget?.bad ?? 0)
    const alerting = { burns: workbookBurns.map((burn) => ({ ...burn })), badEventsMin: 10 }
    const whatIf = await acmes.sloReads.whatIf.query({ ...ofAcme, objective: 0.99, alerting })
    expect(whatIf.asItIs.leftRatio).toBe(1)
    expect(pages(whatIf.asItIs.episodes)).toMatchObject({ count: 1 })
  })

  it('of every SLO excludes also what is excluded of a group already, once', async () => {
    const window = await approve(-55, 5, { sloId: null, group: null })
    await vi.waitFor(async () => expect((await figures()).globex.bad).toBe(0), soon)
    const { acme: one, globex: other } = await figures()
    expect(one).toMatchObject({ bad: 0, total: other.total, leftRatio: 1 })
    expect(one.total).toBeGreaterThan(0)
    expect((await guest.maintenance.current.query()).windows).toMatchObject([{ id: window.id, sloId: null }])
  })

  it('is ended early by an admin alone, is cancelled before it begins, and both are audited', async () => {
    const [ofAll] = (await guest.maintenance.current.query()).windows
    const id = ofAll?.id ?? ''
    // Open pages of SLOs ask again.
    const heard = async () => (await guest.session.changes.query()).slos
    const before = await heard()
    await admin.maintenance.end.mutate({ id, reason: 'done sooner' })
    await vi.waitFor(async () => expect(await heard()).toBeGreaterThan(before), soon)
    await expect(admin.maintenance.end.mutate({ id, reason })).rejects.toMatchObject(coded('maintenance-over'))
    const beforeApproval = await heard()
    const coming = await approve(120, 180, ofGlobex)
    await vi.waitFor(async () => expect(await heard()).toBeGreaterThan(beforeApproval), soon)
    expect(coming).toMatchObject({ state: 'coming', approvedLateSeconds: 0 })
    await admin.maintenance.end.mutate({ id: coming.id, reason: 'not needed' })
    const { items } = await approver.maintenance.past.query({})
    expect(items).toMatchObject([
      { id: coming.id, state: 'cancelled', decision: { ended: { reason: 'not needed', by: { subject: 'tomas' } } } },
      { id, state: 'ended', endsAt: at(5) },
    ])
    expect((await guest.maintenance.past.query({})).items).toMatchObject([{ id, decision: null }])
    expect(await audited('maintenance.end')).toMatchObject([{ actor: 'tomas', target: id, reason: 'done sooner' }])
    expect(await audited('maintenance.cancel')).toMatchObject([{ target: coming.id, reason: 'not needed' }])
  })
})

describe('a window is not made', () => {
  it.each([
    ['of time whose budget is settled', -61, 60, ofAcme, 'maintenance-invalid'],
    ['of time that has passed', -30, -1, ofAcme, 'maintenance-invalid'],
    ['of an SLO that does not exist', 1, 2, { sloId: 'no-such', group: null }, 'slo-not-found'],
    ['of a group by which the SLO does not group', 1, 2, { ...ofAcme, group: '[["zone","a"]]' }, 'group-not-found'],
    ['of a group without an SLO', 1, 2, { sloId: null, group: acme }, 'maintenance-invalid'],
  ])('%s', async (_what, from, to, about, code) => {
    await expect(plan(from, to, about)).rejects.toMatchObject(coded(code))
  })

  it('by anyone but a platform admin, who also ends it', async () => {
    const [window] = (await admin.maintenance.current.query()).windows
    for (const person of [approver, acmes, guest]) {
      await expect(plan(1, 60, ofAcme, person)).rejects.toMatchObject(coded('role-missing'))
      const ending = person.maintenance.end.mutate({ id: window?.id ?? '', reason })
      await expect(ending).rejects.toMatchObject(coded('role-missing'))
    }
    await expect(acmes.maintenance.preview.query({ ...ofAcme, startsAt: at(1), endsAt: at(2) })).rejects.toMatchObject(
      coded('role-missing'),
    )
  })

  it('once a request waited until an hour after its beginning: it is closed, and says why', async () => {
    const late = { sloId: 'ingest-success', labels: null, startsAt: new Date(at(-61)), endsAt: new Date(at(60)) }
    const { changeRequestId: id } = await plan(1, 60, ofAcme)
    // As if it had been asked for an hour ago.
    await api.db.platform((tx) =>
      changeRequests.createOf(tx, {
        ...{
          id: lateId,
          tenantId: platformTenant,
          createdAt: new Date(),
          by: { subject: 'tomas', name: 'Tomas' },
          reason,
        },
        ...{ subject: subjectOf(lateId, late), approversNeeded: 1 },
      }),
    )
    const approving = approver.changeRequest.approve.mutate({ id: lateId, reason })
    await expect(approving).rejects.toThrow(
      'it began more than 1 h ago, and budgets of that time are settled. Ask again.',
    )
    expect(await approver.changeRequest.get.query({ id: lateId })).toMatchObject({ state: 'outdated' })
    await admin.slo.withdraw.mutate({ id })
    expect((await admin.maintenance.current.query()).requests).toEqual([])
  })
})
