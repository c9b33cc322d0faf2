import { describe, expect, it } from 'vitest'
import {
  distinctSeries,
  distinctSeriesAtLeast,
  seriesSketchKey,
  seriesSketchOf,
  seriesSketchPattern,
} from './seriesSketch.ts'
import { seriesKeys as keys } from './testing/seriesKeys.ts'

describe('a sketch', () => {
  it('estimates the number of series with very similar labels', () => {
    const labels = Array.from({ length: 20_000 }, (_, i) => new TextEncoder().encode(`job=game,shard_id=${i}`))
    const estimate = distinctSeries([seriesSketchOf(labels.map(seriesSketchKey))])
    expect(Math.abs(estimate / labels.length - 1)).toBeLessThan(0.07)
  })

  it('is 2,048 characters that JSON does not escape, also without series and with extreme keys', () => {
    for (const some of [[], [0], [2 ** 53 - 1], [2_047], keys(0, 500)]) {
      const sketch = seriesSketchOf(some)
      expect(sketch).toMatch(seriesSketchPattern)
      expect(JSON.stringify(sketch)).toHaveLength(2_050)
    }
    expect(distinctSeries([seriesSketchOf([])])).toBe(0)
  })

  it.each([1, 10, 300, 2_000, 5_000, 20_000, 100_000])('estimates the number of %d series', (count) => {
    const estimate = distinctSeries([seriesSketchOf(keys(0, count))])
    expect(Math.abs(estimate / count - 1)).toBeLessThan(0.07)
  })

  it('counts a series on several gateways once', () => {
    const sketches = [
      seriesSketchOf(keys(0, 8_000)),
      seriesSketchOf(keys(0, 8_000)),
      seriesSketchOf(keys(4_000, 12_000)),
    ]
    expect(distinctSeries(sketches.slice(0, 2))).toBe(distinctSeries(sketches.slice(0, 1)))
    expect(Math.abs(distinctSeries(sketches) / 12_000 - 1)).toBeLessThan(0.07)
  })

  it('hardly ever exceeds the true count after the error is subtracted', () => {
    const over = Array.from({ length: 100 }, (_, set) => {
      const count = 500 + set * 30
      return distinctSeriesAtLeast([seriesSketchOf(keys(0, count, `${set}-`))]) / count
    })
    expect(over.filter((ratio) => ratio > 1)).toEqual([])
    expect(Math.min(...over)).toBeGreaterThan(0.86)
  })
})
