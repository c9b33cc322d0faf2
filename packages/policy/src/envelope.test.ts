import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Envelope, envelopeFaults, impactOf } from './envelope.ts'
import { type Limits, limitDefinitions, limitNames, resolveLimits } from './limits.ts'

const envelope: Envelope = {
  'ingest.samplesPerSecond': { min: 1_000, max: 50_000 },
  'series.activeMax': { min: 10_000, max: 10_000 },
}

describe('the limits outside the envelope', () => {
  const rate = (value: number) => ({ 'ingest.samplesPerSecond': value })
  it.each<[string, Limits, Limits, string[]]>([
    ['no change', {}, {}, []],
    ['a change within', rate(10_000), rate(20_000), []],
    ['a change to the minimum', {}, rate(1_000), []],
    ['a change to the maximum', {}, rate(50_000), []],
    ['a change to one below the minimum', {}, rate(999), ['ingest.samplesPerSecond']],
    ['a change to one above the maximum', {}, rate(50_001), ['ingest.samplesPerSecond']],
    ['an approved value outside that does not change', rate(90_000), rate(90_000), []],
    ['another limit edited beside an approved one', rate(90_000), { ...rate(90_000), 'series.activeMax': 10_000 }, []],
    ['a change from outside to outside, even if nearer', rate(90_000), rate(60_000), ['ingest.samplesPerSecond']],
    ['a limit without bounds', {}, { 'labels.valueBytesMax': 128 }, ['labels.valueBytesMax']],
    [
      'several at once',
      {},
      { ...rate(1), 'series.activeMax': 10_001 },
      ['ingest.samplesPerSecond', 'series.activeMax'],
    ],
    ['a change back to a default within', rate(20_000), rate(10_000), []],
  ])('of %s', (_case, before, after, outside) => {
    const found = impactOf(envelope, resolveLimits(before), resolveLimits(after))
    expect(found.outside.map((o) => o.limit)).toEqual(outside)
    expect(found.decidedBy).toBe(outside.length > 0 ? 'approver' : 'rule')
  })

  it('are returned with the value and the bounds, or null if they have no bounds', () => {
    const after = resolveLimits({ ...rate(60_000), 'labels.valueBytesMax': 128 })
    expect(impactOf(envelope, resolveLimits({}), after).outside).toEqual([
      { limit: 'ingest.samplesPerSecond', value: 60_000, bounds: { min: 1_000, max: 50_000 } },
      { limit: 'labels.valueBytesMax', value: 128, bounds: null },
    ])
  })

  it('are all that changed if there is no envelope, and none with the widest one', () => {
    const widest: Envelope = Object.fromEntries(
      limitNames.map((name) => [name, { min: limitDefinitions[name].min, max: limitDefinitions[name].max }]),
    )
    const any = fc.record(
      Object.fromEntries(limitNames.map((name) => [name, fc.integer(limitDefinitions[name])])),
    ) as fc.Arbitrary<Limits>
    fc.assert(
      fc.property(any, any, (before, after) => {
        const [from, to] = [resolveLimits(before), resolveLimits(after)]
        expect(impactOf(widest, from, to).outside).toEqual([])
        expect(impactOf({}, from, to).outside).toHaveLength(limitNames.filter((n) => from[n] !== to[n]).length)
      }),
    )
  })
})

describe('envelopeFaults', () => {
  it.each<[string, object, RegExp | null]>([
    ['an empty envelope', {}, null],
    ['a single value', { 'series.activeMax': { min: 5, max: 5 } }, null],
    ['all that the platform carries', { 'series.activeMax': { min: 1, max: 50_000_000 } }, null],
    ['min over max', { 'series.activeMax': { min: 6, max: 5 } }, /min at most max/],
    ['a fraction', { 'series.activeMax': { min: 1.5, max: 5 } }, /whole numbers/],
    ['no max', { 'series.activeMax': { min: 1 } }, /whole numbers/],
    ['no bounds', { 'series.activeMax': null }, /whole numbers/],
    ['less than the platform carries', { 'series.activeMax': { min: 0, max: 5 } }, /within what the platform carries/],
    ['more than the platform carries', { 'series.activeMax': { min: 1, max: 50_000_001 } }, /1 to 50000000 series/],
    ['an unknown limit', { 'series.max': { min: 1, max: 5 } }, /is not a limit/],
    ['a name that every object has', { constructor: { min: 1, max: 5 } }, /constructor is not a limit/],
  ])('of %s', (_case, given, fault) => {
    const faults = envelopeFaults(given)
    expect(faults).toHaveLength(fault ? 1 : 0)
    if (fault) expect(faults[0]).toMatch(fault)
  })
})
