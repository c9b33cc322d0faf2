import { isStorable } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { inputSchemas, partsOf } from '../testing/inputSchemas.ts'

const leaves = (schema: z.core.$ZodType): z.core.$ZodType[] => {
  const parts = partsOf(schema)
  return parts.length === 0 ? [schema] : parts.flatMap(leaves)
}

it('every input of the router is looked at', () => {
  expect(inputSchemas.length).toBeGreaterThan(25)
})

describe.each(inputSchemas)('the input of %s', (_path, schema) => {
  const ofType = (type: string) => leaves(schema).filter((leaf) => (leaf as z.core.$ZodTypes)._zod.def.type === type)
  const accepted = (leaf: z.core.$ZodType, value: unknown) => z.safeParse(leaf, value)

  it('has no text that Postgres can’t store', () => {
    for (const leaf of ofType('string')) {
      for (const text of ['a\0b', '\0\0\0', 'abc\ud800', '\udc00abc']) {
        const { data } = accepted(leaf, text)
        expect(data === undefined || isStorable(String(data)), `${JSON.stringify(text)} became ${data}`).toBe(true)
      }
    }
  })

  it('has no text without an end', () => {
    for (const leaf of ofType('string')) expect(accepted(leaf, 'x'.repeat(100_000)).success).toBe(false)
  })

  it('has no time that Postgres or JavaScript can’t hold', () => {
    for (const leaf of ofType('string')) {
      for (const time of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z', '+275760-09-13T00:00:00.001Z']) {
        const isTime = accepted(leaf, '2026-11-28T12:00:00Z').success && !accepted(leaf, 'any text').success
        expect(isTime && accepted(leaf, time).success, time).toBe(false)
      }
    }
  })

  it('has no number that is not finite, or whose sums are not', () => {
    for (const leaf of ofType('number')) {
      for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE, -Number.MAX_VALUE]) {
        expect(accepted(leaf, number).success, `${number}`).toBe(false)
      }
    }
  })
})
