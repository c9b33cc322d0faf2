import {
  columnExemplars,
  columnHistograms,
  columnLabelFault,
  columnLabelsEnd,
  columnLabelsStart,
  columnSamples,
  type OpenSeries,
  type RequestColumns,
} from './columns.ts'
import { type Cursor, fieldsMax, wireBytes, wireVarint } from './cursor.ts'
import type { LabelHash } from './labelHash.ts'
import {
  betweenFault,
  betweenLabelsBytesMax,
  countFault,
  labelCountMax,
  notTextFault,
  sizeFault,
} from './labelLimits.ts'
import { exemplarBytesMax, type PointScan } from './points.ts'

/** Name start and end, value start and end of the last label. */
const label = new Int32Array(4)

/**
 * Walks fields of a `prometheus.WriteRequest` into `columns`, at least until `until`, but not the rest of a large series:
 * the next call goes on there.
 * @returns whether any of them is a series or metadata
 */
export function parseV1(
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
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x0a) {
      isKnown = true
      const stop = cursor.span(end)
      if (stop > cursor.at) parseSeries(cursor, stop, until, null, columns, hash, scan)
    } else if (tag === 0x1a) {
      isKnown = true
      const stop = cursor.span(end)
      const start = cursor.at
      if (walkMetadata(cursor, stop)) columns.addMetadata(start, stop)
      else columns.badMetadata.add(label[0] as number, label[1] as number)
    } else if (tag >>> 3 === 1 || tag >>> 3 === 3) cursor.fail("a request's field has a wrong wire type", tagAt)
    else cursor.skip(tag & 7, end)
  }
  return isKnown
}

/**
 * TimeSeries: labels 1, samples 2, exemplars 3, histograms 4.
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
  let runEnd = -1
  let labelCount = 0
  let betweenLabels = 0
  let samples = 0
  let histograms = 0
  let exemplars = 0
  let oldest = Number.POSITIVE_INFINITY
  let newest = Number.NEGATIVE_INFINITY
  if (open === null) hash.begin()
  else ({ runEnd, labelCount, betweenLabels, samples, histograms, exemplars, oldest, newest } = open)
  const stop = end < until ? end : until
  while (cursor.at < stop) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x0a) {
      const labelEnd = cursor.span(end)
      // After such a fault the labels are not read: there may be a million.
      if ((ints[at + columnLabelFault] as number) > notTextFault) {
        cursor.at = labelEnd
        continue
      }
      walkLabel(cursor, labelEnd, label, 0)
      if (ints[at + columnLabelsStart] === -1) ints[at + columnLabelsStart] = tagAt
      else betweenLabels += tagAt - (ints[at + columnLabelsEnd] as number)
      const fault = labelFault(++labelCount, betweenLabels)
      if (fault !== 0) {
        columns.markLabelFault(at, fault)
        if (labelCount === 1) ints[at + columnLabelsEnd] = tagAt
        continue
      }
      if (!hashLabel(cursor, hash)) columns.markLabelFault(at, notTextFault)
      ints[at + columnLabelsEnd] = cursor.at
      continue
    }
    if (tag === 0x12) {
      scan.sample(cursor, cursor.span(end))
      samples++
    } else if (tag === 0x22) {
      scan.histogram(cursor, cursor.span(end))
      if (scan.fault !== 0 || scan.classicSamples !== 0) {
        columns.setHistogramAside(at, scan)
        continue
      }
      histograms++
    } else if (tag === 0x1a) {
      if (!walkExemplar(cursor, cursor.span(end))) {
        columns.setExemplarAside(at)
        continue
      }
      exemplars++
    } else {
      if (tag >>> 3 <= 4) cursor.fail("a series' field has a wrong wire type", tagAt)
      cursor.skip(tag & 7, end)
      continue
    }
    if (tag !== 0x1a) {
      if (scan.timestampMs < oldest) oldest = scan.timestampMs
      if (scan.timestampMs > newest) newest = scan.timestampMs
    }
    if (runEnd === tagAt) columns.list[columns.listLength - 1] = cursor.at
    else {
      columns.pushList(tagAt)
      columns.pushList(cursor.at)
    }
    runEnd = cursor.at
  }
  if (cursor.at < end) {
    const laterFields = 0
    const labels = { runEnd, labelCount, betweenLabels }
    columns.open = { at, end, ...labels, samples, histograms, exemplars, oldest, newest, laterFields }
    return
  }
  columns.open = null
  ints[at + columnSamples] = samples
  ints[at + columnHistograms] = histograms
  ints[at + columnExemplars] = exemplars
  columns.endSeries(at, hash.key(), oldest, newest)
}

/** Walks a Label (name 1, value 2) and puts the ranges of its texts into `ranges`; empty if a text is missing. */
export function walkLabel(cursor: Cursor, end: number, ranges: Int32Array, at: number): void {
  ranges[at] = ranges[at + 1] = ranges[at + 2] = ranges[at + 3] = end
  for (let fields = 1; cursor.at < end; fields++) {
    if (fields > fieldsMax) cursor.failFields('a label')
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x0a || tag === 0x12) {
      const stop = cursor.span(end)
      const field = tag === 0x0a ? at : at + 2
      ranges[field] = cursor.at
      ranges[field + 1] = stop
      cursor.at = stop
    } else if (tag >>> 3 <= 2) cursor.fail("a label's field has a wrong wire type", tagAt)
    else cursor.skip(tag & 7, end)
  }
}

/** The `labelFaults` index of what is too large with the last label; 0 if nothing is. */
function labelFault(count: number, betweenLabels: number): number {
  if (count > labelCountMax) return countFault
  if (betweenLabels > betweenLabelsBytesMax) return betweenFault
  return sizeFault((label[1] as number) - (label[0] as number), (label[3] as number) - (label[2] as number))
}

/** Hashes the last label; one without a value is the same as no label. @returns whether it is UTF-8. */
function hashLabel(cursor: Cursor, hash: LabelHash): boolean {
  const nameStart = label[0] as number
  const nameEnd = label[1] as number
  const valueStart = label[2] as number
  const valueEnd = label[3] as number
  const isText = hash.text(cursor.bytes, nameStart, nameEnd) || cursor.isText(nameStart, nameEnd)
  if (valueStart === valueEnd) return isText
  const { textA, textB } = hash
  const valueIsText = hash.text(cursor.bytes, valueStart, valueEnd) || cursor.isText(valueStart, valueEnd)
  hash.label(textA, textB, hash.textA, hash.textB)
  return isText && valueIsText
}

/** Exemplar: labels 1, value 2, timestamp 3. @returns whether its labels are UTF-8, and not too large. */
function walkExemplar(cursor: Cursor, end: number): boolean {
  if (end - cursor.at > exemplarBytesMax) {
    cursor.at = end
    return false
  }
  let isText = true
  while (cursor.at < end) {
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    if (tag === 0x0a) {
      walkLabel(cursor, cursor.span(end), label, 0)
      const nameIsText = cursor.isText(label[0] as number, label[1] as number)
      isText &&= nameIsText && cursor.isText(label[2] as number, label[3] as number)
    } else if (tag === 0x11) cursor.forward(8, end)
    else if (tag === 0x18) cursor.varint(end)
    else if (tag >>> 3 <= 3) cursor.fail("an exemplar's field has a wrong wire type", tagAt)
    else cursor.skip(tag & 7, end)
  }
  return isText
}

/**
 * MetricMetadata: type 1, metric_family_name 2, help 4, unit 5. Puts the range of the name into `label`.
 * @returns whether its texts are UTF-8.
 */
function walkMetadata(cursor: Cursor, end: number): boolean {
  let areTexts = true
  label[0] = label[1] = end
  for (let fields = 1; cursor.at < end; fields++) {
    if (fields > fieldsMax) cursor.failFields('metadata')
    const tagAt = cursor.at
    const tag = cursor.tag(end)
    const field = tag >>> 3
    const wireType = tag & 7
    const isText = field === 2 || field === 4 || field === 5
    if ((isText && wireType !== wireBytes) || (field === 1 && wireType !== wireVarint)) {
      cursor.fail('a metadata field has a wrong wire type', tagAt)
    }
    if (isText) {
      const stop = cursor.span(end)
      areTexts &&= cursor.isText(cursor.at, stop)
      if (field === 2) {
        label[0] = cursor.at
        label[1] = stop
      }
      cursor.at = stop
    } else cursor.skip(wireType, end)
  }
  return areTexts
}
