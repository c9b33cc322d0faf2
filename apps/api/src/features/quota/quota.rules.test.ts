import type { Limits } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { boostEnd, boostEndsAt, judgeChange, type PastRevision, runningBoosts } from './quota.rules.ts'

const rate = 'ingest.samplesPerSecond'
const series = 'series.activeMax'
const state = { before: { [rate]: 50_000 }, defaults: {}, envelope: { [rate]: { min: 1_000, max: 80_000 } } }

describe('a change of limits', () => {
  it('inside the envelope needs no approval', () => {
    expect(judgeChange(state, { [rate]: 80_000 })).toEqual({
      before: { [rate]: 50_000 },
      after: { [rate]: 80_000 },
      changes: [{ limit: rate, from: 50_000, to: 80_000 }],
      outside: [],
      decidedBy: 'rule',
    })
  })
  it('outside the envelope names the limits that leave it', () => {
    expect(judgeChange(state, { [rate]: 80_001, [series]: 5 }).outside).toEqual([
      { limit: rate, value: 80_001, bounds: { min: 1_000, max: 80_000 } },
      { limit: series, value: 5, bounds: null },
    ])
  })
  it('to null restores the default', () => {
    expect(judgeChange(state, { [rate]: null })).toMatchObject({ after: {}, changes: [{ from: 50_000, to: 10_000 }] })
  })
  it('to the present value changes nothing', () => {
    expect(judgeChange(state, { [rate]: 50_000 }).changes).toEqual([])
  })
})

const at = (minute: number) => new Date(minute * 60_000)
const revision = (revision: number, limits: Limits, to: [typeof rate | typeof series, number][], ends?: number) =>
  ({
    revision,
    limits,
    changes: to.map(([limit, value]) => ({ limit, from: 0, to: value })),
    endsAt: ends === undefined ? null : at(ends),
  }) satisfies PastRevision

it('a boost of some seconds ends that long after it applies', () => {
  const endsAt = new Date(1)
  expect(boostEndsAt({ endsAt: null, boostSeconds: 3_600 }, new Date(10_000))).toEqual(new Date(3_610_000))
  expect(boostEndsAt({ endsAt, boostSeconds: null }, new Date(10_000))).toBe(endsAt)
  expect(boostEndsAt({ endsAt: null, boostSeconds: null }, new Date(10_000))).toBeNull()
})

describe('the end of a boost', () => {
  const base = revision(1, { [rate]: 10 }, [[rate, 10]])
  const boost = revision(2, { [rate]: 20 }, [[rate, 20]], 60)

  it('restores the limit from before it', () => {
    expect(boostEnd([base, boost], 2, at(60).getTime())).toEqual({ [rate]: 10 })
  })
  it('restores the default if the limit was not set before', () => {
    expect(boostEnd([boost], 2, at(60).getTime())).toEqual({ [rate]: null })
  })
  it('does not change a limit that a later revision changed', () => {
    const later = revision(3, { [rate]: 30 }, [[rate, 30]])
    expect(boostEnd([base, boost, later], 2, at(60).getTime())).toEqual({})
  })
  it('restores only the limits that nobody changed since', () => {
    const both = revision(
      2,
      { [rate]: 20, [series]: 7 },
      [
        [rate, 20],
        [series, 7],
      ],
      60,
    )
    const later = revision(3, { [rate]: 30, [series]: 7 }, [[rate, 30]])
    expect(boostEnd([base, both, later], 2, at(60).getTime())).toEqual({ [series]: null })
  })
  it('never restores a boost that ended meanwhile', () => {
    const second = revision(3, { [rate]: 30 }, [[rate, 30]], 90)
    expect(boostEnd([base, boost, second], 3, at(90).getTime())).toEqual({ [rate]: 10 })
  })
  it('restores a boost that still runs', () => {
    const second = revision(3, { [rate]: 30 }, [[rate, 30]], 30)
    expect(boostEnd([base, boost, second], 3, at(30).getTime())).toEqual({ [rate]: 20 })
  })
})

it('boosts run until their end, or until later revisions replaced all of their limits', () => {
  const history = [
    revision(1, { [rate]: 20 }, [[rate, 20]], 60),
    revision(2, { [rate]: 20, [series]: 5 }, [[series, 5]], 60),
    revision(3, { [rate]: 9, [series]: 5 }, [[rate, 9]]),
  ]
  expect(runningBoosts(history, at(10).getTime()).map((r) => r.revision)).toEqual([2])
  expect(runningBoosts(history, at(60).getTime())).toEqual([])
})
