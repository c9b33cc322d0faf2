import { columnEnd, columnStart, intColumns } from './columns.ts'
import { Cursor } from './cursor.ts'
import { PointScan } from './points.ts'
import type { WriteRequestReader } from './reader.ts'
import { type Sliced, sliceBytes } from './slices.ts'
import type { WireWriter } from './wireWriter.ts'

/** A native histogram with custom buckets: bucket `i` ends at `bounds[i]`, the last one at infinity. */
type CustomHistogram = {
  timestampMs: number
  isFloat: boolean
  count: number
  /** The bytes of the sum. They tell a stale marker from other NaNs, which a number may not. */
  sum: Buffer
  bounds: number[]
  spans: { offset: number; length: number }[]
  deltas: number[]
  counts: number[]
}

/** Most bytes of classic series of one request: each bound repeats all labels, so a small request can become a huge one. */
const classicBytesMax = 32 * 1_048_576
/** More than the suffix, `le`, the sample and all tags and lengths of one series. */
const fixedSeriesBytes = 96
/** Classic series that are written in one slice at most: their labels are encoded again for each. */
const sliceSeries = 64

/** The value of a sample that ends its series (https://prometheus.io/docs/specs/prw/remote_write_spec/#stale-markers). */
const staleMarker = Buffer.from('020000000000f07f', 'hex')
const zero = Buffer.alloc(8)

/**
 * Writes, in slices, each custom-bucket histogram of a series as the classic histogram that it is: `_bucket` with `le`, `_count` and
 * `_sum`, one series with one sample each, as Prometheus's own `ConvertNHCBToClassic` does.
 * @param wrote is called after each histogram with the number of series that it became; 0 if they would not fit.
 */
export function* writeClassic(
  reader: WriteRequestReader,
  series: number,
  wire: WireWriter,
  wrote: (series: number) => void,
): Sliced<void> {
  const { bytes, ints, version } = reader.columns
  const cursor = new Cursor()
  const scan = new PointScan()
  const end = ints[series * intColumns + columnEnd] as number
  const histogramTag = version === 1 ? 0x22 : 0x1a
  const labels = reader.labels(series)
  const seriesBytes = labels.reduce((sum, text) => sum + Buffer.byteLength(text) + 8, fixedSeriesBytes)
  cursor.bytes = bytes
  cursor.at = ints[series * intColumns + columnStart] as number
  let sliceEnd = cursor.at + sliceBytes
  while (cursor.at < end) {
    if (cursor.at > sliceEnd) {
      yield
      sliceEnd = cursor.at + sliceBytes
    }
    const tag = cursor.tag(end)
    if (tag !== histogramTag) {
      cursor.skip(tag & 7, end)
      continue
    }
    const stop = cursor.span(end)
    const start = cursor.at
    scan.histogram(cursor, stop)
    const { fault, classicSamples } = scan
    if (fault !== 0 || classicSamples === 0) continue
    const fits = wire.at + classicSamples * seriesBytes <= classicBytesMax
    if (fits) {
      cursor.at = start
      yield* writeHistogram(labels, readHistogram(cursor, stop), wire)
      cursor.at = stop
    }
    wrote(fits ? classicSamples : 0)
  }
}

function readHistogram(cursor: Cursor, end: number): CustomHistogram {
  const { bytes } = cursor
  const read: CustomHistogram = {
    timestampMs: 0,
    isFloat: false,
    count: 0,
    sum: zero,
    bounds: [],
    spans: [],
    deltas: [],
    counts: [],
  }
  while (cursor.at < end) {
    const tag = cursor.tag(end)
    if (tag === 0x08 || tag === 0x11) {
      read.isFloat = tag === 0x11
      read.count = read.isFloat ? cursor.double(end) : cursor.varint(end)
    } else if (tag === 0x19) {
      read.sum = bytes.subarray(cursor.at, cursor.at + 8)
      cursor.forward(8, end)
    } else if (tag === 0x5a) read.spans.push(readSpan(cursor, cursor.span(end)))
    else if (tag === 0x60) read.deltas.push(cursor.sint(end))
    else if (tag === 0x62) for (const stop = cursor.span(end); cursor.at < stop; ) read.deltas.push(cursor.sint(stop))
    else if (tag === 0x69) read.counts.push(cursor.double(end))
    else if (tag === 0x6a) for (const stop = cursor.span(end); cursor.at < stop; ) read.counts.push(cursor.double(stop))
    else if (tag === 0x78) read.timestampMs = cursor.int64(end)
    else if (tag === 0x81) read.bounds.push(cursor.double(end))
    else if (tag === 0x82) for (const stop = cursor.span(end); cursor.at < stop; ) read.bounds.push(cursor.double(stop))
    else cursor.skip(tag & 7, end)
  }
  return read
}

function readSpan(cursor: Cursor, end: number): { offset: number; length: number } {
  const span = { offset: 0, length: 0 }
  while (cursor.at < end) {
    const tag = cursor.tag(end)
    if (tag === 0x08) span.offset = cursor.sint(end)
    else if (tag === 0x10) span.length = cursor.varint(end)
    else cursor.skip(tag & 7, end)
  }
  return span
}

function* writeHistogram(labels: readonly string[], histogram: CustomHistogram, wire: WireWriter): Sliced<void> {
  const { bounds, count, sum, timestampMs } = histogram
  const isStale = sum.equals(staleMarker)
  const inBuckets = bucketCounts(histogram)
  const value = Buffer.alloc(8)
  const sample = (suffix: string, bound: number | null, bytes: Buffer) => {
    const series = wire.open(0x0a)
    for (let i = 0; i < labels.length; i += 2) {
      const name = labels[i] as string
      // Without a metric name the series stay nameless, and are refused for that.
      wire.label(0x0a, name, name === '__name__' ? `${labels[i + 1]}${suffix}` : (labels[i + 1] as string))
    }
    if (bound !== null) wire.label(0x0a, 'le', boundText(bound))
    const start = wire.open(0x12)
    wire.byte(0x09)
    wire.copy(isStale ? staleMarker : bytes, 0, 8)
    wire.byte(0x10)
    wire.int64(timestampMs)
    wire.close(start)
    wire.close(series)
  }
  let below = 0
  let sliceEnd = wire.at + sliceBytes
  for (const [i, bound] of bounds.entries()) {
    if (wire.at > sliceEnd || i % sliceSeries === sliceSeries - 1) {
      yield
      sliceEnd = wire.at + sliceBytes
    }
    below += inBuckets[i] ?? 0
    value.writeDoubleLE(below)
    sample('_bucket', bound, value)
  }
  value.writeDoubleLE(count)
  sample('_bucket', Number.POSITIVE_INFINITY, value)
  sample('_count', null, value)
  sample('_sum', null, sum)
}

/** The count of each bucket by its index; buckets between the spans have none. */
function bucketCounts({ isFloat, spans, deltas, counts }: CustomHistogram): number[] {
  const inBuckets: number[] = []
  let next = 0
  let index = 0
  let last = 0
  for (const { offset, length } of spans) {
    index += offset
    for (let i = 0; i < length; i++, next++, index++) {
      last = isFloat ? (counts[next] as number) : last + (deltas[next] as number)
      inBuckets[index] = last
    }
  }
  return inBuckets
}

/** A bound as Prometheus writes it into `le`: Go's shortest `%g`, with `.0` after a whole number (`FormatOpenMetricsFloat`). */
function boundText(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf'
  const [digits, exponent] = bound.toExponential().split('e') as [string, string]
  const power = Number(exponent)
  if (power < -4 || power >= 6) return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
  const text = String(bound)
  return text.includes('.') ? text : `${text}.0`
}
