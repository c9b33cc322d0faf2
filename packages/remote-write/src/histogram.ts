/** A native histogram: exponential buckets, integer counts (https://prometheus.io/docs/specs/native_histograms/). */
export type NativeHistogram = {
  /** -4 to 8: each power of two is divided into 2^schema buckets. */
  schema: number
  zeroThreshold: number
  zeroCount: number
  count: number
  sum: number
  /** Runs of buckets: offset from the end of the previous run (of the first: the bucket's index), and length. */
  positiveSpans: readonly { offset: number; length: number }[]
  /** Each bucket's count minus the previous bucket's count. */
  positiveDeltas: readonly number[]
}

/** The numbers on the wire, which are the same in both versions. */
export const metricTypes = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  gaugehistogram: 4,
  summary: 5,
  info: 6,
  stateset: 7,
} as const

export type MetricType = keyof typeof metricTypes
