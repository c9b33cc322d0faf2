import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { causeOf } from './causes.ts'

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
