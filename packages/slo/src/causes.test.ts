import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type BadByCause, causeOf, causes, noCauses, splitBad } from './causes.ts'

const source = readFileSync(new URL('../../policy/src/refusals.ts', import.meta.url), 'utf8')
const reasons = [...source.matchAll(/^ {2}'?([a-z-]+)'?: '.*',$/gm)].map(([, reason = '']) => reason)

/** Those that the platform's faults can cause too. */
const unclear = ['active-series', 'too-old', 'query-timeout']

it.each([...new Set(reasons)].filter((reason) => !unclear.includes(reason)))('the refusal %s has a cause', (reason) => {
  expect(causeOf(reason)).not.toBe('unknown')
})

it('a tenant over its quota is not a failure of the platform, and what nobody knows is not guessed', () => {
  expect(reasons).toContain('rate')
  expect(reasons).toContain('query-busy')
  expect(causeOf('rate')).toBe('tenant')
  expect(causeOf('upstream')).toBe('aws')
  for (const reason of unclear) expect(causeOf(reason)).toBe('unknown')
  expect(causeOf('503')).toBe('unknown')
  expect(causeOf('constructor')).toBe('unknown')
})

it.each<[string, bad: number, told: Partial<BadByCause>, split: Partial<BadByCause>]>([
  ['all, if the metric said all', 9, { platform: 4, aws: 5 }, { platform: 4, aws: 5 }],
  ['the rest as unknown', 9, { platform: 4, unknown: 1 }, { platform: 4, unknown: 5 }],
  ['all as unknown, if it said nothing', 9, {}, { unknown: 9 }],
  ['less of each, if a later count found fewer', 5, { platform: 8, tenant: 2 }, { platform: 4, tenant: 1 }],
  ['nothing, if nothing was bad', 0, { aws: 3 }, {}],
])('the split of bad events has %s', (_what, bad, told, split) => {
  expect(splitBad(bad, { ...noCauses, ...told })).toEqual({ ...noCauses, ...split })
})

it('the parts of bad events always add up to them', () => {
  const count = fc.oneof(fc.integer({ min: -5, max: 1_000_000 }), fc.double({ min: 0, max: 1e6, noNaN: true }))
  const told = fc.record({ platform: count, tenant: count, aws: count, unknown: count })
  fc.assert(
    fc.property(count, told, (bad, byCause) => {
      const parts = splitBad(bad, byCause)
      for (const cause of causes) expect(parts[cause]).toBeGreaterThanOrEqual(0)
      expect(causes.reduce((sum, cause) => sum + parts[cause], 0)).toBeCloseTo(Math.max(0, bad), 3)
    }),
  )
})
