import {
  columnEnd,
  columnLaterFields,
  columnListEnd,
  columnListStart,
  columnMaxTimestampMs,
  columnMinTimestampMs,
  columnOdd,
  floatColumns,
  intColumns,
  type RequestColumns,
  symbolColumns,
  symbolEnd,
  symbolStart,
} from './columns.ts'
import { Cursor } from './cursor.ts'
import { badExemplar, walkExemplar } from './parseV2.ts'
import { histogramFieldMax, PointScan, sampleFieldMax } from './points.ts'
import type { WireWriter } from './wireWriter.ts'

const cursor = new Cursor()
const scan = new PointScan()

/** The points that were left out because of their time: `older` and `newer` together, or `samples` and `histograms`. */
export type LeftOut = { samples: number; histograms: number; older: number; newer: number }

/** Unix milliseconds of the oldest and the newest point to copy. */
export type TimeWindow = { sinceMs: number; untilMs: number }

// Each of these copies what begins from `from` to `until` in the request, and returns where the next call goes on: a large
// series is copied in slices.

/** Copies samples, exemplars and histograms of a 1.0 series unchanged. */
export function copyPartsV1(
  columns: RequestColumns,
  series: number,
  wire: WireWriter,
  from: number,
  until: number,
): number {
  const { bytes, ints, list } = columns
  const at = series * intColumns
  const end = ints[at + columnListEnd] as number
  for (let i = ints[at + columnListStart] as number; i < end; i += 2) {
    const start = Math.max(list[i] as number, from)
    const stop = Math.min(list[i + 1] as number, until)
    if (start < stop) wire.copy(bytes, start, stop)
  }
  return until
}

/** Copies the samples and histograms of a 1.0 series that are in the window, and exemplars. Adds to `leftOut`. */
export function copyPartsWithinV1(
  columns: RequestColumns,
  series: number,
  wire: WireWriter,
  window: TimeWindow,
  leftOut: LeftOut,
  from: number,
  until: number,
): number {
  const { bytes, ints, list } = columns
  const at = series * intColumns
  const listEnd = ints[at + columnListEnd] as number
  cursor.bytes = bytes
  cursor.at = from
  for (let i = ints[at + columnListStart] as number; i < listEnd; i += 2) {
    const end = list[i + 1] as number
    cursor.at = Math.max(list[i] as number, cursor.at)
    while (cursor.at < end) {
      if (cursor.at >= until) return cursor.at
      const tagAt = cursor.at
      const tag = cursor.tag(end)
      const stop = cursor.span(end)
      if (tag === 0x1a || isWithin(stop, tag === 0x12, window, leftOut)) wire.copy(bytes, tagAt, stop)
      cursor.at = stop
    }
  }
  return ints[at + columnEnd] as number
}

/** Whether the point from the cursor to `end` is in the window; if not, adds it to `leftOut`. The cursor does not move. */
function isWithin(end: number, isSample: boolean, { sinceMs, untilMs }: TimeWindow, leftOut: LeftOut): boolean {
  const start = cursor.at
  if (isSample) scan.sample(cursor, end)
  else scan.histogram(cursor, end)
  cursor.at = start
  const isOlder = scan.timestampMs < sinceMs
  if (!isOlder && scan.timestampMs <= untilMs) return true
  if (isOlder) leftOut.older++
  else leftOut.newer++
  if (isSample) leftOut.samples++
  else leftOut.histograms++
  return false
}

/**
 * Writes the samples and histograms of a 2.0 series that are in the window, and exemplars, as fields of a 1.0 series.
 * Adds to `leftOut`.
 */
export function copyPartsV2(
  columns: RequestColumns,
  series: number,
  wire: WireWriter,
  window: TimeWindow,
  leftOut: LeftOut,
  from: number,
  until: number,
): number {
  const { bytes, ints, floats } = columns
  const at = series * intColumns
  const end = ints[at + columnEnd] as number
  const hasLaterFields = ints[at + columnLaterFields] === 1
  const isOdd = ints[at + columnOdd] === 1
  const floatsAt = series * floatColumns
  const isAllWithin =
    (floats[floatsAt + columnMinTimestampMs] as number) >= window.sinceMs &&
    (floats[floatsAt + columnMaxTimestampMs] as number) <= window.untilMs
  cursor.bytes = bytes
  cursor.at = from
  while (cursor.at < end && cursor.at < until) {
    const tag = cursor.tag(end)
    if (tag === 0x12 || tag === 0x1a) {
      const stop = cursor.span(end)
      const isAside = isOdd && tag === 0x1a && isHistogramAside(stop)
      if (isAside || !(isAllWithin || isWithin(stop, tag === 0x12, window, leftOut))) {
        cursor.at = stop
        continue
      }
      const start = wire.open(tag === 0x12 ? 0x12 : 0x22)
      if (hasLaterFields) copyFields(stop, tag === 0x12 ? sampleFieldMax : histogramFieldMax, wire)
      else wire.copy(bytes, cursor.at, stop)
      wire.close(start)
      cursor.at = stop
    } else if (tag === 0x22) {
      const stop = cursor.span(end)
      if (isOdd && isExemplarAside(columns, stop)) cursor.at = stop
      else copyExemplar(columns, stop, wire)
    } else cursor.skip(tag & 7, end)
  }
  return cursor.at
}

/** Whether the parser set the histogram from the cursor to `end` aside. The cursor does not move. */
function isHistogramAside(end: number): boolean {
  const start = cursor.at
  scan.histogram(cursor, end)
  cursor.at = start
  return scan.fault !== 0 || scan.classicSamples !== 0
}

/** The same for an exemplar. */
function isExemplarAside(columns: RequestColumns, end: number): boolean {
  const start = cursor.at
  const textBytes = walkExemplar(cursor, end, columns)
  cursor.at = start
  return textBytes === badExemplar
}

/** Copies the fields of a message with numbers up to `fieldMax`: 1.0 has no others. */
function copyFields(end: number, fieldMax: number, wire: WireWriter): void {
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    cursor.skip(tag & 7, end)
    if (tag >>> 3 <= fieldMax) wire.copy(cursor.bytes, tagAt, cursor.at)
  }
}

/** Copies an Exemplar of 2.0 (labels_refs 1, value 2, timestamp 3) as one of 1.0 (labels 1, value 2, timestamp 3). */
function copyExemplar(columns: RequestColumns, end: number, wire: WireWriter): void {
  const start = wire.open(0x1a)
  let nameRef = -1
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x0a || tag === 0x08) {
      for (const stop = tag === 0x0a ? cursor.span(end) : cursor.at + 1; cursor.at < stop; ) {
        const ref = cursor.varint(end)
        if (nameRef === -1) nameRef = ref
        else {
          copyLabel(columns, nameRef, ref, wire)
          nameRef = -1
        }
      }
    } else {
      cursor.skip(tag & 7, end)
      if (tag >>> 3 <= 3) wire.copy(cursor.bytes, tagAt, cursor.at)
    }
  }
  wire.close(start)
}

function copyLabel(columns: RequestColumns, nameRef: number, valueRef: number, wire: WireWriter): void {
  const start = wire.open(0x0a)
  copySymbol(columns, 0x0a, nameRef, wire)
  copySymbol(columns, 0x12, valueRef, wire)
  wire.close(start)
}

/** Writes a symbol as a string field. */
export function copySymbol(columns: RequestColumns, tag: number, ref: number, wire: WireWriter): void {
  const start = columns.symbols[ref * symbolColumns + symbolStart] as number
  const end = columns.symbols[ref * symbolColumns + symbolEnd] as number
  wire.byte(tag)
  wire.varint(end - start)
  wire.copy(columns.bytes, start, end)
}
