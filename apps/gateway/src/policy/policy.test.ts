import { type Limits, parseBundle, type ReaderToken } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { environment, newSigningKey, publish, type TestPolicy } from '../testing/policies.ts'
import { compilePolicy, judgesAlike, type Policy, type TenantPolicy } from './policy.ts'

const { privateKey } = newSigningKey()
const compile = (policy: TestPolicy, previous: Policy | null = null) => {
  const { json, manifest } = publish(policy, privateKey, 's3')
  return compilePolicy(parseBundle(json, environment), manifest.sha256, previous)
}
const tenant = (policy: Policy, id: string) => policy.tenants.get(id) as TenantPolicy

describe('a policy that follows another', () => {
  const before = compile({ version: 1, tenants: [{ id: 'acme' }, { id: 'globex' }] })

  it('compiles the changed tenants, and reuses the others', () => {
    const limits: Limits = { 'ingest.samplesPerSecond': 5 }
    const after = compile({ version: 2, tenants: [{ id: 'acme', limits }, { id: 'globex' }] }, before)
    expect(tenant(after, 'globex')).toBe(tenant(before, 'globex'))
    expect(tenant(after, 'acme').limits['ingest.samplesPerSecond']).toBe(5)
    expect(judgesAlike(tenant(after, 'acme'), tenant(before, 'acme'))).toBe(true)
  })

  it('suspends tenants, and forgets those that it does not have', () => {
    const after = compile({ version: 2, tenants: [{ id: 'acme', status: 'suspended' }] }, before)
    expect(tenant(after, 'acme').status).toBe('suspended')
    expect(after.tenants.has('globex')).toBe(false)
  })

  it('finds its current readers, and their tenants, by the hashes of their tokens', () => {
    const token = (letter: string, name = 'grafana') => ({
      name,
      sha256: letter.repeat(64),
      expiresAt: '2027-01-01T00:00:00.000Z',
    })
    const acme = (...readers: ReaderToken[]): TestPolicy => ({
      version: 2,
      tenants: [{ id: 'acme', readers }, { id: 'globex' }],
    })
    const one = compile(acme(token('a')), before)
    expect(one.readers.get('a'.repeat(64))).toEqual({
      ...{ sha256: 'a'.repeat(64), tenantId: 'acme', name: 'grafana' },
      expiresAtMs: Date.parse('2027-01-01T00:00:00Z'),
    })
    expect(tenant(one, 'globex')).toBe(tenant(before, 'globex'))
    const same = compile(acme(token('a')), one)
    expect(tenant(same, 'acme')).toBe(tenant(one, 'acme'))
    expect(same.readers).toBe(one.readers)
    expect([...compile(acme(token('b'), token('c')), one).readers.keys()]).toEqual(['b'.repeat(64), 'c'.repeat(64)])
    expect(compile(acme(token('a', 'renamed')), one).readers.get('a'.repeat(64))?.name).toBe('renamed')
    expect(compile({ version: 2, tenants: [{ id: 'globex' }] }, one).readers.size).toBe(0)
  })

  it('compiles all tenants when the defaults changed', () => {
    const platformDefaults: Limits = { 'labels.namesPerSeriesMax': 3 }
    const after = compile({ version: 2, tenants: [{ id: 'acme' }], platformDefaults }, before)
    expect(tenant(after, 'acme').limits['labels.namesPerSeriesMax']).toBe(3)
    expect(judgesAlike(tenant(after, 'acme'), tenant(before, 'acme'))).toBe(false)
  })
})
