import fc from 'fast-check'
import type { OracleLabel, OracleSeries, OracleV1, OracleV2 } from './oracle.ts'

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

const labels: fc.Arbitrary<OracleLabel[]> = fc
  .uniqueArray(fc.record({ name: text, value: text }), { maxLength: 8, selector: (label) => label.name })
  .map((all) => all.sort((a, b) => (a.name < b.name ? -1 : 1)))

const spans = fc.array(fc.record({ offset: fc.integer({ min: -1_000, max: 1_000 }), length: fc.nat(200) }), {
  maxLength: 3,
})
const deltas = fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { maxLength: 80 })
const counts = fc.array(value, { maxLength: 20 })
const common = {
  sum: value,
  schema: fc.integer({ min: -53, max: 8 }),
  zero_threshold: value,
  negative_spans: spans,
  positive_spans: spans,
  reset_hint: fc.nat(3),
  timestamp,
}
const histogram = fc.oneof(
  fc.record({ ...common, count_int: whole, zero_count_int: whole, positive_deltas: deltas, negative_deltas: deltas }),
  // Custom buckets, like those that Prometheus makes from a classic histogram.
  fc.record({
    count_int: whole,
    sum: value,
    schema: fc.constant(-53),
    positive_spans: spans,
    positive_deltas: deltas,
    custom_values: counts,
    timestamp,
  }),
  fc.record({
    ...common,
    count_float: value,
    zero_count_float: value,
    positive_counts: counts,
    negative_counts: counts,
    custom_values: counts,
  }),
)
const sample = fc.record({ value, timestamp })

const series: fc.Arbitrary<OracleSeries> = fc.record({
  labels,
  samples: fc.array(sample, { maxLength: 4 }),
  exemplars: fc.array(fc.record({ labels, value, timestamp }), { maxLength: 2 }),
  histograms: fc.array(histogram, { maxLength: 2 }),
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
