import { type Cursor, wireBytes, wireFixed64, wireVarint } from './cursor.ts'

/** The highest field numbers of these messages in remote write 1.0. The start timestamp of 2.0 has a higher one. */
export const sampleFieldMax = 2
export const histogramFieldMax = 16

/** Walks points. Its fields describe the last one. */
export class PointScan {
  timestampMs = 0
  /** The message has fields that 1.0 does not have. */
  hasLaterFields = false

  /** Walks a Sample from `cursor.at` to `end`: value 1, timestamp 2, in both versions. */
  sample(cursor: Cursor, end: number): void {
    this.timestampMs = 0
    this.hasLaterFields = false
    while (cursor.at < end) {
      const tagAt = cursor.at
      const tag = cursor.tag(end)
      if (tag === 0x09) cursor.forward(8, end)
      else if (tag === 0x10) this.timestampMs = cursor.int64(end)
      else if (tag >>> 3 <= sampleFieldMax) cursor.fail("a sample's field has a wrong wire type", tagAt)
      else {
        this.hasLaterFields = true
        cursor.skip(tag & 7, end)
      }
    }
  }

  /** Walks a Histogram from `cursor.at` to `end`; fields 1 to 16 are the same in both versions. */
  histogram(cursor: Cursor, end: number): void {
    this.timestampMs = 0
    this.hasLaterFields = false
    while (cursor.at < end) {
      const tagAt = cursor.at
      const tag = cursor.tag(end)
      const field = tag >>> 3
      const wireType = tag & 7
      if (field > histogramFieldMax) {
        this.hasLaterFields = true
        cursor.skip(wireType, end)
        continue
      }
      const kind = histogramFields[field]
      if (tag === 0x78) this.timestampMs = cursor.int64(end)
      else if (wireType === wireBytes && kind === 'span') walkSpan(cursor, cursor.span(end))
      else if (wireType === wireBytes && kind === 'varints') walkPackedVarints(cursor, cursor.span(end))
      else if (wireType === wireBytes && kind === 'doubles') walkPackedDoubles(cursor, cursor.span(end))
      else if (wireType === wireVarint && (kind === 'varint' || kind === 'varints')) cursor.varint(end)
      else if (wireType === wireFixed64 && (kind === 'double' || kind === 'doubles')) cursor.forward(8, end)
      else cursor.fail("a histogram's field has a wrong wire type", tagAt)
    }
  }
}

/**
 * By field number: count_int, count_float, sum, schema, zero_threshold, zero_count_int, zero_count_float,
 * negative_{spans,deltas,counts}, positive_{…}, reset_hint, timestamp, custom_values.
 */
const histogramFields = [
  null,
  'varint',
  'double',
  'double',
  'varint',
  'double',
  'varint',
  'double',
  'span',
  'varints',
  'doubles',
  'span',
  'varints',
  'doubles',
  'varint',
  'varint',
  'doubles',
] as const

function walkSpan(cursor: Cursor, end: number): void {
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag >>> 3 <= 2 && (tag & 7) !== wireVarint) cursor.fail("a bucket span's field has a wrong wire type", tagAt)
    cursor.skip(tag & 7, end)
  }
}

function walkPackedVarints(cursor: Cursor, end: number): void {
  while (cursor.at < end) cursor.varint(end)
}

function walkPackedDoubles(cursor: Cursor, end: number): void {
  while (cursor.at < end) cursor.forward(8, end)
}
