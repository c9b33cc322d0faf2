import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BundleSource, bundleWriters, compileBundle, renumberBundle } from './bundle.ts'
import { parseBundle } from './bundleReader.ts'
import { resolveLimits } from './limits.ts'
import { grafana, limits, source, type Tenant, tenants } from './testing/bundles.ts'

describe('compileBundle', () => {
  it.each(Object.entries(bundleWriters))(
    'in format %s gives the same bytes if the version is set later',
    (_, write) => {
      const versions = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
      fc.assert(
        fc.property(versions, versions, (before, after) => {
          expect(renumberBundle(write(source({ version: before })), after)).toBe(write(source({ version: after })))
        }),
      )
    },
  )

  it('gives the same bytes whatever the order of tenants and readers', () => {
    const shuffled = tenants().chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc
          .shuffledSubarray(all, { minLength: all.length, maxLength: all.length })
          .map((some) => some.map((tenant) => ({ ...tenant, readers: tenant.readers.toReversed() }))),
      ),
    )
    fc.assert(
      fc.property(shuffled, limits(), ([before, after], platformDefaults) => {
        expect(compileBundle(source({ tenants: after, platformDefaults }))).toBe(
          compileBundle(source({ tenants: before, platformDefaults })),
        )
      }),
    )
  })

  it('gives other bytes when a limit, a status, a default, the version or the environment differs', () => {
    const tenant = (given: Partial<Tenant>): Partial<BundleSource> => ({
      tenants: [{ id: 'acme', status: 'active', limits: { 'series.activeMax': 5 }, readers: [], ...given }],
    })
    const variants = [
      source(),
      source(tenant({ limits: { 'series.activeMax': 6 } })),
      source(tenant({ limits: {} })),
      source(tenant({ status: 'suspended' })),
      source(tenant({ id: 'globex' })),
      source(tenant({ readers: [grafana] })),
      source(tenant({ readers: [{ ...grafana, expiresAt: '2027-02-01T00:00:00.000Z' }] })),
      source({ platformDefaults: { 'series.activeMax': 9 } }),
      source({ version: 8 }),
      source({ environment: 'production' }),
    ].map(compileBundle)
    expect(new Set(variants)).toHaveLength(variants.length)
  })

  it('is read back with every tenant and the same effective limits', () => {
    fc.assert(
      fc.property(tenants(), limits(), (all, platformDefaults) => {
        const bundle = parseBundle(compileBundle(source({ tenants: all, platformDefaults })), 'test')
        expect([...bundle.tenants.keys()].toSorted()).toEqual(all.map((tenant) => tenant.id).toSorted())
        for (const tenant of all) {
          const read = bundle.tenants.get(tenant.id)
          expect(read?.status).toBe(tenant.status)
          expect(read?.readers ?? []).toHaveLength(tenant.readers.length)
          expect(read?.readers ?? []).toEqual(expect.arrayContaining([...tenant.readers]))
          expect(resolveLimits(read?.limits ?? {}, bundle.defaults)).toEqual(
            resolveLimits(tenant.limits, platformDefaults),
          )
        }
      }),
    )
  })

  it("leaves out limits that have the platform's default, so that a bundle stays small", () => {
    const bundle = compileBundle(
      source({ tenants: [{ id: 'a', status: 'active', limits: { 'series.activeMax': null }, readers: [] }] }),
    )
    expect(parseBundle(bundle, 'test').tenants.get('a')).toEqual({ status: 'active', limits: {} })
  })

  it('holds 10,000 tenants', () => {
    const many = Array.from({ length: 10_000 }, (_, i): Tenant => {
      return { id: `tenant-${i}`, status: 'active', limits: { 'series.activeMax': i + 1 }, readers: [] }
    })
    const bundle = parseBundle(compileBundle(source({ tenants: many })), 'test')
    expect(bundle.tenants.size).toBe(10_000)
    expect(bundle.tenants.get('tenant-9999')?.limits).toEqual({ 'series.activeMax': 10_000 })
  })
})
