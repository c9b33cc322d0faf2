import {
  columnExemplars,
  columnHistograms,
  columnLabelBytes,
  columnLabelFault,
  columnLaterFields,
  columnListStart,
  columnMetadataEnd,
  columnMetadataStart,
  columnSamples,
  type OpenSeries,
  type RequestColumns,
  symbolColumns,
  symbolEnd,
  symbolHashA,
  symbolHashB,
  symbolStart,
} from './columns.ts'
import { type Cursor, fieldsMax } from './cursor.ts'
import type { LabelHash } from './labelHash.ts'
import {
  countFault,
  labelCountMax,
  labelFrameBytes,
  labelValueBytesMax,
  missingSymbolFault,
  notTextFault,
  sizeFault,
} from './labelLimits.ts'
import { exemplarBytesMax, type PointScan } from './points.ts'

/** Numbers have at most 10 bytes, so a longer list holds more labels than a series may have. */
const refsBytesMax = 2 * labelCountMax * 10

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
      // No label has a longer text, so nobody needs its hash.
      const hashed = Math.min(stop, cursor.at + labelValueBytesMax)
      const isAscii = hash.text(cursor.bytes, cursor.at, hashed) && hashed === stop
      if (!isAscii && !cursor.isText(cursor.at, stop)) columns.markBadSymbol()
      columns.addSymbol(cursor.at, stop, hash.textA, hash.textB)
      cursor.at = stop
    } else if (tag === 0x2a) cursor.at = cursor.span(end)
    else if (tag >>> 3 === 4 || tag >>> 3 === 5) cursor.fail("a request's field has a wrong wire type", tagAt)
    else cursor.skip(tag & 7, end)
  }
  return isKnown
}

/** The same for its series, after all symbols are known. Of a large series, the next call may walk the rest. */
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
    const { open } = columns
    if (open) {
      parseSeries(cursor, open.end, until, open, columns, hash, scan)
      continue
    }
    const tag = cursor.tag(end)
    if (tag === 0x2a) {
      isKnown = true
      const stop = cursor.span(end)
      if (stop > cursor.at) parseSeries(cursor, stop, until, null, columns, hash, scan)
    } else cursor.skip(tag & 7, end)
  }
  return isKnown
}

/**
 * TimeSeries: labels_refs 1, samples 2, histograms 3, exemplars 4, metadata 5; created timestamp 6 in early drafts.
 * @param open what the last call parsed of the series; null if this is the first one
 */
function parseSeries(
  cursor: Cursor,
  end: number,
  until: number,
  open: OpenSeries | null,
  columns: RequestColumns,
  hash: LabelHash,
  scan: PointScan,
): void {
  const at = open === null ? columns.beginSeries(cursor.at, end) : open.at
  const { ints } = columns
  let laterFields = 0
  let hasBadMetadata = false
  let samples = 0
  let histograms = 0
  let exemplars = 0
  let oldest = Number.POSITIVE_INFINITY
  let newest = Number.NEGATIVE_INFINITY
  if (open !== null) ({ laterFields, samples, histograms, exemplars, oldest, newest } = open)
  const sliceEnd = end < until ? end : until
  while (cursor.at < sliceEnd) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x0a) {
      const stop = cursor.span(end)
      if (stop - cursor.at > refsBytesMax) {
        if (ints[at + columnLabelFault] === 0) columns.markLabelFault(at, countFault)
        cursor.at = stop
      } else while (cursor.at < stop) pushRef(cursor.varint(stop), columns, at)
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
      const textBytes = walkExemplar(cursor, cursor.span(end), columns)
      if (textBytes === badExemplar) columns.setExemplarAside(at)
      else {
        columns.bytesAsV1 += textBytes
        exemplars++
      }
    } else if (tag === 0x2a) {
      const stop = cursor.span(end)
      const start = cursor.at
      const found = walkMetadata(cursor, stop, columns)
      if (found === badMetadata) hasBadMetadata = true
      else if (found === someMetadata) {
        ints[at + columnMetadataStart] = start
        ints[at + columnMetadataEnd] = stop
      }
    } else {
      if (tag >>> 3 <= 5) cursor.fail("a series' field has a wrong wire type", tagAt)
      cursor.skip(tag & 7, end)
    }
  }
  if (cursor.at < end) {
    const labels = { runEnd: -1, labelCount: 0, betweenLabels: 0 }
    columns.open = { at, end, ...labels, samples, histograms, exemplars, oldest, newest, laterFields }
    return
  }
  columns.open = null
  hashLabels(columns, at, hash)
  ints[at + columnSamples] = samples
  ints[at + columnHistograms] = histograms
  ints[at + columnExemplars] = exemplars
  ints[at + columnLaterFields] = laterFields
  if (ints[at + columnMetadataStart] !== -1) columns.metadataCount++
  if (hasBadMetadata) columns.badMetadata.add(...metricName(columns, at))
  columns.endSeries(at, hash.key(), oldest, newest)
}

/** The range of the metric name of the series whose labels were parsed last; empty if it has none. */
function metricName({ bytes, ints, list, listLength, symbols }: RequestColumns, at: number): [number, number] {
  const text = (ref: number): [number, number] => {
    const of = ref * symbolColumns
    return [symbols[of + symbolStart] as number, symbols[of + symbolEnd] as number]
  }
  for (let i = ints[at + columnListStart] as number; i + 1 < listLength; i += 2) {
    if (bytes.toString('latin1', ...text(list[i] as number)) === '__name__') return text(list[i + 1] as number)
  }
  return [0, 0]
}

function pushRef(ref: number, columns: RequestColumns, at: number): void {
  const { ints, listLength } = columns
  const hasRoom = listLength - (ints[at + columnListStart] as number) < 2 * labelCountMax
  if (hasRoom && ref < columns.symbolCount) columns.pushList(ref)
  else if (ints[at + columnLabelFault] === 0) columns.markLabelFault(at, hasRoom ? missingSymbolFault : countFault)
}

/** Hashes the labels of the series; a label without a value is the same as no label. */
function hashLabels(columns: RequestColumns, at: number, hash: LabelHash): void {
  const { ints, list, symbols } = columns
  const listStart = ints[at + columnListStart] as number
  const isOdd = (columns.listLength - listStart) % 2 !== 0
  if (isOdd && ints[at + columnLabelFault] === 0) columns.markLabelFault(at, missingSymbolFault)
  // Which name belongs to which value is unknown now.
  if (isOdd || ints[at + columnLabelFault] === missingSymbolFault) columns.listLength = listStart
  hash.begin()
  let bytes = 0
  for (let i = listStart; i < columns.listLength; i += 2) {
    const name = (list[i] as number) * symbolColumns
    const value = (list[i + 1] as number) * symbolColumns
    const nameBytes = (symbols[name + symbolEnd] as number) - (symbols[name + symbolStart] as number)
    const valueBytes = (symbols[value + symbolEnd] as number) - (symbols[value + symbolStart] as number)
    const fault = sizeFault(nameBytes, valueBytes)
    if (fault !== 0) {
      columns.markLabelFault(at, fault)
      columns.listLength = i
      break
    }
    bytes += nameBytes + valueBytes + labelFrameBytes
    if (columns.badSymbolCount > 0 && !(columns.isText(list[i] as number) && columns.isText(list[i + 1] as number))) {
      columns.markLabelFault(at, notTextFault)
    }
    if (valueBytes === 0) continue
    hash.label(
      symbols[name + symbolHashA] as number,
      symbols[name + symbolHashB] as number,
      symbols[value + symbolHashA] as number,
      symbols[value + symbolHashB] as number,
    )
  }
  ints[at + columnLabelBytes] = bytes
}

/** Some labels of the exemplar do not exist or are not UTF-8, or it is too large. */
export const badExemplar = -1

/**
 * Exemplar: labels_refs 1, value 2, timestamp 3.
 * @returns the bytes that its labels have in remote write 1.0, or {@link badExemplar}
 */
export function walkExemplar(cursor: Cursor, end: number, columns: RequestColumns): number {
  if (end - cursor.at > exemplarBytesMax) {
    cursor.at = end
    return badExemplar
  }
  let refs = 0
  let areTexts = true
  let bytes = 0
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x0a || tag === 0x08) {
      for (const stop = tag === 0x0a ? cursor.span(end) : cursor.at + 1; cursor.at < stop; refs++) {
        const ref = cursor.varint(tag === 0x0a ? stop : end)
        areTexts = columns.isText(ref) && areTexts
        if (areTexts) bytes += columns.symbolBytes(ref) + labelFrameBytes / 2
      }
    } else if (tag === 0x11) cursor.forward(8, end)
    else if (tag === 0x18) cursor.varint(end)
    else if (tag >>> 3 <= 3) cursor.fail("an exemplar's field has a wrong wire type", tagAt)
    else cursor.skip(tag & 7, end)
  }
  return areTexts && refs % 2 === 0 ? bytes : badExemplar
}

const noMetadata = 0
const someMetadata = 1
/** Its help or its unit is not UTF-8 or does not exist. */
const badMetadata = 2

/** Metadata: type 1, help_ref 3, unit_ref 4. Prometheus also sends empty ones, which are no metadata. */
function walkMetadata(cursor: Cursor, end: number, columns: RequestColumns): number {
  let found = noMetadata
  for (let fields = 1; cursor.at < end; fields++) {
    if (fields > fieldsMax) cursor.failFields('metadata')
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x08) {
      if (cursor.varint(end) !== 0 && found === noMetadata) found = someMetadata
    } else if (tag === 0x18 || tag === 0x20) {
      const ref = cursor.varint(end)
      if (!columns.isText(ref)) found = badMetadata
      else {
        columns.bytesAsV1 += columns.symbolBytes(ref)
        if (ref !== 0 && found === noMetadata) found = someMetadata
      }
    } else if (tag >>> 3 <= 4 && tag >>> 3 !== 2) cursor.fail('a metadata field has a wrong wire type', tagAt)
    else cursor.skip(tag & 7, end)
  }
  return found
}
