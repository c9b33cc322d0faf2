// A quota edited, from the portal's call to what the rings are told and the gateways attest.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseManifest } from '@tickwatch/policy'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../local/src/testing.ts'
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
const soon = { timeout: 10_000, interval: 20 }

beforeAll(async () => {
  const ca = await openCertificateAuthority(dir)
  const server = await ca.issue({ path: 'api', usage: 'server', dnsNames: ['localhost'] })
  const certificate = (id: string) =>
    ca.issue({ path: id, usage: 'client', uri: `spiffe://tickwatch.local/gateway/${id}` })
  api = await startTestApi({ urls, caFile: ca.certFile, server })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { [rate]: { min: 100, max: 80_000 } })
  await seedTenant(api.db, 'globex')
  canary = api.gateway(await certificate('gateway-1'), 'canary')
  fleet = api.gateway(await certificate('gateway-2'), 'fleet')
  admin = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  approver = await api.as({ sub: 'aiko', groups: ['approvers'] })
})
afterAll(async () => {
  await api.stop()
  rmSync(dir, { recursive: true })
})

const told = (ring: 'canary' | 'fleet') => parseManifest(api.manifest(ring) ?? '{}').version
const revisionNow = async () => (await admin.quota.current.query()).revision
const propose = async (value: number, more = {}) =>
  admin.quota.propose.mutate({
    ...{ limits: { [rate]: value }, reason: 'a test of it', baseRevision: await revisionNow() },
    ...more,
  })

/** Both gateways enforce what their rings are told, as soon as they are told `version`. */
async function enforce(version: number): Promise<void> {
  await vi.waitFor(() => expect(told('canary')).toBeGreaterThanOrEqual(version), soon)
  await canary.apply()
  await vi.waitFor(() => expect(told('fleet')).toBeGreaterThanOrEqual(version), soon)
  await fleet.apply()
}
const carriedBy = (revision: number) =>
  vi.waitFor(async () => {
    const { version } = await admin.policy.propagation.query({ revision })
    expect(version).not.toBeNull()
    return version ?? 0
  }, soon)

describe('an edit inside the envelope', () => {
  it('is applied by rule and enforced by canary, then fleet, with the time of each step', async () => {
    await canary.beat()
    await fleet.beat()
    const result = await propose(50_000)
    expect(result).toEqual({ outcome: 'applied', revision: 1 })
    await enforce(await carriedBy(1))
    const view = await vi.waitFor(async () => {
      const view = await admin.policy.propagation.query({ revision: 1 })
      expect(view.state).toBe('enforced')
      return view
    }, soon)
    expect(view.gateways.map((g) => [g.gatewayId, g.state])).toEqual([
      ['gateway-1', 'in-sync'],
      ['gateway-2', 'in-sync'],
    ])
    const steps = [
      view.compiledMs,
      view.canaryPublishedMs,
      view.canaryEnforcedMs,
      view.fleetPublishedMs,
      view.enforcedMs,
    ]
    expect(steps.every((ms) => ms !== null)).toBe(true)
    expect(steps).toEqual(steps.toSorted((a, b) => Number(a) - Number(b)))
  })
})
