import { expect, it } from 'vitest'
import { ExponentialHistogram } from './exponentialHistogram.ts'

it('durations are counted in spans of buckets, without the empty buckets between them', () => {
  const histogram = new ExponentialHistogram()
  histogram.observe(1, 3)
  histogram.observe(1.05, 1)
  histogram.observe(0.5, 2)
  expect(histogram.snapshot()).toEqual({
    schema: 3,
    zeroThreshold: 2 ** -128,
    zeroCount: 0,
    count: 6,
    sum: 3 + 1.05 + 1,
    positiveSpans: [
      { offset: -8, length: 1 },
      { offset: 7, length: 2 },
    ],
    positiveDeltas: [2, 1, -2],
  })
})

it('a bound belongs to the bucket below it', () => {
  const histogram = new ExponentialHistogram()
  histogram.observe(2, 1)
  histogram.observe(2.0001, 1)
  expect(histogram.snapshot().positiveSpans).toEqual([{ offset: 8, length: 2 }])
})

it('durations beyond the buckets are counted in the outermost buckets', () => {
  const histogram = new ExponentialHistogram()
  histogram.observe(1e-9, 1)
  histogram.observe(1e9, 1)
  expect(histogram.snapshot()).toMatchObject({
    count: 2,
    positiveSpans: [
      { offset: -96, length: 1 },
      { offset: 191, length: 1 },
    ],
  })
})
