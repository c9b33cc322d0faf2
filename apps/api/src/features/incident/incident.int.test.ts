// Incidents through the whole API, with real Postgres: who sees what, what people do, and what receivers are told.
import { type Alert, outbox } from '@tickwatch/db'
import { alertNames, builtInDefinitions } from '@tickwatch/slo'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { createTestOutbox } from '../../testing/outbox.ts'
import { coded, rate, soon, startWithPeople } from '../../testing/people.ts'
import { type Client, seedTenant } from '../../testing/testApi.ts'
import { createNotificationQueue } from '../notification/queue.ts'
import { createActs } from './acts.ts'
import { receiveAlerts } from './receiveAlerts.ts'
import { fingerprintOf } from './shortAlerts.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>
let globex: Client
let approver: Client
let pagerDutyId: string
let emailId: string
const queue = createNotificationQueue('test')

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls, { PAGERDUTY_URL: 'http://127.0.0.1:9' })
  await seedTenant(at.api.db, 'globex')
  globex = await at.api.as({ sub: 'gil', groups: ['globex-admins'] }, 'globex')
  approver = await at.api.as({ sub: 'paul', groups: ['approvers'] })
  const box = createTestOutbox(at.api.db)
  const routingKey = at.api.secrets.set('pd', 'r'.repeat(32))
  pagerDutyId = await box.receiver({ kind: 'pagerduty', routingKey, webhookSecret: null })
  emailId = await box.receiver({ kind: 'email', to: ['on-call@example.com'] })
  await at.platform.notification.setRoutes.mutate({
    ...{ baseVersion: 2, reason: 'both are told' },
    routes: [
      { name: 'all', kinds: ['incident'], severities: [], slos: [], tenants: [], receivers: [pagerDutyId, emailId] },
    ],
  })
})
afterAll(() => at.stop())

const startsAt = new Date(Date.now() - 1_000)
type About = { slo: string; tenant?: string; began?: Date; name?: string; severity?: string }
const fires = ({ slo, tenant, began = startsAt, name = alertNames.page, severity = 'page' }: About): Alert => ({
  ...{ fingerprint: `${slo}-${tenant}-${name}`, status: 'firing', startsAt: began, endsAt: null },
  labels: { alertname: name, slo, tenant: 'tickwatch', severity, ...(tenant ? { tenant_id: tenant } : {}) },
})
const ends = (alert: Alert): Alert => ({ ...alert, status: 'resolved', endsAt: new Date() })
const hear = (...alerts: Alert[]) => receiveAlerts(at.api.db, queue, alerts, 'amp')
const ofSlo = async (slo: string) => (await at.platform.incident.list.query({ slo })).items
const only = async (slo: string) => {
  const found = await ofSlo(slo)
  expect(found).toHaveLength(1)
  return found[0] as (typeof found)[number]
}
const told = async (receiverId: string, subject: string) => {
  const { items } = await at.api.db.platform((tx) => outbox.list(tx, { receiverId, pageSize: 500 }))
  return items
    .toReversed()
    .filter((message) => message.subject === subject)
    .map(({ event }) => event)
}
/** The metrics store has data of every SLO until now, or none. */
const data = (are: boolean) => {
  at.api.amp.state.answer = (promql) =>
    are ? [{ labels: {}, points: [[0, promql.includes('timestamp') ? Date.now() / 1_000 + 60 : 3]] }] : []
}

describe('an incident', () => {
  it('is seen by the tenant that it harms, by no other tenant, and without what the platform’s people write', async () => {
    await hear(fires({ slo: 'seen', tenant: 'acme' }), fires({ slo: 'seen-all' }))
    const { number, tenants } = await only('seen')
    expect(tenants).toEqual(['acme'])
    await at.platform.incident.note.mutate({ number, text: 'globex does it' })
    const own = await at.owner.incident.getOfTenant.query({ number })
    expect(own).toMatchObject({ state: 'open', title: expect.stringContaining('acme') })
    expect(own.timeline.map(({ kind }) => kind)).toEqual(['opened', 'alertFired'])
    expect(JSON.stringify(own)).not.toContain('globex')
    await expect(globex.incident.getOfTenant.query({ number })).rejects.toMatchObject(coded('incident-not-found'))
    expect((await globex.incident.listOfTenant.query({ slo: 'seen' })).items).toEqual([])
    expect((await at.owner.incident.listOfTenant.query({ slo: 'seen-all' })).items).toEqual([])
    expect((await at.owner.incident.listOfTenant.query({ slo: 'seen' })).items).toMatchObject([{ number }])
    await expect(at.owner.incident.get.query({ number })).rejects.toMatchObject(coded('role-missing'))
  })

  it('is open, acknowledged, resolved and reopened, each with who and when, and receivers know each episode apart', async () => {
    data(true)
    const alert = fires({ slo: 'states', tenant: 'acme' })
    await hear(alert)
    const { number } = await only('states')
    await approver.incident.acknowledge.mutate({ number })
    await expect(approver.incident.acknowledge.mutate({ number })).rejects.toMatchObject(coded('incident-state'))
    await approver.incident.assign.mutate({ number, assignee: 'Paul' })
    await hear(ends(alert))
    await vi.waitFor(async () => expect((await only('states')).state).toBe('resolved'), soon)
    await hear(fires({ slo: 'states', tenant: 'acme', began: new Date() }))
    expect(await only('states')).toMatchObject({ state: 'reopened', episode: 2, assignee: 'Paul' })
    const { timeline } = await at.auditor.incident.get.query({ number })
    expect(timeline.map(({ kind, by }) => (by ? `${kind} by ${by.name}` : kind))).toEqual([
      ...['opened', 'alertFired', 'acknowledged by paul', 'assigned by paul', 'alertResolved', 'resolved'],
      ...['reopened', 'alertFired'],
    ])
    expect(await told(pagerDutyId, `inc-${number}/1`)).toEqual(['opened', 'acknowledged', 'updated', 'resolved'])
    expect(await told(pagerDutyId, `inc-${number}/2`)).toEqual(['opened'])
    const audited = (await at.auditor.audit.list.query({ action: 'incident.acknowledge' })).items
    expect(audited).toMatchObject([{ actor: 'paul', target: `incident ${number}` }])
  })

  it('is named by the title that its SLO has now', async () => {
    const freshness = builtInDefinitions.find(({ id }) => id === 'freshness') ?? expect.fail('it is built in')
    const definition = { ...freshness, title: 'Graphs are fresh' }
    await at.platform.slo.save.mutate({ definition, baseVersion: 1, reason: 'a better word' })
    await hear(fires({ slo: 'freshness', tenant: 'acme' }))
    const title = '“Graphs are fresh” burns its budget too fast for acme'
    expect(await only('freshness')).toMatchObject({ title })
    expect((await at.owner.incident.listOfTenant.query({ slo: 'freshness' })).items).toMatchObject([{ title }])
  })

  it('whose alert ended without data stays open, as blind, until data are back', async () => {
    data(false)
    const alert = { ...fires({ slo: 'blind', tenant: 'acme' }), startsAt: new Date(Date.now() - 3_600_000) }
    await hear(alert)
    await hear({ ...ends(alert), endsAt: new Date(Date.now() - 600_000) })
    await vi.waitFor(async () => expect(await only('blind')).toMatchObject({ state: 'open', blind: true }), soon)
    data(true)
    await vi.waitFor(async () => expect(await only('blind')).toMatchObject({ state: 'resolved', blind: false }), soon)
  })

  it('of an alert that still fires is resolved only by somebody who says so', async () => {
    const alert = fires({ slo: 'stuck', tenant: 'acme' })
    await hear(alert)
    const { number } = await only('stuck')
    const resolve = at.platform.incident.resolve
    await expect(resolve.mutate({ number, reason: 'it is over' })).rejects.toMatchObject(coded('incident-burns'))
    await resolve.mutate({ number, reason: 'its sender is gone', evenIfFiring: true })
    await hear(alert)
    expect(await only('stuck')).toMatchObject({ state: 'resolved' })
  })
})

describe('PagerDuty', () => {
  const act = (number: number, what: 'acknowledged' | 'resolved') =>
    at.api.db.platform((tx) =>
      createActs(at.api.db, queue).actedInPagerDuty(tx, [`inc-${number}/1`], {
        ...{ eventId: '01', act: what, by: 'Ada', at: new Date(), dedupKey: 'k' },
      }),
    )

  it('acknowledges an incident here and for the others, and hears no echo of it', async () => {
    await hear(fires({ slo: 'pd', tenant: 'acme' }))
    const { number } = await only('pd')
    await act(number, 'acknowledged')
    await act(number, 'acknowledged')
    expect(await only('pd')).toMatchObject({ state: 'acknowledged' })
    expect(await told(pagerDutyId, `inc-${number}/1`)).toEqual(['opened'])
    expect(await told(emailId, `inc-${number}/1`)).toEqual(['opened', 'acknowledged'])
  })

  it('hears once that we acknowledged, and its own news of that changes nothing', async () => {
    await hear(fires({ slo: 'pd-echo', tenant: 'acme' }))
    const { number } = await only('pd-echo')
    await at.platform.incident.acknowledge.mutate({ number })
    await act(number, 'acknowledged')
    expect(await told(pagerDutyId, `inc-${number}/1`)).toEqual(['opened', 'acknowledged'])
    expect(await told(emailId, `inc-${number}/1`)).toEqual(['opened', 'acknowledged'])
  })

  it('resolves nothing while alerts fire, and the timeline says so once', async () => {
    await hear(fires({ slo: 'pd-resolve', tenant: 'acme' }))
    const { number } = await only('pd-resolve')
    await act(number, 'resolved')
    await act(number, 'resolved')
    expect(await only('pd-resolve')).toMatchObject({ state: 'open' })
    const { timeline } = await at.platform.incident.get.query({ number })
    expect(timeline.filter(({ kind }) => kind === 'note')).toMatchObject([
      { by: { name: 'Ada' }, text: expect.stringContaining('stays open here') },
    ])
  })
})

describe('what changed', () => {
  it('has the change of the harmed tenant first, and reverts it once, by the rules of limits', async () => {
    const { revision: baseRevision } = await at.owner.quota.current.query()
    await at.owner.quota.propose.mutate({ limits: { [rate]: 9_000 }, reason: 'fine', baseRevision })
    await at.owner.quota.propose.mutate({
      limits: { [rate]: 10 },
      reason: 'a typing error',
      baseRevision: baseRevision + 1,
    })
    const published = async () => (await at.owner.policy.propagation.query({ revision: baseRevision + 2 })).state
    await vi.waitFor(async () => expect(await published()).toBe('publishing'), soon)
    await globex.reader.create.mutate({ name: 'grafana', expiresInDays: 9 })
    await hear(fires({ slo: 'changed', tenant: 'acme', began: new Date() }))
    const { number, suspect } = await only('changed')
    expect(suspect).toMatchObject({ change: expect.stringContaining('mara lowered limits of acme') })
    const { changes } = await at.platform.incident.get.query({ number })
    expect(changes[0]).toMatchObject({
      ...{ revertable: true, tenantId: 'acme', diff: [{ from: '9,000', to: '10' }], reason: 'a typing error' },
      why: expect.stringContaining('It concerns acme'),
    })
    expect(changes.at(-1)).toMatchObject({ tenantId: 'globex' })
    const change = changes[0]?.id ?? ''
    await expect(approver.incident.revert.mutate({ number, change })).rejects.toMatchObject(coded('role-missing'))
    expect(await at.platform.incident.revert.mutate({ number, change })).toEqual({ outcome: 'applied' })
    expect((await at.owner.quota.current.query()).resolved[rate]).toBe(9_000)
    await expect(at.platform.incident.revert.mutate({ number, change })).rejects.toMatchObject(
      coded('change-superseded'),
    )
    const { timeline } = await at.platform.incident.get.query({ number })
    expect(timeline.at(-1)).toMatchObject({
      kind: 'reverted',
      by: { name: 'tomas' },
      text: expect.stringContaining('acme'),
    })
    const { markdown } = await at.platform.incident.report.query({ number })
    expect(markdown).toContain('## What changed before')
  })

  it('is not reverted yet if that needs an approval, and nothing says that it is', async () => {
    const { platform, owner } = at
    const { revision: baseRevision } = await owner.quota.current.query()
    await owner.quota.propose.mutate({ limits: { [rate]: 20 }, reason: 'too low', baseRevision })
    const wide = { [rate]: { min: 1, max: 100_000 } }
    const narrow = { id: 'acme', base: wide, envelope: { [rate]: { min: 1, max: 100 } }, reason: 'smaller' }
    await platform.tenant.setEnvelope.mutate(narrow)
    await hear(fires({ slo: 'asked', tenant: 'acme', began: new Date() }))
    const { number } = await only('asked')
    const { changes } = await platform.incident.get.query({ number })
    const change = changes.find(({ reason }) => reason === 'too low')?.id ?? ''
    expect(await platform.incident.revert.mutate({ number, change })).toMatchObject({ outcome: 'requested' })
    expect((await owner.quota.current.query()).resolved[rate]).toBe(20)
    const { timeline } = await platform.incident.get.query({ number })
    expect(timeline.at(-1)).toMatchObject({
      kind: 'note',
      text: expect.stringMatching(/^Asked for approval to revert/),
    })
    await platform.tenant.setEnvelope.mutate({ ...narrow, base: narrow.envelope, envelope: wide })
  })

  it('has suspensions, new tokens and envelopes, and reverts those too', async () => {
    const { platform } = at
    await platform.tenant.setEnvelope.mutate({
      id: 'globex',
      base: {},
      envelope: { [rate]: { min: 1, max: 5 } },
      reason: 'smaller',
    })
    await platform.tenant.suspend.mutate({ id: 'globex', reason: 'does not pay', confirm: 'globex' })
    await hear(fires({ slo: 'suspended', tenant: 'globex', began: new Date() }))
    const { number } = await only('suspended')
    const { changes } = await platform.incident.get.query({ number })
    const own = changes.filter(({ tenantId }) => tenantId === 'globex')
    expect(own.map(({ kind, revertable }) => `${kind} ${revertable}`)).toEqual(
      expect.arrayContaining(['suspended true', 'readerCreated true', 'envelope true']),
    )
    for (const { id, revertable } of own) if (revertable) await platform.incident.revert.mutate({ number, change: id })
    const { status, envelope } = await platform.tenant.get.query({ id: 'globex' })
    expect({ status, envelope }).toEqual({ status: 'active', envelope: {} })
    // It is not what the change set any more.
    const change = own.find(({ kind }) => kind === 'envelope')?.id ?? ''
    await expect(platform.incident.revert.mutate({ number, change })).rejects.toMatchObject(coded('change-superseded'))
    expect((await globex.reader.list.query()).items).toEqual([])
  })
})

it('an alert that fired too short a time for a message is named, and one that was received is not', async () => {
  const labels = { alertname: 'Short', severity: 'page' }
  const received = { alertname: 'Received', severity: 'page' }
  await hear({ ...fires({ slo: 'received' }), labels: received, fingerprint: fingerprintOf(received) })
  at.api.amp.state.answer = (promql) =>
    promql.startsWith('count_over_time(ALERTS')
      ? [labels, received].map((one) => ({ labels: one, points: [[0, 1]] }))
      : []
  expect((await at.platform.incident.intake.query()).short).toEqual([{ name: 'Short', labels }])
})

it('10,000 alerts become few incidents and few messages', async () => {
  const storm = Array.from({ length: 10_000 }, (_, i) => fires({ slo: 'storm', tenant: `tenant-${i}` }))
  await hear(...storm)
  await hear(...storm.toReversed())
  const open = await ofSlo('storm')
  expect(open).toHaveLength(4)
  const found = await Promise.all(open.map(({ number }) => at.platform.incident.get.query({ number })))
  expect(found.reduce((sum, { alertsFiring }) => sum + alertsFiring, 0)).toBe(10_000)
  const messages = await Promise.all(open.map(({ number }) => told(pagerDutyId, `inc-${number}/1`)))
  expect(messages).toEqual([['opened'], ['opened'], ['opened'], ['opened']])
})

it('two processes that get the same message store each alert once', async () => {
  const same = Array.from({ length: 3 }, (_, i) => fires({ slo: 'twice', tenant: `tenant-${i}` }))
  await Promise.all(Array.from({ length: 4 }, () => hear(...same)))
  const open = await ofSlo('twice')
  expect(open).toHaveLength(3)
  const found = await Promise.all(open.map(({ number }) => at.platform.incident.get.query({ number })))
  expect(found.map(({ timeline }) => timeline.length)).toEqual([2, 2, 2])
})
