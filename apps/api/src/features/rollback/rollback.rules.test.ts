import { type BundleTenant, type Limits, resolveLimits } from '@tickwatch/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PastRevision } from '../quota/quota.rules.ts'
import { fingerprintOf, planRollback, type TenantNow } from './rollback.rules.ts'

const rate = 'ingest.samplesPerSecond'
const series = 'series.activeMax'
const grafana = { name: 'grafana', sha256: 'a'.repeat(64), expiresAt: '2030-01-01T00:00:00.000Z' }

const then = (limits: Limits, over: Partial<BundleTenant> = {}): BundleTenant => ({ status: 'active', limits, ...over })
const now = (tenantId: string, limits: Limits, over: Partial<TenantNow> = {}): TenantNow => ({
  ...{ tenantId, limits, status: 'active', revision: 7, envelope: { [rate]: { min: 1, max: 5_000 } } },
  ...over,
})
const value = fc.option(fc.integer({ min: 1, max: 3 }))
const limits = fc.record({ [rate]: value, [series]: value }, { requiredKeys: [] })
const changesOf = (earlier: Limits, present: Limits, defaults: Limits = {}) =>
  planRollback(new Map([['acme', then(earlier)]]), [now('acme', present)], defaults).steps

describe('a rollback', () => {
  it.each<[what: string, then: Limits, now: Limits, changes: [string, number, number][], after: Limits]>([
    ['restores a limit that was changed', { [rate]: 10 }, { [rate]: 99 }, [[rate, 99, 10]], { [rate]: 10 }],
    ['removes a value that was not set then', {}, { [rate]: 99 }, [[rate, 99, 10_000]], {}],
    ['restores a value that was removed', { [rate]: 10 }, {}, [[rate, 10_000, 10]], { [rate]: 10 }],
    [
      'keeps the limits that did not change',
      { [rate]: 10, [series]: 5 },
      { [rate]: 99, [series]: 5 },
      [[rate, 99, 10]],
      { [rate]: 10, [series]: 5 },
    ],
  ])('%s', (_what, earlier, present, changes, after) => {
    expect(changesOf(earlier, present)).toMatchObject([
      { revision: 7, before: present, after, changes: changes.map(([limit, from, to]) => ({ limit, from, to })) },
    ])
  })

  it.each<[what: string, then: Limits, now: Limits]>([
    ['as it was', { [rate]: 10 }, { [rate]: 10 }],
    ['the default in other words', { [rate]: 10_000 }, {}],
  ])('leaves out a tenant whose limits are %s', (_what, earlier, present) => {
    expect(changesOf(earlier, present)).toEqual([])
  })

  it('does not restore a default: the present one applies', () => {
    expect(changesOf({}, { [rate]: 99 }, { [rate]: 70 })).toMatchObject([{ changes: [{ from: 99, to: 70 }] }])
  })

  it('sets limits outside the present envelope too, and names them', () => {
    expect(changesOf({ [rate]: 9_000 }, { [rate]: 10 })).toMatchObject([
      { outside: [{ limit: rate, value: 9_000, bounds: { min: 1, max: 5_000 } }] },
    ])
  })

  it('restores neither tokens nor a suspension, and leaves tenants out that were created later', () => {
    const version = new Map([
      ['cut', then({ [rate]: 10 }, { readers: [grafana] })],
      ['freed', then({}, { status: 'suspended' })],
    ])
    const tenants = [now('cut', { [rate]: 99 }, { status: 'suspended' }), now('freed', {}), now('young', { [rate]: 1 })]
    const plan = planRollback(version, tenants, {})
    expect(plan).toMatchObject({ createdSince: ['young'], suspendedSince: ['cut'], resumedSince: ['freed'] })
    expect(plan.steps.map(({ tenantId, after }) => [tenantId, after])).toEqual([['cut', { [rate]: 10 }]])
    expect(JSON.stringify(plan)).not.toContain(grafana.sha256)
  })

  it('gives every tenant of the version exactly its effective limits of then', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(limits, limits), { maxLength: 5 }), limits, (tenants, defaults) => {
        const version = new Map(tenants.map(([earlier], i) => [`t${i}`, then(earlier)]))
        const present = tenants.map(([, own], i) => now(`t${i}`, own))
        const { steps } = planRollback(version, present, defaults)
        for (const { tenantId, limits: own } of present) {
          const after = steps.find((step) => step.tenantId === tenantId)?.after ?? own
          expect(resolveLimits(after, defaults)).toEqual(resolveLimits(version.get(tenantId)?.limits ?? {}, defaults))
        }
      }),
    )
  })
})

describe('a boost that the version has', () => {
  const at = new Date(60_000)
  const history: PastRevision[] = [
    { revision: 1, limits: { [rate]: 10 }, changes: [{ limit: rate, from: 10_000, to: 10 }], endsAt: null },
    { revision: 2, limits: { [rate]: 50 }, changes: [{ limit: rate, from: 10, to: 50 }], endsAt: at },
    {
      revision: 3,
      limits: { [rate]: 50, [series]: 5 },
      changes: [{ limit: series, from: 100_000, to: 5 }],
      endsAt: null,
    },
  ]
  const version = new Map([['acme', then({ [rate]: 50, [series]: 5 })]])
  const stepsFrom = (present: Limits) =>
    planRollback(version, [now('acme', present)], {}, new Map([['acme', history]])).steps

  it('does not come back: its limit gets the value from before it', () => {
    expect(stepsFrom({ [rate]: 99, [series]: 5 })).toMatchObject([{ after: { [rate]: 10, [series]: 5 } }])
  })
  it('that has ended leaves its limit as it is', () => {
    expect(stepsFrom({ [rate]: 10, [series]: 5 })).toEqual([])
  })
  it('that still runs goes on', () => {
    expect(stepsFrom({ [rate]: 50, [series]: 99 })).toMatchObject([
      { after: { [rate]: 50, [series]: 5 }, changes: [{ limit: series, from: 99, to: 5 }] },
    ])
  })
  it('gives way to the default if its limit was not set before', () => {
    const unset = history.slice(1)
    const plan = planRollback(version, [now('acme', { [rate]: 99, [series]: 5 })], {}, new Map([['acme', unset]]))
    expect(plan.steps).toMatchObject([{ after: { [series]: 5 }, changes: [{ limit: rate, from: 99, to: 10_000 }] }])
  })
})

it('a preview is outdated if a limit, a revision or the version differs, and by nothing else', () => {
  const [step] = changesOf({ [rate]: 10 }, { [rate]: 99 })
  if (!step) throw new Error('nothing changes')
  const same = fingerprintOf(3, { steps: [step] })
  expect(fingerprintOf(3, { steps: [{ ...step, outside: [], decidedBy: 'rule' }] })).toBe(same)
  const others = [
    fingerprintOf(4, { steps: [step] }),
    fingerprintOf(3, { steps: [] }),
    fingerprintOf(3, { steps: [{ ...step, revision: 8 }] }),
    fingerprintOf(3, { steps: [{ ...step, changes: [{ limit: rate, from: 98, to: 10 }] }] }),
    fingerprintOf(3, { steps: [{ ...step, tenantId: 'globex' }] }),
  ]
  expect(new Set([same, ...others]).size).toBe(others.length + 1)
})
