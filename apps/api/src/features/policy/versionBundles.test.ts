import { compileBundle } from '@tickwatch/policy'
import { expect, it } from 'vitest'
import { contentOf } from './versionBundles.ts'

const reader = { name: 'grafana', sha256: 'a'.repeat(64), expiresAt: '2027-01-01T00:00:00.000Z' }
const json = compileBundle({
  environment: 'test',
  version: 7,
  platformDefaults: { 'ingest.burstSamples': 40_000 },
  tenants: [
    { id: 'acme', status: 'active', limits: { 'ingest.samplesPerSecond': 5_000 }, readers: [reader] },
    { id: 'initech', status: 'suspended', limits: {}, readers: [] },
  ],
})

it('a version holds each limit of a tenant, its own or the default, and how many readers', () => {
  const [acme, initech, nobody] = contentOf(json, ['acme', 'initech', '__proto__']).tenants
  const limit = (held: typeof acme, name: string) => held?.held?.limits.find((each) => each.limit === name)
  expect(limit(acme, 'ingest.samplesPerSecond')).toMatchObject({ value: 5_000, own: true })
  expect(limit(acme, 'ingest.burstSamples')).toMatchObject({ value: 40_000, own: false })
  expect([acme?.held?.status, acme?.held?.readers]).toEqual(['active', 1])
  expect([initech?.held?.status, initech?.held?.readers]).toEqual(['suspended', 0])
  expect(nobody).toEqual({ tenantId: '__proto__', held: null })
})
