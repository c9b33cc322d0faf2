import { type Limits, parseBundle } from '@tickwatch/policy'
import { describe, expect, test } from 'vitest'
import { compilePolicy, judgesAlike, type Policy, type TenantPolicy } from './policy.ts'
import { environment, newSigningKey, publish, type TestPolicy } from './testing/policies.ts'

const { privateKey } = newSigningKey()
const compile = (policy: TestPolicy, previous: Policy | null = null) => {
  const { json, manifest } = publish(policy, privateKey, 's3')
  return compilePolicy(parseBundle(json, environment), manifest.sha256, previous)
}
const tenant = (policy: Policy, id: string) => policy.tenants.get(id) as TenantPolicy

describe('a policy that follows another', () => {
  const before = compile({ version: 1, tenants: [{ id: 'acme' }, { id: 'globex' }] })

  test('compiles the changed tenants, and takes the others over as they are', () => {
    const limits: Limits = { 'ingest.samplesPerSecond': 5 }
    const after = compile({ version: 2, tenants: [{ id: 'acme', limits }, { id: 'globex' }] }, before)
    expect(tenant(after, 'globex')).toBe(tenant(before, 'globex'))
    expect(tenant(after, 'acme').limits['ingest.samplesPerSecond']).toBe(5)
    expect(judgesAlike(tenant(after, 'acme'), tenant(before, 'acme'))).toBe(true)
  })

  test('suspends, and forgets tenants', () => {
    const after = compile({ version: 2, tenants: [{ id: 'acme', status: 'suspended' }] }, before)
    expect(tenant(after, 'acme').status).toBe('suspended')
    expect(after.tenants.has('globex')).toBe(false)
  })

  test('compiles all when the defaults changed', () => {
    const platformDefaults: Limits = { 'labels.namesPerSeriesMax': 3 }
    const after = compile({ version: 2, tenants: [{ id: 'acme' }], platformDefaults }, before)
    expect(tenant(after, 'acme').limits['labels.namesPerSeriesMax']).toBe(3)
    expect(judgesAlike(tenant(after, 'acme'), tenant(before, 'acme'))).toBe(false)
  })
})
