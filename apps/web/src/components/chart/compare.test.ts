import { expect, it } from 'vitest'
import { highestOf, summariseCompared, withComparedGaps } from './compare.ts'

const point = (t: number, canary: number | null, baseline: number | null = 1) => ({ t, canary, baseline })

it('breaks both lines where intervals are missing', () => {
  const points = [point(15, 1), point(30, 2), point(90, 3)]
  expect(withComparedGaps(points, 15)).toEqual([point(15, 1), point(30, 2), point(45, null, null), point(90, 3)])
})

it('keeps the lines whole if one interval is missing', () => {
  const points = [point(15, 1), point(45, 3)]
  expect(withComparedGaps(points, 15)).toEqual(points)
})

it('is as high as the higher side', () => {
  expect(highestOf([point(1, null, 4), point(2, 3, null)])).toBe(4)
  expect(highestOf([])).toBe(0)
})

it('says what it shows, and of which side nothing is known', () => {
  const of = { title: 'Memory', unit: 'MiB', fromMs: 0, toMs: 60_000 }
  expect(summariseCompared({ ...of, points: [point(15, null, 200), point(30, null, 210)] }, 'UTC')).toBe(
    'Memory from 1 Jan 1970, 00:00:00 UTC to 1 Jan 1970, 00:01:00 UTC: nothing was measured of the canary; the baseline is between 200 and 210 MiB, last 210 MiB.',
  )
})
