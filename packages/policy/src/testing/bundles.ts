import fc from 'fast-check'
import type { BundleSource, ReaderToken } from '../bundle.ts'
import { type Limits, limitDefinitions, limitNames } from '../limits.ts'

export type Tenant = BundleSource['tenants'][number]

export const limits = (): fc.Arbitrary<Limits> =>
  fc.record(
    Object.fromEntries(
      limitNames.map((name) => {
        const { min, max } = limitDefinitions[name]
        return [name, fc.option(fc.integer({ min, max }), { nil: null })]
      }),
    ),
    { requiredKeys: [] },
  )
const reader = (): fc.Arbitrary<ReaderToken> =>
  fc.record({
    name: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
    sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
    expiresAt: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  })
export const tenants = (): fc.Arbitrary<Tenant[]> =>
  fc.uniqueArray(
    fc.record({
      id: fc.oneof(fc.stringMatching(/^[a-z0-9-]{1,20}$/), fc.constantFrom('constructor', '__proto__', 'tostring')),
      status: fc.constantFrom('active', 'suspended'),
      limits: limits(),
      readers: fc.uniqueArray(reader(), { selector: ({ sha256 }) => sha256, maxLength: 3 }),
    }),
    { selector: (tenant) => tenant.id, maxLength: 12 },
  )
export const source = (given: Partial<BundleSource> = {}): BundleSource => ({
  environment: 'test',
  version: 7,
  platformDefaults: {},
  tenants: [{ id: 'acme', status: 'active', limits: { 'series.activeMax': 5 }, readers: [] }],
  ...given,
})

export const grafana: ReaderToken = { name: 'grafana', sha256: 'a'.repeat(64), expiresAt: '2027-01-01T00:00:00.000Z' }
