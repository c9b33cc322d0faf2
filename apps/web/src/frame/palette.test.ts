import { expect, it } from 'vitest'
import { namedLimits, shownActions, versionNumber } from './palette.ts'

it.each([
  [['burst'], ['ingest.burstSamples']],
  [['edit', 'active'], ['series.activeMax']],
  [['samples'], ['query.samplesMax']],
  [['bu'], []],
])('%j names limits by the beginning of a word of their titles', (words, limits) => {
  expect(namedLimits(words)).toEqual(limits)
})

it.each([
  [['12'], 12],
  [['v12'], 12],
  [['policy', 'version', '12'], 12],
  [['0'], null],
  [['1e3'], null],
  [['9'.repeat(16)], null],
  [['burst'], null],
])('%j names the policy version %s', (words, number) => {
  expect(versionNumber(words)).toBe(number)
})

it('shows twelve actions, of which the requests have at least four places', () => {
  const many = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name} ${i}`)
  expect(shownActions(many('tenant', 20), many('request', 9))).toEqual([...many('tenant', 8), ...many('request', 4)])
  expect(shownActions(many('tenant', 3), many('request', 20))).toEqual([...many('tenant', 3), ...many('request', 9)])
  expect(shownActions(many('tenant', 20), [])).toEqual(many('tenant', 12))
})
