import { expect, it } from 'vitest'
import { DistinctValues } from './distinctValues.ts'

const counted = (from: number, to: number) => {
  const values = new DistinctValues()
  // Each twice.
  for (let i = from; i < to; i++) for (const value of [`match-${i}`, `match-${i}`]) values.add(value)
  return values
}

it.each([0, 1, 2, 63])('%d different values are counted exactly', (n) => expect(counted(0, n).count).toBe(n))

it.each([64, 100, 1_000, 50_000])('%d different values are estimated within three standard errors', (n) => {
  expect(Math.abs(counted(0, n).count / n - 1)).toBeLessThan(0.39)
})

it('counts a value that two have once', () => {
  const values = counted(0, 40)
  values.addAll(counted(20, 60))
  expect(values.count).toBe(60)
})
