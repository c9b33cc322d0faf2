import {
  columnExemplars,
  columnHistograms,
  columnLabelFault,
  columnLaterFields,
  columnListStart,
  columnMetadataEnd,
  columnMetadataStart,
  columnSamples,
  type RequestColumns,
  symbolColumns,
  symbolEnd,
  symbolHashA,
  symbolHashB,
  symbolStart,
} from './columns.ts'
import type { Cursor } from './cursor.ts'
import type { LabelHash } from './labelHash.ts'
import type { PointScan } from './points.ts'

/** `labelFaults` indices. */
const notText = 1
const missingSymbol = 2

/**
 * Walks fields of an `io.prometheus.write.v2.Request` at least until `until`, and puts its symbols into `columns`.
 * @returns whether any of them is a symbol or a series
 */
export function parseSymbols(cursor: Cursor, until: number, columns: RequestColumns, hash: LabelHash): boolean {
  const end = columns.bytes.length
  let isKnown = false
  while (cursor.at < until) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x22 || tag === 0x2a) isKnown = true
    if (tag === 0x22) {
      const stop = cursor.span(end)
      if (!hash.text(cursor.bytes, cursor.at, stop) && !cursor.isText(cursor.at, stop)) columns.markBadSymbol()
      columns.addSymbol(cursor.at, stop, hash.textA, hash.textB)
      cursor.at = stop
    } else if (tag === 0x2a) cursor.at = cursor.span(end)
    else if (tag >>> 3 === 4 || tag >>> 3 === 5) cursor.fail("a request's field has a wrong wire type", tagAt)
    else cursor.skip(tag & 7, end)
  }
  return isKnown
}

/** The same for its series, after all symbols are known. */
export function parseV2(
  cursor: Cursor,
  until: number,
  columns: RequestColumns,
  hash: LabelHash,
  scan: PointScan,
): boolean {
  const end = columns.bytes.length
  let isKnown = false
  while (cursor.at < until) {
    const tag = cursor.tag(end)
    if (tag === 0x2a) {
      isKnown = true
      parseSeries(cursor, cursor.span(end), columns, hash, scan)
    } else cursor.skip(tag & 7, end)
  }
  return isKnown
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
      for (const stop = cursor.span(end); cursor.at < stop; ) pushRef(cursor.varint(stop), columns, at)
    } else if (tag === 0x08) pushRef(cursor.varint(end), columns, at)
    else if (tag === 0x12 || tag === 0x1a) {
      const stop = cursor.span(end)
      if (tag === 0x12) {
        scan.sample(cursor, stop)
        samples++
      } else {
        scan.histogram(cursor, stop)
        if (scan.fault !== 0 || scan.classicSamples !== 0) {
          columns.setHistogramAside(at, scan)
          continue
        }
        histograms++
      }
      if (scan.hasLaterFields) laterFields = 1
      if (scan.timestampMs < oldest) oldest = scan.timestampMs
      if (scan.timestampMs > newest) newest = scan.timestampMs
    } else if (tag === 0x22) {
      if (walkExemplar(cursor, cursor.span(end), columns)) exemplars++
      else columns.setExemplarAside(at)
    } else if (tag === 0x2a) {
      const stop = cursor.span(end)
      const start = cursor.at
      const found = walkMetadata(cursor, stop, columns)
      if (found === badMetadata) columns.badMetadataCount++
      else if (found === someMetadata) {
        ints[at + columnMetadataStart] = start
        ints[at + columnMetadataEnd] = stop
      }
    } else {
      if (tag >>> 3 <= 5) cursor.fail("a series' field has a wrong wire type", tagAt)
      cursor.skip(tag & 7, end)
    }
  }
  hashLabels(columns, at, hash)
  ints[at + columnSamples] = samples
  ints[at + columnHistograms] = histograms
  ints[at + columnExemplars] = exemplars
  ints[at + columnLaterFields] = laterFields
  if (ints[at + columnMetadataStart] !== -1) columns.metadataCount++
  columns.endSeries(at, hash.key(), oldest, newest)
}

function pushRef(ref: number, columns: RequestColumns, at: number): void {
  if (ref < columns.symbolCount) columns.pushList(ref)
  else columns.markLabelFault(at, missingSymbol)
}

/** Hashes the labels of the series; a label without a value is the same as no label. */
function hashLabels(columns: RequestColumns, at: number, hash: LabelHash): void {
  const { ints, list, symbols } = columns
  const listStart = ints[at + columnListStart] as number
  if ((columns.listLength - listStart) % 2 !== 0) columns.markLabelFault(at, missingSymbol)
  if (columns.badSymbolCount > 0) {
    for (let i = listStart; i < columns.listLength; i++) {
      if (!columns.isText(list[i] as number)) columns.markLabelFault(at, notText)
    }
  }
  // Which name belongs to which value is unknown now.
  if (ints[at + columnLabelFault] === missingSymbol) columns.listLength = listStart
  hash.begin()
  for (let i = listStart; i < columns.listLength; i += 2) {
    const name = (list[i] as number) * symbolColumns
    const value = (list[i + 1] as number) * symbolColumns
    if (symbols[value + symbolStart] === symbols[value + symbolEnd]) continue
    hash.label(
      symbols[name + symbolHashA] as number,
      symbols[name + symbolHashB] as number,
      symbols[value + symbolHashA] as number,
      symbols[value + symbolHashB] as number,
    )
  }
}

/** Exemplar: labels_refs 1, value 2, timestamp 3. @returns whether its labels exist and are UTF-8. */
export function walkExemplar(cursor: Cursor, end: number, columns: RequestColumns): boolean {
  let refs = 0
  let areTexts = true
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x0a) {
      for (const stop = cursor.span(end); cursor.at < stop; refs++)
        areTexts = columns.isText(cursor.varint(stop)) && areTexts
    } else if (tag === 0x08) {
      areTexts = columns.isText(cursor.varint(end)) && areTexts
      refs++
    } else if (tag === 0x11) cursor.forward(8, end)
    else if (tag === 0x18) cursor.varint(end)
    else if (tag >>> 3 <= 3) cursor.fail("an exemplar's field has a wrong wire type", tagAt)
    else cursor.skip(tag & 7, end)
  }
  return areTexts && refs % 2 === 0
}

const noMetadata = 0
const someMetadata = 1
/** Its help or its unit is not UTF-8 or does not exist. */
const badMetadata = 2

/** Metadata: type 1, help_ref 3, unit_ref 4. Prometheus also sends empty ones, which are no metadata. */
function walkMetadata(cursor: Cursor, end: number, columns: RequestColumns): number {
  let found = noMetadata
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x08) {
      if (cursor.varint(end) !== 0 && found === noMetadata) found = someMetadata
    } else if (tag === 0x18 || tag === 0x20) {
      const ref = cursor.varint(end)
      if (!columns.isText(ref)) found = badMetadata
      else if (ref !== 0 && found === noMetadata) found = someMetadata
    } else if (tag >>> 3 <= 4 && tag >>> 3 !== 2) cursor.fail('a metadata field has a wrong wire type', tagAt)
    else cursor.skip(tag & 7, end)
  }
  return found
}
