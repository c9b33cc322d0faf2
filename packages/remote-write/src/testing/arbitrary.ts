import fc from 'fast-check'
import type { OracleHistogram, OracleLabel, OracleSeries, OracleV1, OracleV2 } from './oracle.ts'

/** Unicode text with characters of all planes, but without lone surrogates: UTF-8 can't represent those. */
const text = fc.oneof(
  fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,12}$/),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({ minLength: 120, maxLength: 140, unit: 'grapheme-ascii' }),
)
const timestamp = fc.oneof(
  fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
  fc.constantFrom(0, -1, 127, 128, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
)
const value = fc.double({ noNaN: true })
const whole = fc.integer({ min: 0, max: 2 ** 40 })

/** Labels in any order, some with an empty value. */
export const labels: fc.Arbitrary<OracleLabel[]> = fc.uniqueArray(fc.record({ name: text, value: text }), {
  maxLength: 8,
  selector: (label) => label.name,
})

/** Spans with a count for each bucket. Offsets between spans are not negative; `spans` of custom buckets start at 0 or above. */
const buckets = (firstOffset: fc.Arbitrary<number>, count: fc.Arbitrary<number>) =>
  fc
    .array(fc.record({ offset: fc.nat(50), counts: fc.array(count, { maxLength: 12 }) }), { maxLength: 3 })
    .chain((runs) =>
      firstOffset.map((first) => ({
        spans: runs.map(({ offset, counts }, i) => ({ offset: i === 0 ? first : offset, length: counts.length })),
        counts: runs.flatMap((run) => run.counts),
      })),
    )
const deltasOf = (counts: number[]) => counts.map((count, i) => count - (counts[i - 1] ?? 0))
const total = (counts: number[]) => counts.reduce((sum, count) => sum + count, 0)

const anyOffset = fc.integer({ min: -1_000, max: 1_000 })
const exponential = {
  sum: fc.oneof(value, fc.constant(Number.NaN)),
  schema: fc.integer({ min: -4, max: 8 }),
  zero_threshold: value,
  reset_hint: fc.nat(3),
  timestamp,
}
const share = fc.double({ noNaN: true, min: 0 })

/** Native histograms with exponential buckets that Prometheus accepts. */
export const histograms: fc.Arbitrary<OracleHistogram> = fc.oneof(
  fc
    .record({
      ...exponential,
      zero: whole,
      nans: fc.nat(9),
      positive: buckets(anyOffset, whole),
      negative: buckets(anyOffset, whole),
    })
    .map(({ zero, nans, positive, negative, ...rest }) => ({
      ...rest,
      count_int: total([zero, ...positive.counts, ...negative.counts, Number.isNaN(rest.sum) ? nans : 0]),
      zero_count_int: zero,
      positive_spans: positive.spans,
      positive_deltas: deltasOf(positive.counts),
      negative_spans: negative.spans,
      negative_deltas: deltasOf(negative.counts),
    })),
  fc
    .record({
      ...exponential,
      zero: share,
      count: share,
      positive: buckets(anyOffset, share),
      negative: buckets(anyOffset, share),
    })
    .map(({ zero, count, positive, negative, ...rest }) => ({
      ...rest,
      count_float: count,
      zero_count_float: zero,
      positive_spans: positive.spans,
      positive_counts: positive.counts,
      negative_spans: negative.spans,
      negative_counts: negative.counts,
    })),
)

/** Native histograms with custom buckets, like those that Prometheus makes from a classic histogram. */
export const customHistograms: fc.Arbitrary<OracleHistogram> = fc
  .record({
    bounds: fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      maxLength: 8,
      comparator: (a, b) => a === b,
    }),
    isFloat: fc.boolean(),
    nans: fc.nat(3),
    sum: fc.oneof(value, fc.constant(Number.NaN)),
    timestamp,
    skip: fc.nat(3),
    counts: fc.array(fc.nat(1_000), { minLength: 9, maxLength: 9 }),
    gap: fc.nat(3),
  })
  .map(({ bounds, isFloat, nans, sum, timestamp, skip, counts, gap }) => {
    const room = bounds.length + 1
    const first = Math.min(skip, room)
    const run = Math.min(2, room - first)
    const second = Math.min(gap, room - first - run)
    const rest = room - first - run - second
    const used = counts.slice(0, run + rest)
    const observed = total(used) + (Number.isNaN(sum) ? nans : 0)
    return {
      schema: -53,
      sum,
      timestamp,
      custom_values: bounds.toSorted((a, b) => a - b),
      positive_spans: [
        { offset: first, length: run },
        { offset: second, length: rest },
      ],
      ...(isFloat
        ? { count_float: observed, positive_counts: used }
        : { count_int: observed, positive_deltas: deltasOf(used) }),
    }
  })

const sample = fc.record({ value, timestamp })

const series: fc.Arbitrary<OracleSeries> = fc.record({
  labels,
  samples: fc.array(sample, { maxLength: 4 }),
  exemplars: fc.array(fc.record({ labels, value, timestamp }), { maxLength: 2 }),
  histograms: fc.array(histograms, { maxLength: 2 }),
})

/** Valid requests of remote write 1.0. */
export const requestsV1: fc.Arbitrary<OracleV1> = fc.record({
  timeseries: fc.array(series, { maxLength: 8 }),
  metadata: fc.array(fc.record({ type: fc.nat(7), metric_family_name: text, help: text, unit: text }), {
    maxLength: 4,
  }),
})

/** Valid requests of remote write 2.0, together with the same series in the form of 1.0. */
export const requestsV2: fc.Arbitrary<{ request: OracleV2; series: OracleSeries[] }> = fc
  .record({
    all: fc.array(series, { maxLength: 8 }),
    started: fc.option(timestamp, { nil: undefined }),
    type: fc.nat(7),
    help: text,
  })
  .map(({ all, started, type, help }) => {
    const symbols = ['']
    const ref = (symbol: string) => {
      const known = symbols.indexOf(symbol)
      return known === -1 ? symbols.push(symbol) - 1 : known
    }
    const refs = (pairs: OracleLabel[]) => pairs.flatMap((label) => [ref(label.name), ref(label.value)])
    const start = started === undefined ? {} : { start_timestamp: started }
    const timeseries = all.map((one) => ({
      labels_refs: refs(one.labels),
      samples: one.samples.map((each) => ({ ...each, ...start })),
      histograms: one.histograms.map((each) => ({ ...each, ...start })),
      exemplars: one.exemplars.map((each) => ({ ...each, labels: undefined, labels_refs: refs(each.labels) })),
      metadata: { type, help_ref: ref(help), unit_ref: 0 },
      ...(started === undefined ? {} : { created_timestamp: started }),
    }))
    return { request: { symbols, timeseries }, series: all }
  })
