import { describe, expect, it } from 'vitest'
import { diffLimits, limitFault, limitFaults, resolveLimits } from './limits.ts'

describe('resolveLimits', () => {
  it.each([
    ['own value', { 'series.activeMax': 5 }, { 'series.activeMax': 7 }, 5],
    ["null, so the platform's default", { 'series.activeMax': null }, { 'series.activeMax': 7 }, 7],
    ["nothing, so the platform's default", {}, { 'series.activeMax': 7 }, 7],
    ["nothing anywhere, so the definition's default", {}, {}, 100_000],
  ])('gives the %s', (_case, own, platform, expected) => {
    expect(resolveLimits(own, platform)['series.activeMax']).toBe(expected)
  })
})

describe('diffLimits', () => {
  it('names each limit whose effective value differs', () => {
    const before = resolveLimits({})
    const after = resolveLimits({ 'ingest.samplesPerSecond': 20_000, 'ingest.burstSamples': 50_000 })
    expect(diffLimits(before, after)).toEqual([{ limit: 'ingest.samplesPerSecond', from: 10_000, to: 20_000 }])
  })
})

describe('limitFault', () => {
  const message = 'must be a whole number from 1 to 1,600,000 samples/s'
  it.each([
    [1, null],
    [1_600_000, null],
    [0, message],
    [1_600_001, message],
    [1.5, message],
    [null, message],
  ])('of %j is %j', (value, fault) => {
    expect(limitFault('ingest.samplesPerSecond', value)).toBe(fault)
  })
})

describe('limitFaults', () => {
  it.each([
    [{ 'series.activeMax': 10, 'ingest.burstSamples': null }, 0],
    [{ 'series.activeMax': 50_000_000, 'labels.nameBytesMax': 8 }, 0],
    [{ 'series.activeMax': 0 }, 1],
    [{ 'series.activeMax': 50_000_001 }, 1],
    [{ constructor: 10 }, 1],
    [{ 'series.activeMax': 0, 'series.max': 10 }, 2],
    [{ 'series.activeMax': 1.5 }, 1],
    [{ 'series.activeMax': Number.NaN }, 1],
    [{ 'series.activeMax': '10' }, 1],
    [{ 'series.max': 10 }, 1],
  ])('%j has %i faults', (limits, faults) => {
    expect(limitFaults(limits)).toHaveLength(faults)
  })
})
