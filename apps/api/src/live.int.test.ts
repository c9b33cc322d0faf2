import { randomUUID } from 'node:crypto'
import type { Alert } from '@tickwatch/db'
import { alertNames, builtInDefinitions, type Definition } from '@tickwatch/slo'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { receiveAlerts } from './features/incident/receiveAlerts.ts'
import { publishNotice } from './features/notice/announce.ts'
import type { MadeNotice } from './features/notice/notice.rules.ts'
import { createNotificationQueue } from './features/notification/queue.ts'
import { openStream } from './testing/eventStream.ts'
import { certificates, temporaryFolder } from './testing/fixtures.ts'
import { type Client, seedPlatform, seedTenant, startTestApi, type TestApi } from './testing/testApi.ts'
import type { TestGateway } from './testing/testGateway.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
let api: TestApi
let canary: TestGateway
let admin: Client
const open: Awaited<ReturnType<typeof openStream>>[] = []
const rate = 'ingest.samplesPerSecond'
const soon = { timeout: 40_000, interval: 20 }

beforeAll(async () => {
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  api = await startTestApi({ urls, caFile: pki.caFile, server: pki.server })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { [rate]: { min: 1, max: 100_000 } })
  canary = api.gateway(await pki.gateway('gateway-1'), 'canary')
  admin = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  await vi.waitFor(() => expect(api.manifest('canary')).toBeDefined(), soon)
  await canary.apply()
})
afterEach(async () => {
  for (const stream of open.splice(0)) await stream.close()
})
afterAll(async () => {
  await api.stop()
  folder.remove()
})

async function follow(path: string, input: object | undefined, groups: string[], forSeconds = 300, sessionId = '') {
  const token = await api.issuer.token({ sub: 'mara', groups, exp: Math.floor(Date.now() / 1_000) + forSeconds })
  const query = input ? `?input=${encodeURIComponent(JSON.stringify(input))}` : ''
  const session = sessionId ? { 'x-tickwatch-session': sessionId } : {}
  const headers = { authorization: `Bearer ${token}`, 'x-tickwatch-tenant': 'acme', ...session }
  const stream = await openStream(`${api.urls().portalUrl}/trpc/${path}${query}`, headers)
  open.push(stream)
  return stream
}
const notice: MadeNotice = {
  ...{ key: 'live', tenantId: 'acme', forSubject: null, title: 'a', text: 'b', path: '/' },
  ...{ kind: 'requestWaits', severity: 'info' },
}
const more = (counts: Record<string, number>, added: Record<string, number>) =>
  Object.fromEntries(Object.entries(added).map(([name, by]) => [name, (counts[name] ?? 0) + by]))
const states = (stream: { views(): unknown[] }) => stream.views().map((view) => Object(view).state)
async function edit(value: number): Promise<number> {
  const { revision: baseRevision } = await admin.quota.current.query()
  await admin.quota.propose.mutate({ limits: { [rate]: value }, reason: 'a test of it', baseRevision })
  return baseRevision + 1
}

describe('a live propagation', () => {
  it('shows each step as it happens, and never the same view twice', async () => {
    const revision = await edit(5_000)
    const stream = await follow('policy.propagationLive', { revision }, ['acme-admins'])
    await vi.waitFor(() => expect(states(stream)).toContain('publishing'), soon)
    await canary.apply()
    await vi.waitFor(() => expect(states(stream).at(-1)).toBe('enforced'), soon)
    const texts = stream.views().map((view) => JSON.stringify(view))
    expect(new Set(texts).size).toBe(texts.length)
    expect(stream.state()).toBe('open')
  })

  it('of a revision that the tenant does not have is not found', async () => {
    const stream = await follow('policy.propagationLive', { revision: 4_711 }, ['acme-admins'])
    await vi.waitFor(() => expect(stream.others()).toContain('serialized-error'), soon)
  })
})

it('live use follows the heartbeats', async () => {
  const stream = await follow('usage.live', undefined, ['acme-viewers'])
  await vi.waitFor(() => expect(stream.views()).toHaveLength(1), soon)
  const demand = { demandSamplesPerSecond: 1, demandRequestsPerSecond: 1, demandSeries: 1, demandQueriesPerSecond: 0 }
  const figures = { ...demand, requestsPerSecond: 1 }
  canary.state.tenants = { acme: { ...figures, samplesPerSecond: 4_200, activeSeries: 7, refusedPerSecond: {} } }
  await canary.beat()
  await vi.waitFor(() => expect(Object(stream.views().at(-1)).meters?.[0]).toMatchObject({ used: 4_200 }), soon)
})

it('the live fleet shows a gateway’s refusal at once', async () => {
  const stream = await follow('gateway.fleetLive', undefined, ['auditors'])
  await vi.waitFor(() => expect(stream.views().length).toBeGreaterThan(0), soon)
  const revision = await edit(6_000)
  await vi.waitFor(async () => {
    expect((await admin.policy.propagation.query({ revision })).state).toBe('publishing')
  }, soon)
  await canary.refuse('signature')
  await vi.waitFor(() => {
    const { gateways } = Object(stream.views().at(-1))
    expect(gateways).toMatchObject([{ gatewayId: 'gateway-1', policyState: { state: 'refused', reason: 'signature' } }])
  }, soon)
})

it('a gateway that drains leaves the live fleet at once, and is in it again when it is back', async () => {
  const platform = await api.as({ sub: 'ewa', groups: ['auditors'] })
  const stream = await follow('gateway.fleetLive', undefined, ['auditors'])
  const ids = () => Object(stream.views().at(-1)).gateways?.map(({ gatewayId }: { gatewayId: string }) => gatewayId)
  await vi.waitFor(() => expect(ids()).toEqual(['gateway-1']), soon)
  canary.state.leaving = true
  await canary.beat()
  await vi.waitFor(() => expect(ids()).toEqual([]), soon)
  expect(await platform.policy.drift.query()).toEqual([])
  const metrics = await fetch(`${api.urls().portalUrl}/metrics`)
  expect(await metrics.text()).not.toContain('tickwatch_policy_drift_seconds{')
  delete canary.state.leaving
  await canary.beat()
  await vi.waitFor(() => expect(ids()).toEqual(['gateway-1']), soon)
})

describe('the counts of what changed', () => {
  const counts = (stream: { views(): unknown[] }) => Object(stream.views().at(-1))
  const people = { guest: [], acme: ['acme-viewers'], auditor: ['auditors'] }
  const queue = createNotificationQueue('test')
  const fires = (slo: string, about: { tenant_id?: string }): Alert => ({
    ...{ fingerprint: slo, status: 'firing', startsAt: new Date(), endsAt: null },
    labels: { ...{ alertname: alertNames.page, slo, tenant: 'tickwatch', severity: 'page' }, ...about },
  })

  it('tell each open page at once of notices, incidents and SLOs that its person may know of, and of no others', async () => {
    await seedTenant(api.db, 'tickwatch')
    const opened = await Promise.all(
      Object.values(people).map((groups) => follow('session.changesLive', undefined, groups)),
    )
    const [guest, acme, auditor] = opened as [(typeof opened)[0], (typeof opened)[0], (typeof opened)[0]]
    for (const stream of opened) await vi.waitFor(() => expect(stream.views()).toHaveLength(1), soon)
    const before = opened.map(counts)
    await receiveAlerts(api.db, queue, [fires('of-nobody', {})], 'amp')
    await api.db.platform((tx) => publishNotice(tx, queue, notice, new Date()))
    await vi.waitFor(() => expect(counts(auditor)).toMatchObject(more(before[2], { incidents: 1, notices: 1 })), soon)
    expect(counts(auditor).slos).toBeGreaterThan(before[2].slos)
    await vi.waitFor(() => expect(counts(acme)).toMatchObject(more(before[1], { notices: 1, incidents: 0 })), soon)
    const platform = await api.as({ sub: 'tomas', groups: ['platform-admins'] })
    // Of an incident that harms a tenant, its people hear what they see of it, and not that somebody wrote a note.
    await receiveAlerts(api.db, queue, [fires('of-acme', { tenant_id: 'acme' })], 'amp')
    await vi.waitFor(() => expect(counts(acme)).toMatchObject(more(before[1], { incidents: 1 })), soon)
    const [incident] = (await platform.incident.list.query({ slo: 'of-acme' })).items
    const { number } = incident ?? expect.fail('there is no incident')
    await platform.incident.note.mutate({ number, text: 'we look at it' })
    await platform.incident.acknowledge.mutate({ number })
    await vi.waitFor(() => expect(counts(auditor)).toMatchObject(more(before[2], { incidents: 4 })), soon)
    await vi.waitFor(() => expect(counts(acme)).toMatchObject(more(before[1], { incidents: 2 })), soon)
    const { slos } = await platform.sloReads.list.query({ tenantId: null })
    const [definition] = builtInDefinitions as [Definition, ...Definition[]]
    const made = { ...definition, id: 'seen-at-once', title: 'Seen at once' }
    await platform.slo.save.mutate({ definition: made, baseVersion: 0, reason: 'a test of it', withoutPreview: true })
    await vi.waitFor(() => expect(counts(guest).slos).toBeGreaterThan(before[0].slos), soon)
    // Who asks then gets the definitions as they are now.
    const now = await platform.sloReads.list.query({ tenantId: null })
    expect(now.slos.length).toBe(slos.length + 1)
    expect(counts(guest)).toMatchObject({ incidents: before[0].incidents, notices: before[0].notices })
    expect(await platform.session.changes.query()).toMatchObject({ process: before[2].process })
  })

  it('end when the roles of their person change, because those decide what they count', async () => {
    const platform = await api.as({ sub: 'tomas', groups: ['platform-admins'] })
    const stream = await follow('session.changesLive', undefined, ['joining'])
    await vi.waitFor(() => expect(stream.views()).toHaveLength(1), soon)
    const grant = { role: 'auditor', tenantId: null, subjectKind: 'group', subject: 'joining' } as const
    await platform.access.addGrant.mutate(grant)
    await vi.waitFor(() => expect(stream.state()).not.toBe('open'), soon)
    expect(stream.others()).not.toContain('return')
  })
})

describe('a stream', () => {
  it('ends without harm if its client leaves, at any moment', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    const url = `${api.urls().portalUrl}/trpc/gateway.fleetLive`
    const leave = async (afterMs: number) => {
      // Each is another person: one has only a few streams, and what refuses the others ends by itself.
      const token = await api.issuer.token({ sub: `leaves-after-${afterMs}-ms`, groups: ['auditors'] })
      const signal = AbortSignal.timeout(afterMs)
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal })
      for await (const _ of response.body ?? []) canary.beat().catch(() => {})
    }
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, (_, i) => leave(i * 3)))
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    await expect(admin.quota.current.query()).resolves.toMatchObject({ tenant: { id: 'acme' } })
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('ends when its token expires, in a way that lets the client reconnect', async () => {
    const stream = await follow('gateway.fleetLive', undefined, ['auditors'], 2)
    await vi.waitFor(() => expect(stream.views().length).toBeGreaterThan(0), soon)
    await vi.waitFor(() => expect(stream.state()).not.toBe('open'), soon)
    expect(stream.others()).not.toContain('return')
  })

  it('ends soon after its caller’s role was revoked, and its client is refused when it reconnects', async () => {
    const platform = await api.as({ sub: 'tomas', groups: ['platform-admins'] })
    const grantTo = (subject: string, role: 'auditor' | 'tenant-viewer', tenantId: string | null) =>
      platform.access.addGrant.mutate({ role, tenantId, subjectKind: 'group', subject })
    const views = [
      {
        path: 'gateway.fleetLive',
        group: 'leaving-auditors',
        grant: await grantTo('leaving-auditors', 'auditor', null),
      },
      {
        path: 'usage.live',
        group: 'leaving-viewers',
        grant: await grantTo('leaving-viewers', 'tenant-viewer', 'acme'),
      },
    ]
    const streams = await Promise.all(views.map(({ path, group }) => follow(path, undefined, [group])))
    const staying = await follow('gateway.fleetLive', undefined, ['auditors'])
    for (const stream of [...streams, staying]) {
      await vi.waitFor(() => expect(stream.views().length).toBeGreaterThan(0), soon)
    }
    for (const { grant } of views) await platform.access.removeGrant.mutate({ id: grant.id })
    for (const [i, stream] of streams.entries()) {
      await vi.waitFor(() => expect(stream.state()).not.toBe('open'), soon)
      expect(stream.others()).not.toContain('return')
      const again = await follow(views[i]?.path ?? '', undefined, [views[i]?.group ?? ''])
      await vi.waitFor(() => expect(again.others()).toContain('serialized-error'), soon)
      expect(again.views()).toEqual([])
    }
    expect(staying.state()).toBe('open')
  })

  it('ends soon after its session was signed out, and no other does', async () => {
    const sessionId = randomUUID()
    const ofSession = (id: string) => follow('gateway.fleetLive', undefined, ['auditors'], 300, id)
    const [ending, staying] = await Promise.all([ofSession(sessionId), ofSession(randomUUID())])
    for (const stream of [ending, staying]) {
      await vi.waitFor(() => expect(stream.views().length).toBeGreaterThan(0), soon)
    }
    await (await api.as({ sub: 'mara', groups: [] }, undefined, sessionId)).session.end.mutate()
    await vi.waitFor(() => expect(ending.state()).not.toBe('open'), soon)
    expect(ending.others()).not.toContain('return')
    expect(staying.state()).toBe('open')
  })

  it('ends when the process shuts down, and does not delay that', async () => {
    const stream = await follow('gateway.fleetLive', undefined, ['auditors'])
    await vi.waitFor(() => expect(stream.views().length).toBeGreaterThan(0), soon)
    const startedAt = performance.now()
    await api.restart()
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(stream.state()).not.toBe('open')
    expect(stream.others()).not.toContain('return')
  })
})
