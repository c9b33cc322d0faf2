import type { NativeHistogram } from '../histogram.ts'

/** One series. Labels are name, value, name, value, … */
export type Metric<Value> = { labels: readonly string[]; value: Value }

/** A metric as a program exposes it to be scraped. */
export type MetricFamily = { name: string; help: string } & (
  | { type: 'counter' | 'gauge'; metrics: readonly Metric<number>[] }
  | { type: 'histogram'; metrics: readonly Metric<NativeHistogram>[] }
)
