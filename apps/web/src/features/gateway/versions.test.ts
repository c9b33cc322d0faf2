import { expect, it } from 'vitest'
import { legsOf, legsText, type PolicyVersion, versionStateText } from './versions.ts'

const propagation: PolicyVersion['propagation'] = {
  version: 128,
  state: 'enforced',
  savedAt: '2026-11-23T17:04:00Z',
  compiledMs: 240,
  waves: [
    { ring: 'canary', publishedMs: 400, enforcedMs: 1_100 },
    { ring: 'fleet', publishedMs: 1_300, enforcedMs: 2_900 },
  ],
  enforcedMs: 2_900,
  held: null,
}

it('lists the legs of a version with their times', () => {
  expect(legsText(legsOf(propagation))).toBe(
    'compiled after 240 ms, canary enforced after 1.1 s, every gateway enforced after 2.9 s',
  )
})

const canaryAt = (enforcedMs: number | null) =>
  propagation.waves.map((wave) => (wave.ring === 'canary' ? { ...wave, enforcedMs } : wave))

it('leaves out a ring without gateways', () => {
  const ends = legsOf({ ...propagation, waves: canaryAt(null) }).map((leg) => leg.end)
  expect(ends).toEqual(['compiled', 'every gateway enforced'])
})

it('never goes back in time, even if the clocks of two machines differ', () => {
  const [, canary] = legsOf({ ...propagation, waves: canaryAt(100) })
  expect(canary).toMatchObject({ end: 'canary enforced', fromMs: 240, toMs: 240 })
})

it.each([
  [['fleet'], [40, 100]],
  [
    ['canary', 'fleet'],
    [40, 70, 100],
  ],
  [
    ['a', 'b', 'c', 'd'],
    [40, 55, 70, 85, 100],
  ],
])('has a leg for each wave of %j, each stronger than the one before', (rings, shades) => {
  const waves = rings.map((ring) => ({ ring, publishedMs: 400, enforcedMs: 1_000 }))
  expect(legsOf({ ...propagation, waves }).map((leg) => leg.shade)).toEqual(shades)
})

it('says at which ring a version on its way is', () => {
  const waves = [
    { ring: 'canary', publishedMs: 1, enforcedMs: 2 },
    { ring: 'early', publishedMs: 3, enforcedMs: null },
    { ring: 'fleet', publishedMs: null, enforcedMs: null },
  ]
  expect(versionStateText({ ...propagation, state: 'publishing', waves }).text).toBe('at the early ring')
})

it.each([
  ['publishing', 'warning', 'held'],
  ['refused', 'bad', 'refused by a gateway'],
  ['superseded', 'quiet', 'overtaken by a newer version'],
  ['enforced', 'good', 'enforced'],
] as const)('describes a version that is %s in a few words, however long the reason', (state, kind, text) => {
  const held = 'The canary gateway-1 refused it: signature. '.repeat(5)
  expect(versionStateText({ ...propagation, state, held })).toEqual({ kind, text })
})
