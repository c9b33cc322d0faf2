import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bundle, compileBundle } from './bundle.ts'
import { BundleError, BundleReader, parseBundle } from './bundleReader.ts'
import { platformLabelSchema } from './labelSchema.ts'
import { limitNames, resolveLimits } from './limits.ts'
import { grafana, source, type Tenant, tenants } from './testing/bundles.ts'

describe('parseBundle', () => {
  const parsed = () => JSON.parse(compileBundle(source())) as Bundle
  const without = (name: keyof Bundle) => {
    const { [name]: _left, ...rest } = parsed()
    return rest
  }
  const acme = (tenant: unknown) => ({ ...parsed(), tenants: { acme: tenant } })
  const schema = (part: object) => ({ ...parsed(), labelSchema: { ...platformLabelSchema, ...part } })

  it.each<[string, unknown, string]>([
    ['null', null, 'format undefined; this version reads'],
    ['a newer format', { ...parsed(), format: 2 }, 'format 2; this version reads formats up to 1'],
    ['a format that has no text', { ...parsed(), format: { toString: null } }, 'format {"toString":null}'],
    ['format 0', { ...parsed(), format: 0 }, 'format 0'],
    ['no environment', without('environment'), 'is for environment undefined'],
    [
      'another environment',
      { ...parsed(), environment: 'production' },
      'is for environment "production", not for "test"',
    ],
    ['an environment that has no text', { ...parsed(), environment: { toString: null } }, 'is for environment {'],
    ['no version', without('version'), 'no version'],
    ['version 0', { ...parsed(), version: 0 }, 'no version'],
    ['a version that is a text', { ...parsed(), version: '7' }, 'no version'],
    ['no defaults', without('defaults'), 'no default limits'],
    [
      'a default out of range',
      { ...parsed(), defaults: { ...parsed().defaults, 'series.activeMax': 0 } },
      'default limits: series.activeMax must be',
    ],
    ['no label schema', without('labelSchema'), 'no label schema'],
    ['a label schema that is a list', { ...parsed(), labelSchema: [] }, 'no label schema'],
    ['reserved names that are null', schema({ reserved: null }), 'reserved is not a list'],
    ['a label name that is a number', schema({ structural: [1] }), 'structural is not a list'],
    ['extensions that are not a list', schema({ extensions: {} }), 'extensions is not a list'],
    ['an extension that is null', schema({ extensions: [null] }), 'lacks its patterns'],
    ['an extension without labels', schema({ extensions: [{ metricPattern: 'a' }] }), 'lacks its patterns'],
    ['an extension whose labels are null', schema({ extensions: [{ metricPattern: 'a', labels: null }] }), 'lacks'],
    ['an extension without metrics', schema({ extensions: [{ labels: { a: 'b' } }] }), 'lacks its patterns'],
    [
      'a pattern that is not a regular expression',
      schema({ extensions: [{ metricPattern: '(', labels: {} }] }),
      'regular expression',
    ],
    ['no tenants', without('tenants'), 'no tenants'],
    ['tenants in a list', { ...parsed(), tenants: [] }, 'no tenants'],
    ['a tenant that is null', acme(null), 'tenant acme has no status'],
    ['a tenant whose status is a number', acme({ status: 1, limits: {} }), 'tenant acme has no status'],
    ['a tenant without limits', acme({ status: 'active' }), 'tenant acme has no limits'],
    ['a limit out of range', acme({ status: 'active', limits: { 'series.activeMax': -1 } }), 'tenant acme: series.act'],
    [
      'a limit that is a text',
      acme({ status: 'active', limits: { 'series.activeMax': '5' } }),
      'tenant acme: series.act',
    ],
    ['readers that are not a list', acme({ status: 'active', limits: {}, readers: {} }), 'acme: a reader needs'],
    ...Object.entries({ name: 1, sha256: 'AB', expiresAt: 'soon' }).map(([field, value]): [string, unknown, string] => [
      `a reader whose ${field} is ${value}`,
      acme({ status: 'active', limits: {}, readers: [{ ...grafana, [field]: value }] }),
      'acme: a reader needs',
    ]),
  ])('refuses %s', (_case, bundle, message) => {
    const json = JSON.stringify(bundle)
    expect(() => parseBundle(json, 'test')).toThrow(BundleError)
    expect(() => parseBundle(json, 'test')).toThrow(message)
  })

  describe('with a bundle of another version', () => {
    const read = (bundle: object) => parseBundle(JSON.stringify(bundle), 'test')

    it('drops limits that it does not know, whatever their value', () => {
      const unknown = { 'future.limitMax': 7, constructor: 'x' }
      const bundle = read({
        ...acme({ status: 'active', limits: { 'series.activeMax': 5, ...unknown } }),
        defaults: { ...parsed().defaults, ...unknown },
      })
      expect(bundle.tenants.get('acme')).toEqual({ status: 'active', limits: { 'series.activeMax': 5 } })
      expect(Object.keys(bundle.defaults).toSorted()).toEqual(limitNames.toSorted())
    })

    it("uses the definition's default for a missing default", () => {
      const { defaults } = read({ ...parsed(), defaults: { 'series.activeMax': 5, 'ingest.burstSamples': null } })
      expect(defaults).toEqual(resolveLimits({ 'series.activeMax': 5 }))
    })

    it('treats a missing list of the label schema as empty', () => {
      const { labelSchema } = read({ ...parsed(), labelSchema: { allowed: ['region'], future: ['x'] } })
      expect(labelSchema).toEqual({ allowed: ['region'], structural: [], reserved: [], extensions: [] })
    })

    it('ignores members that it does not know', () => {
      const extension = { metricPattern: 'a', labels: { b: 'c' } }
      const bundle = read({
        ...acme({ status: 'active', limits: {}, readers: [{ ...grafana, future: 1 }], future: {} }),
        labelSchema: { ...platformLabelSchema, extensions: [{ ...extension, future: 1 }] },
        future: [],
      })
      expect(bundle.tenants.get('acme')).toMatchObject({ status: 'active', limits: {}, readers: [grafana] })
      expect(bundle.labelSchema.extensions).toMatchObject([extension])
      expect(bundle).not.toHaveProperty('future')
    })

    it('suspends a tenant with a status that it does not know, and leaves the others unchanged', () => {
      const globex = { status: 'active', limits: {} }
      const bundle = read({ ...parsed(), tenants: { acme: { status: 'frozen', limits: {} }, globex } })
      expect(Object.fromEntries(bundle.tenants)).toMatchObject({ acme: { status: 'suspended', limits: {} }, globex })
    })
  })

  it('refuses what is not JSON, with the cause', () => {
    expect(() => parseBundle('{', 'test')).toThrow(expect.objectContaining({ cause: expect.any(SyntaxError) }))
    expect(() => parseBundle('{', 'test')).toThrow(BundleError)
  })

  it('throws nothing but BundleErrors', () => {
    const mangled = fc.tuple(fc.constantFrom(...Object.keys(parsed())), fc.jsonValue())
    fc.assert(
      fc.property(mangled, ([name, value]) => {
        try {
          parseBundle(JSON.stringify({ ...parsed(), [name]: value }), 'test')
        } catch (cause) {
          expect(cause).toBeInstanceOf(BundleError)
        }
      }),
    )
  })

  it('finds no tenant under a name that every object has', () => {
    const bundle = parseBundle(compileBundle(source()), 'test')
    for (const id of ['constructor', '__proto__', 'toString']) expect(bundle.tenants.get(id)).toBeUndefined()
  })
})

describe('a reader of bundles', () => {
  const read = (reader: BundleReader, all: Tenant[], version: number) =>
    reader.read(compileBundle(source({ tenants: all, version })), 'test')

  it('reads each bundle like the first one, whatever it read before and whatever the layout', () => {
    fc.assert(
      fc.property(fc.array(tenants(), { minLength: 1, maxLength: 5 }), fc.boolean(), (versions, inLines) => {
        const reader = new BundleReader()
        // Most tenants stay from one version to the next.
        let all: Tenant[] = []
        for (const [i, changes] of versions.entries()) {
          const changed = new Set(changes.map(({ id }) => id))
          all = [...all.filter(({ id }, at) => at % 5 !== i && !changed.has(id)), ...changes]
          const json = compileBundle(source({ tenants: all, version: i + 1 }))
          const text = inLines ? json : JSON.stringify(JSON.parse(json))
          const bundle = reader.read(text, 'test')
          expect(bundle).toEqual(parseBundle(json, 'test'))
          const plain = { ...bundle, tenants: Object.fromEntries(bundle.tenants) }
          expect(JSON.parse(JSON.stringify(plain))).toEqual(JSON.parse(json))
        }
      }),
    )
  })

  it('returns the same object for an unchanged tenant, and another one for a changed tenant', () => {
    const reader = new BundleReader()
    const [acme, globex, hooli, initech] = ['acme', 'globex', 'hooli', 'initech'].map(
      (id): Tenant => ({ id, status: 'active', limits: {}, readers: [] }),
    )
    if (!acme || !globex || !hooli || !initech) return expect.fail('no tenants')
    const first = read(reader, [acme, globex, initech], 1)
    const changed = read(reader, [{ ...acme, status: 'suspended' }, globex, initech], 2)
    expect(changed.tenants.get('acme')).toEqual({ status: 'suspended', limits: {} })
    const removed = read(reader, [globex, initech], 3)
    const added = read(reader, [acme, globex, hooli, initech], 4)
    for (const { tenants } of [changed, removed, added]) {
      expect(tenants.get('globex')).toBe(first.tenants.get('globex'))
      expect(tenants.get('initech')).toBe(first.tenants.get('initech'))
    }
    expect(added.version).toBe(4)
  })

  it.each([
    ['is cut', (json: string) => json.replace('"status":"active"', '"status":"act')],
    ['is a tenant without status', (json: string) => json.replace('"status":"active"', '"status":null')],
  ])('refuses a bundle if a line %s, and keeps the tenants of the previous one', (_case, broken) => {
    const reader = new BundleReader()
    const json = compileBundle(source())
    const good = reader.read(json, 'test')
    expect(() => reader.read(broken(json), 'test')).toThrow(BundleError)
    expect(reader.read(json, 'test').tenants.get('acme')).toBe(good.tenants.get('acme'))
  })
})
