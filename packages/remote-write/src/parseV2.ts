import {
  columnExemplars,
  columnHistograms,
  columnLaterFields,
  columnListStart,
  columnMetadataEnd,
  columnMetadataStart,
  columnSamples,
  type RequestColumns,
  symbolColumns,
  symbolHashA,
  symbolHashB,
} from './columns.ts'
import type { Cursor } from './cursor.ts'
import type { LabelHash } from './labelHash.ts'
import type { PointScan } from './points.ts'

/** Walks an `io.prometheus.write.v2.Request` into `columns`: symbols first, as they may come after the series. */
export function parseV2(cursor: Cursor, columns: RequestColumns, hash: LabelHash, scan: PointScan): void {
  const end = columns.bytes.length
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x22) {
      const stop = cursor.span(end)
      if (!hash.text(cursor.bytes, cursor.at, stop)) cursor.checkText(cursor.at, stop, tagAt)
      columns.addSymbol(cursor.at, stop, hash.textA, hash.textB)
      cursor.at = stop
    } else if (tag === 0x2a) cursor.at = cursor.span(end)
    else if (tag >>> 3 === 4 || tag >>> 3 === 5) cursor.fail("a request's field has a wrong wire type", tagAt)
    else cursor.skip(tag & 7, end)
  }
  cursor.at = 0
  while (cursor.at < end) {
    const tag = cursor.tag(end)
    if (tag === 0x2a) parseSeries(cursor, cursor.span(end), columns, hash, scan)
    else cursor.skip(tag & 7, end)
  }
}

/** TimeSeries: labels_refs 1, samples 2, histograms 3, exemplars 4, metadata 5; created timestamp 6 in early drafts. */
function parseSeries(cursor: Cursor, end: number, columns: RequestColumns, hash: LabelHash, scan: PointScan): void {
  const at = columns.beginSeries(cursor.at, end)
  const { ints } = columns
  let laterFields = 0
  let samples = 0
  let histograms = 0
  let exemplars = 0
  let oldest = Number.POSITIVE_INFINITY
  let newest = Number.NEGATIVE_INFINITY
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x0a) {
      for (const stop = cursor.span(end); cursor.at < stop; ) columns.pushList(symbol(cursor, stop, columns))
    } else if (tag === 0x08) columns.pushList(symbol(cursor, end, columns))
    else if (tag === 0x12 || tag === 0x1a) {
      const stop = cursor.span(end)
      if (tag === 0x12) {
        scan.sample(cursor, stop)
        samples++
      } else {
        scan.histogram(cursor, stop)
        histograms++
      }
      if (scan.hasLaterFields) laterFields = 1
      if (scan.timestampMs < oldest) oldest = scan.timestampMs
      if (scan.timestampMs > newest) newest = scan.timestampMs
    } else if (tag === 0x22) {
      walkExemplar(cursor, cursor.span(end), columns)
      exemplars++
    } else if (tag === 0x2a) {
      const stop = cursor.span(end)
      const start = cursor.at
      if (walkMetadata(cursor, stop, columns)) {
        ints[at + columnMetadataStart] = start
        ints[at + columnMetadataEnd] = stop
      }
    } else {
      if (tag >>> 3 <= 5) cursor.fail("a series' field has a wrong wire type", tagAt)
      cursor.skip(tag & 7, end)
    }
  }
  const { list, symbols } = columns
  const listStart = ints[at + columnListStart] as number
  if ((columns.listLength - listStart) % 2 !== 0) cursor.fail('a label name has no value', end)
  hash.begin()
  for (let i = listStart; i < columns.listLength; i++) {
    const symbolAt = (list[i] as number) * symbolColumns
    hash.mix(symbols[symbolAt + symbolHashA] as number, symbols[symbolAt + symbolHashB] as number)
  }
  ints[at + columnSamples] = samples
  ints[at + columnHistograms] = histograms
  ints[at + columnExemplars] = exemplars
  ints[at + columnLaterFields] = laterFields
  if (ints[at + columnMetadataStart] !== -1) columns.metadataCount++
  columns.endSeries(at, hash.key(), oldest, newest)
}

function symbol(cursor: Cursor, end: number, columns: RequestColumns): number {
  const start = cursor.at
  const ref = cursor.varint(end)
  if (ref >= columns.symbolCount) cursor.fail('a symbol does not exist', start)
  return ref
}

/** Exemplar: labels_refs 1, value 2, timestamp 3. */
function walkExemplar(cursor: Cursor, end: number, columns: RequestColumns): void {
  let refs = 0
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x0a) {
      for (const stop = cursor.span(end); cursor.at < stop; refs++) symbol(cursor, stop, columns)
    } else if (tag === 0x08) {
      symbol(cursor, end, columns)
      refs++
    } else if (tag === 0x11) cursor.forward(8, end)
    else if (tag === 0x18) cursor.varint(end)
    else if (tag >>> 3 <= 3) cursor.fail("an exemplar's field has a wrong wire type", tagAt)
    else cursor.skip(tag & 7, end)
  }
  if (refs % 2 !== 0) cursor.fail("an exemplar's label name has no value", end)
}

/** Metadata: type 1, help_ref 3, unit_ref 4. @returns whether it has content: Prometheus also sends empty ones. */
function walkMetadata(cursor: Cursor, end: number, columns: RequestColumns): boolean {
  let hasContent = false
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x08) hasContent = cursor.varint(end) !== 0 || hasContent
    else if (tag === 0x18 || tag === 0x20) hasContent = symbol(cursor, end, columns) !== 0 || hasContent
    else if (tag >>> 3 <= 4 && tag >>> 3 !== 2) cursor.fail('a metadata field has a wrong wire type', tagAt)
    else cursor.skip(tag & 7, end)
  }
  return hasContent
}
