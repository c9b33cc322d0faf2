// A quota edit, from the portal's call to the rings' manifests and the gateways' attestations.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quotas } from '@tickwatch/db'
import { parseManifest } from '@tickwatch/policy'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { type Client, seedPlatform, seedTenant, startTestApi, type TestApi } from './testing/testApi.ts'
import type { TestGateway } from './testing/testGateway.ts'

const urls = useTestDatabase()
const dir = mkdtempSync(join(tmpdir(), 'tickwatch-api-'))
let api: TestApi
let canary: TestGateway
let fleet: TestGateway
let admin: Client
let approver: Client

const rate = 'ingest.samplesPerSecond'
const soon = { timeout: 40_000, interval: 20 }

beforeAll(async () => {
  const ca = await openCertificateAuthority(dir)
  const server = await ca.issue({ path: 'api', usage: 'server', dnsNames: ['localhost'] })
  const certificate = (id: string) =>
    ca.issue({ path: id, usage: 'client', uri: `spiffe://tickwatch.local/gateway/${id}` })
  api = await startTestApi({ urls, caFile: ca.certFile, server })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { [rate]: { min: 100, max: 80_000 } })
  canary = api.gateway(await certificate('gateway-1'), 'canary')
  fleet = api.gateway(await certificate('gateway-2'), 'fleet')
  admin = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  approver = await api.as({ sub: 'aiko', groups: ['approvers'] })
  await canary.beat()
  await fleet.beat()
})
afterAll(async () => {
  await api.stop()
  rmSync(dir, { recursive: true })
})

const published = (ring: 'canary' | 'fleet') => parseManifest(api.manifest(ring) ?? '{}').version
const propose = async (value: number, more: { endsAt?: string; boostSeconds?: number; baseRevision?: number } = {}) => {
  const baseRevision = more.baseRevision ?? (await admin.quota.current.query()).revision
  const { endsAt = null, boostSeconds = null } = more
  const limits = { [rate]: value }
  return admin.quota.propose.mutate({ limits, reason: 'a test of it', baseRevision, endsAt, boostSeconds })
}
const revisionOf = async (result: ReturnType<typeof propose>) => {
  const applied = await result
  return applied.outcome === 'applied' ? applied.revision : expect.fail('it was not applied')
}
const requestOf = async (result: ReturnType<typeof propose>) => {
  const asked = await result
  return asked.outcome === 'requested' ? asked.changeRequestId : expect.fail('it was not requested')
}
const effective = async () => (await admin.quota.current.query()).resolved[rate]

/** Both gateways enforce the revision as soon as their ring's manifest carries it. */
async function enforced(revision: number) {
  const version = await vi.waitFor(async () => {
    const { version } = await admin.policy.propagation.query({ revision })
    return version ?? expect.fail('not compiled')
  }, soon)
  await vi.waitFor(() => expect(published('canary')).toBeGreaterThanOrEqual(version), soon)
  await canary.apply()
  await vi.waitFor(() => expect(published('fleet')).toBeGreaterThanOrEqual(version), soon)
  await fleet.apply()
  return vi.waitFor(async () => {
    const view = await admin.policy.propagation.query({ revision })
    expect(view.state).toBe('enforced')
    return view
  }, soon)
}

describe('an edit inside the envelope', () => {
  it('is applied by rule and enforced by canary, then fleet, with the time of each step', async () => {
    const view = await enforced(await revisionOf(propose(50_000)))
    expect(view.gateways.map((g) => [g.gatewayId, g.state])).toEqual([
      ['gateway-1', 'in-sync'],
      ['gateway-2', 'in-sync'],
    ])
    const { compiledMs, waves, enforcedMs } = view
    const steps = [compiledMs, ...waves.flatMap((wave) => [wave.publishedMs, wave.enforcedMs]), enforcedMs]
    expect(waves.map((wave) => wave.ring)).toEqual(['canary', 'fleet'])
    expect(steps.every((ms) => ms !== null)).toBe(true)
    expect(steps).toEqual(steps.toSorted((a, b) => Number(a) - Number(b)))
  })

  it('shows in the history with its propagation, and in its version and the audit log with before and after', async () => {
    const [newest] = (await admin.quota.history.query({ pageSize: 1 })).items
    expect(newest).toMatchObject({ changes: [{ limit: rate, to: 50_000 }], by: { subject: 'mara' }, approvedBy: null })
    expect(newest?.propagation?.state).toBe('enforced')
    const auditor = await api.as({ sub: 'ewa', groups: ['auditors'] })
    const [event] = (await auditor.audit.list.query({ action: 'quota.apply', pageSize: 1 })).items
    expect(event).toMatchObject({
      actor: 'mara',
      tenantId: 'acme',
      before: { limits: {} },
      after: { limits: { [rate]: 50_000 } },
      source: '127.0.0.1',
    })
    expect(event?.requestId).toMatch(/^[0-9a-f-]{36}$/)
    const [version] = (await auditor.policy.versions.query({ pageSize: 1 })).items
    const changes = [{ limit: rate, from: 10_000, to: 50_000 }]
    expect(version?.causes.filter(({ kind }) => kind === 'quota')).toMatchObject([{ tenantId: 'acme', changes }])
  })

  /**
   * Edits as fast as possible. It tries again if the edits took longer than the 250 ms within which they are collected.
   */
  async function burst(values: () => number[]) {
    for (;;) {
      const before = published('canary')
      const { revision } = await admin.quota.current.query()
      const edits = values()
      for (const [i, value] of edits.entries()) await propose(value, { baseRevision: revision + i })
      await enforced(revision + edits.length)
      const made = (await admin.quota.history.query({ pageSize: edits.length })).items
      const times = made.map((r) => Date.parse(r.createdAt))
      const versions = [...new Set(made.map((r) => r.policyVersion))]
      if (Math.max(...times) - Math.min(...times) < 200) return { before, versions }
    }
  }

  it('together with others within 250 ms is one policy version', async () => {
    let value = 1_000
    const next = () => {
      value += 1
      return value
    }
    const { before, versions } = await burst(() => [next(), next(), next()])
    expect(versions).toEqual([before + 1])
  })

  it('that is undone before it is compiled makes no version, and counts as enforced', async () => {
    await enforced(await revisionOf(propose(3_000)))
    const { before, versions } = await burst(() => [4_000, 3_000])
    expect(versions).toEqual([before])
    expect(published('canary')).toBe(before)
  })
})

describe('two people who edit at once', () => {
  it('do not overwrite each other: the second gets a conflict that shows what the first changed', async () => {
    const { revision } = await admin.quota.current.query()
    await propose(5_000, { baseRevision: revision })
    await expect(propose(6_000, { baseRevision: revision })).rejects.toMatchObject({
      message: 'mara changed these limits while you edited them.',
      data: {
        code: 'CONFLICT',
        tickwatch: {
          code: 'quota-conflict',
          conflict: { currentRevision: revision + 1, changes: [{ limit: rate, from: 3_000, to: 5_000 }] },
        },
      },
    })
  })

  it('at exactly the same moment: only one succeeds', async () => {
    const { revision } = await admin.quota.current.query()
    const values = [5_001, 5_002, 5_003, 5_004]
    const results = await Promise.allSettled(values.map((value) => propose(value, { baseRevision: revision })))
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1)
    for (const lost of results.filter((r) => r.status === 'rejected')) {
      expect(lost.reason).toMatchObject({ data: { code: 'CONFLICT', tickwatch: { code: 'quota-conflict' } } })
    }
  })
})

describe('an edit outside the envelope', () => {
  it('waits for someone else, who approves it, and is then enforced', async () => {
    expect(await admin.quota.impact.query({ limits: { [rate]: 90_000 } })).toMatchObject({ decidedBy: 'approver' })
    const before = await effective()
    const id = await requestOf(propose(90_000))
    expect(await effective()).toBe(before)
    expect((await approver.changeRequest.list.query({})).items).toMatchObject([{ id, mayNotDecide: null }])
    expect(await approver.changeRequest.get.query({ id })).toMatchObject({
      outside: [{ limit: rate, value: 90_000, bounds: { min: 100, max: 80_000 } }],
      fleetTotal: { before, after: 90_000 },
    })
    const decided = await approver.changeRequest.approve.mutate({ id, reason: 'launch day' })
    expect(decided).toMatchObject({ state: 'approved', decision: { by: { subject: 'aiko' }, approved: true } })
    await enforced(decided.appliedRevision ?? 0)
    expect(await effective()).toBe(90_000)
    const [newest] = (await admin.quota.history.query({ pageSize: 1 })).items
    expect(newest).toMatchObject({ by: { subject: 'mara' }, approvedBy: { subject: 'aiko' } })
  })

  it('is never decided by the person who asked, whatever their roles', async () => {
    const both = { sub: 'mara', groups: ['acme-admins', 'approvers'] }
    const id = await requestOf(propose(91_000))
    const herself = await api.as(both)
    expect((await herself.changeRequest.get.query({ id })).mayNotDecide).toMatch(/someone else/)
    const refusal = { data: { code: 'FORBIDDEN', tickwatch: { code: 'four-eyes' } } }
    await expect(herself.changeRequest.approve.mutate({ id, reason: 'why not' })).rejects.toMatchObject(refusal)
    await expect(herself.changeRequest.decline.mutate({ id, reason: 'why not' })).rejects.toMatchObject(refusal)
    await approver.changeRequest.decline.mutate({ id, reason: 'not now' })
    const again = approver.changeRequest.approve.mutate({ id, reason: 'changed my mind' })
    await expect(again).rejects.toMatchObject({ data: { tickwatch: { code: 'request-decided' } } })
  })

  it('is closed as outdated, not applied, if the limits changed meanwhile', async () => {
    const id = await requestOf(propose(92_000))
    await revisionOf(propose(7_000))
    const late = approver.changeRequest.approve.mutate({ id, reason: 'launch day' })
    await expect(late).rejects.toMatchObject({
      message: expect.stringContaining('was 90000 when this was requested and is 7000 now'),
      data: { tickwatch: { code: 'request-outdated' } },
    })
    expect((await approver.changeRequest.get.query({ id })).state).toBe('outdated')
    expect(await effective()).toBe(7_000)
  })

  it('for a boost of an hour lasts an hour from its approval, not from when it was asked for', async () => {
    // An API that does not know boostSeconds uses endsAt.
    const endsAt = new Date(Date.now() + 1).toISOString()
    const id = await requestOf(propose(94_000, { boostSeconds: 3_600, endsAt }))
    expect((await admin.quota.current.query()).pending).toMatchObject([{ id, endsAt: null, boostSeconds: 3_600 }])
    await approver.changeRequest.approve.mutate({ id, reason: 'launch day' })
    const { decision, endsAt: ends } = await approver.changeRequest.get.query({ id })
    expect(Date.parse(ends ?? '') - Date.parse(decision?.at ?? '')).toBe(3_600_000)
    expect((await admin.quota.current.query()).scheduled).toMatchObject([{ endsAt: ends }])
    await revisionOf(propose(7_000))
  })

  it('can be withdrawn only by the person who asked', async () => {
    const id = await requestOf(propose(93_000))
    const colleague = await api.as({ sub: 'lee', groups: ['acme-admins'] }, 'acme')
    await expect(colleague.quota.withdraw.mutate({ id })).rejects.toMatchObject({ data: { code: 'FORBIDDEN' } })
    await seedTenant(api.db, 'globex', {})
    const stranger = await api.as({ sub: 'lee', groups: ['globex-admins'] }, 'globex')
    await expect(stranger.quota.withdraw.mutate({ id })).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
    await admin.quota.withdraw.mutate({ id })
    expect(await approver.changeRequest.pendingCount.query()).toBe(0)
  })
})

describe('a boost', () => {
  it('ends automatically, by a revision that says so', async () => {
    const before = await effective()
    const revision = await revisionOf(propose(8_000, { endsAt: new Date(Date.now() + 1_000).toISOString() }))
    expect((await admin.quota.current.query()).scheduled).toMatchObject([{ revision }])
    await vi.waitFor(async () => expect(await effective()).toBe(before), soon)
    const [newest] = (await admin.quota.history.query({ pageSize: 1 })).items
    expect(newest).toMatchObject({ revertsRevision: revision, by: { name: 'End of boost' } })
    expect((await admin.quota.current.query()).scheduled).toEqual([])
  })

  it('restores what it changed, however many changes of other limits followed', async () => {
    const before = await effective()
    // The changes take 2 s, and several times as long on a busy machine.
    const endsAt = new Date(Date.now() + 12_000)
    const revision = await revisionOf(propose(8_100, { endsAt: endsAt.toISOString() }))
    const { own } = await admin.quota.current.query()
    for (let made = 0; made < 205; made += 1) {
      const to = 40_000 + made
      const changes = [{ limit: 'series.activeMax' as const, from: to - 1, to }]
      const limits = { ...own, 'series.activeMax': to }
      const by = { subject: 'mara', name: 'Mara' }
      const rest = { approvedBy: null, endsAt: null, revertsRevision: null, changeRequestId: null }
      const revised = { tenantId: 'acme', createdAt: new Date(), by, reason: 'growth', limits, changes, ...rest }
      await api.db.worker((tx) => quotas.append(tx, { ...revised, baseRevision: revision + made }))
    }
    expect(Date.now()).toBeLessThan(endsAt.getTime())
    await vi.waitFor(async () => expect(await effective()).toBe(before), { timeout: 30_000 })
  })

  it('that would already have ended is refused', async () => {
    const past = propose(8_000, { endsAt: new Date(Date.now() - 1_000).toISOString() })
    await expect(past).rejects.toMatchObject({ data: { tickwatch: { code: 'end-passed' } } })
  })
})

it('the platform sees what each version holds, and its bytes, and the version in the traffic of its gateway', async () => {
  const [before, after] = [
    await enforced(await revisionOf(propose(51_000))),
    await enforced(await revisionOf(propose(52_000))),
  ]
  const content = async ({ version }: typeof after, tenantId: string) =>
    (await approver.policy.content.query({ version: version ?? 0, tenantIds: [tenantId] })).tenants[0]?.held
  expect((await content(before, 'acme'))?.limits).toContainEqual({ limit: rate, value: 51_000, own: true })
  expect((await content(after, 'acme'))?.limits).toContainEqual({ limit: rate, value: 52_000, own: true })
  expect(await content(after, 'nobody')).toBeNull()
  const { json } = await approver.policy.bundle.query({ version: after.version ?? 0 })
  expect(createHash('sha256').update(json).digest('hex')).toBe(parseManifest(api.manifest('fleet') ?? '').sha256)

  const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
  const traffic = (gatewayId: string | null) =>
    approver.usage.traffic.query({ gatewayId, from: ago(3_600_000), to: ago(-1_000) })
  expect((await traffic('gateway-1')).applied[0]?.version).toBe(after.version)
  api.amp.state.away = true
  expect((await traffic(null)).historyMissing).toMatch(/^History is missing: the metrics store does not answer/)
  api.amp.state.away = false
  await expect(traffic('nobody')).rejects.toMatchObject({ data: { tickwatch: { code: 'gateway-not-found' } } })
})
