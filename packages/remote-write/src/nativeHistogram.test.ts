import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeSeriesLabels } from './labels.ts'
import { WriteRequestReader } from './reader.ts'
import { customHistograms, histograms } from './testing/arbitrary.ts'
import {
  decodeOracleV1,
  encodeOracleV1,
  encodeOracleV2,
  type OracleHistogram,
  prometheusAccepts,
} from './testing/oracle.ts'
import { WriteRequestWriter } from './writer.ts'

const reader = new WriteRequestReader()
const writer = new WriteRequestWriter()

/** Parses one series `m` with these histograms. */
function parse(all: OracleHistogram[], version: 1 | 2 = 1): void {
  const points = { samples: [{ value: 1, timestamp: 1 }], exemplars: [], histograms: all }
  if (version === 1) {
    const labels = [{ name: '__name__', value: 'm' }]
    reader.parse(encodeOracleV1({ timeseries: [{ labels, ...points }], metadata: [] }), 1)
  } else {
    const timeseries = [{ labels_refs: [1, 2], ...points }]
    reader.parse(encodeOracleV2({ symbols: ['', '__name__', 'm'], timeseries }), 2)
  }
}

const sound = {
  schema: 0,
  sum: 9.5,
  count_int: 6,
  positive_spans: [{ offset: 0, length: 3 }],
  positive_deltas: [1, 1, 1],
  timestamp: 1,
}

describe('a native histogram that Prometheus would refuse is set aside', () => {
  it.each([
    ['has spans for 4 buckets and 3 given', { positive_spans: [{ offset: 0, length: 4 }] }, /spans for another number/],
    ['has a negative bucket', { count_int: 0, positive_deltas: [1, -2, 2] }, /a negative count/],
    ['counts 10 and has 6 in its buckets', { count_int: 10 }, /buckets do not add up to/],
    ['counts a NaN, and less than its buckets', { sum: Number.NaN, count_int: 5 }, /buckets do not add up to/],
    ['has schema 20', { schema: 20 }, /schema that is not from -4 to 8/],
    ['has schema -5', { schema: -5 }, /schema that is not from -4 to 8/],
    [
      'has a second span before the first',
      {
        positive_spans: [
          { offset: 4, length: 1 },
          { offset: -3, length: 2 },
        ],
      },
      /negative offset/,
    ],
    ['has custom bounds and schema 0', { custom_values: [1, 2] }, /custom bounds without the schema/],
    ['has custom buckets and too few bounds', { schema: -53, custom_values: [1] }, /too few for its buckets/],
    ['has custom bounds in disorder', { schema: -53, custom_values: [2, 1] }, /not finite and ascending/],
    ['has an infinite custom bound', { schema: -53, custom_values: [1, Infinity] }, /not finite and ascending/],
    [
      'has custom buckets and a zero bucket',
      { schema: -53, custom_values: [1, 2], zero_threshold: 1 },
      /a zero bucket/,
    ],
  ])('because it %s', (_why, broken, fault) => {
    parse([sound, { ...sound, ...broken } as OracleHistogram, sound])
    expect([reader.histograms(0), reader.badHistograms(0)]).toEqual([2, 1])
    expect(reader.histogramFault(0)).toMatch(fault)
  })

  it('and no other: a count above the buckets is right after a NaN, and a stale marker has nothing', () => {
    parse([
      { ...sound, sum: Number.NaN, count_int: 10 },
      { sum: Number.NaN, timestamp: 1 },
    ])
    expect([reader.histograms(0), reader.badHistograms(0), reader.isOdd(0)]).toEqual([2, 0, false])
  })

  it('by the same rule as Prometheus, and the others are forwarded unchanged', () => {
    const broken = fc
      .tuple(
        fc.oneof(histograms, customHistograms),
        fc.constantFrom(...Object.keys(breaks)),
        fc.integer({ min: -3, max: 12 }),
      )
      .map(([histogram, how, by]) => (breaks[how] as Break)(structuredClone(histogram), by))
    let refused = 0
    fc.assert(
      fc.property(fc.array(fc.oneof(histograms, broken), { maxLength: 4 }), fc.constantFrom(1, 2), (all, version) => {
        parse(all, version as 1 | 2)
        const accepted = all.filter(prometheusAccepts)
        const native = accepted.filter(({ schema }) => schema !== -53)
        refused += all.length - accepted.length
        expect(reader.badHistograms(0)).toBe(all.length - accepted.length)
        expect(reader.histograms(0)).toBe(native.length)
        const custom = accepted.filter(({ schema }) => schema === -53)
        expect(reader.classicSamples(0)).toBe(
          custom.reduce((sum, { custom_values }) => sum + (custom_values as number[]).length + 3, 0),
        )
        writer.begin()
        writer.appendSeries(reader, 0, encodeSeriesLabels(['__name__', 'm'], 'tenant', 'acme').block)
        const forwarded = decodeOracleV1(writer.finish())
        parse(native, 1)
        writer.begin()
        writer.appendSeries(reader, 0, encodeSeriesLabels(['__name__', 'm'], 'tenant', 'acme').block)
        expect(forwarded).toEqual(decodeOracleV1(writer.finish()))
      }),
      { numRuns: 500 },
    )
    expect(refused).toBeGreaterThan(100)
  })
})

type Broken = OracleHistogram & { positive_spans?: { offset: number; length: number }[] }
type Break = (histogram: Broken, by: number) => OracleHistogram
/** Ways to change a histogram. Not each change breaks each histogram. */
const breaks: Record<string, Break> = {
  count: (histogram, by) => ({
    ...histogram,
    ...(histogram.count_float === undefined
      ? { count_int: Math.max(0, Number(histogram.count_int) + by) }
      : { count_float: Number(histogram.count_float) * by }),
  }),
  schema: (histogram, by) => ({ ...histogram, schema: by * 2 }),
  custom: (histogram) => ({ ...histogram, schema: -53 }),
  length: (histogram, by) => {
    const span = histogram.positive_spans?.[0]
    if (span) span.length = Math.max(0, span.length + by)
    return histogram
  },
  offset: (histogram, by) => {
    const span = histogram.positive_spans?.[1]
    if (span) span.offset = by
    return histogram
  },
  deltas: (histogram, by) => {
    const deltas = histogram.positive_deltas as number[] | undefined
    if (deltas && deltas.length > 0) deltas[0] = (deltas[0] as number) + by * 1_000
    return histogram
  },
  counts: (histogram, by) => {
    const counts = histogram.positive_counts as number[] | undefined
    if (counts && counts.length > 0) counts[0] = by
    return histogram
  },
  sum: (histogram) => ({ ...histogram, sum: 1 }),
  bounds: (histogram, by) => ({ ...histogram, custom_values: [...((histogram.custom_values as number[]) ?? []), by] }),
  zero: (histogram, by) => ({ ...histogram, zero_threshold: by }),
}
