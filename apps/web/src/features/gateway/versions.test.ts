import { expect, it } from 'vitest'
import { legsOf, legsText, type PolicyVersion, versionStateText } from './versions.ts'

const propagation: PolicyVersion['propagation'] = {
  version: 128,
  state: 'enforced',
  savedAt: '2026-11-23T17:04:00Z',
  compiledMs: 240,
  canaryPublishedMs: 400,
  canaryEnforcedMs: 1_100,
  fleetPublishedMs: 1_300,
  enforcedMs: 2_900,
  held: null,
}

it('tells the way of a version leg by leg', () => {
  expect(legsText(legsOf(propagation))).toBe(
    'compiled after 240 ms, canary enforced after 1.1 s, every gateway enforced after 2.9 s',
  )
})

it('leaves out the canary where there is none', () => {
  expect(legsOf({ ...propagation, canaryEnforcedMs: null }).map((leg) => leg.name)).toEqual(['compiled', 'fleet'])
})

it('never goes back in time, whatever the clocks of two machines say', () => {
  const [, canary] = legsOf({ ...propagation, canaryEnforcedMs: 100 })
  expect(canary).toEqual({ name: 'canary', fromMs: 240, toMs: 240 })
})

it.each([
  ['canary', 'warning', 'held'],
  ['refused', 'bad', 'refused by the canary'],
  ['superseded', 'quiet', 'overtaken by a newer version'],
  ['enforced', 'good', 'enforced everywhere'],
] as const)('says in a few words how a version stands that is %s, however long the reason', (state, kind, text) => {
  const held = 'The canary gateway-1 refused it: signature. '.repeat(5)
  expect(versionStateText({ ...propagation, state, held })).toEqual({ kind, text })
})
