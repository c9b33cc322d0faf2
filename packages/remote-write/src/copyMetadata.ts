import {
  columnAppended,
  columnListEnd,
  columnListStart,
  columnMetadataEnd,
  columnMetadataStart,
  intColumns,
  type RequestColumns,
  symbolColumns,
  symbolEnd,
  symbolStart,
} from './columns.ts'
import { copySymbol } from './copySeries.ts'
import { Cursor } from './cursor.ts'
import { metricTypes } from './histogram.ts'
import { LabelHash } from './labelHash.ts'
import { type Sliced, sliceBytes } from './slices.ts'
import type { WireWriter } from './wireWriter.ts'

/** WriteRequest.metadata */
export const metadataTag = 0x1a

/** Metadata entries that are copied, and series that are searched for metadata, in one slice at most. */
const sliceEntries = 512

export function* copyMetadataV1(columns: RequestColumns, wire: WireWriter): Sliced<void> {
  let sliceEnd = wire.at + sliceBytes
  for (let i = 0; i < columns.metadataCount * 2; i += 2) {
    if (wire.at > sliceEnd || i % (2 * sliceEntries) === 2 * sliceEntries - 2) {
      yield
      sliceEnd = wire.at + sliceBytes
    }
    const start = columns.metadata[i] as number
    const end = columns.metadata[i + 1] as number
    wire.byte(metadataTag)
    wire.varint(end - start)
    wire.copy(columns.bytes, start, end)
  }
}

const cursor = new Cursor()
const hash = new LabelHash()

/** 2.0 has metadata in each series, 1.0 once per metric family. Leaves out series that were not appended. */
export function* copyMetadataV2(columns: RequestColumns, wire: WireWriter): Sliced<void> {
  /** The hashes of the families already written. If two collide, one request lacks one family's metadata. */
  const families = new Set<number>()
  let sliceEnd = wire.at + sliceBytes
  for (let series = 0; series < columns.seriesCount; series++) {
    if (wire.at > sliceEnd || series % sliceEntries === sliceEntries - 1) {
      yield
      sliceEnd = wire.at + sliceBytes
    }
    const at = series * intColumns
    const start = columns.ints[at + columnMetadataStart] as number
    if (start === -1 || columns.ints[at + columnAppended] === 0) continue
    const nameRef = metricNameRef(columns, at)
    if (nameRef === -1) continue
    const end = columns.ints[at + columnMetadataEnd] as number
    cursor.bytes = columns.bytes
    cursor.at = start
    let type = 0
    let helpRef = 0
    let unitRef = 0
    while (cursor.at < end) {
      const tag = cursor.tag(end)
      if (tag === 0x08) type = knownType(cursor.varint(end))
      else if (tag === 0x18) helpRef = cursor.varint(end)
      else if (tag === 0x20) unitRef = cursor.varint(end)
      else cursor.skip(tag & 7, end)
    }
    const familyStart = columns.symbols[nameRef * symbolColumns + symbolStart] as number
    const familyEnd = withoutSuffix(columns, nameRef, type)
    hash.begin()
    hash.text(columns.bytes, familyStart, familyEnd)
    hash.label(hash.textA, hash.textB, 0, 0)
    const key = hash.key()
    if (families.has(key)) continue
    families.add(key)
    const entry = wire.open(metadataTag)
    wire.byte(0x08)
    wire.varint(type)
    wire.byte(0x12)
    wire.varint(familyEnd - familyStart)
    wire.copy(columns.bytes, familyStart, familyEnd)
    if (helpRef !== 0) copySymbol(columns, 0x22, helpRef, wire)
    if (unitRef !== 0) copySymbol(columns, 0x2a, unitRef, wire)
    wire.close(entry)
  }
}

/** A type that 1.0 does not have becomes `unknown`. */
const knownType = (type: number) => (type <= metricTypes.stateset ? type : metricTypes.unknown)

const metricName = Buffer.from('__name__')

/** The symbol that is the value of `__name__`, or -1. */
function metricNameRef(columns: RequestColumns, at: number): number {
  const { bytes, ints, list, symbols } = columns
  const listEnd = ints[at + columnListEnd] as number
  for (let i = ints[at + columnListStart] as number; i < listEnd; i += 2) {
    const symbolAt = (list[i] as number) * symbolColumns
    const start = symbols[symbolAt + symbolStart] as number
    const end = symbols[symbolAt + symbolEnd] as number
    if (end - start === metricName.length && bytes.compare(metricName, 0, metricName.length, start, end) === 0) {
      return list[i + 1] as number
    }
  }
  return -1
}

const histogramSuffixes = ['_bucket', '_count', '_sum'].map((suffix) => Buffer.from(suffix))
const summarySuffixes = ['_count', '_sum'].map((suffix) => Buffer.from(suffix))
const noSuffixes: Buffer[] = []

/** The end of the family's name: series of classic histograms and summaries add a suffix to it. */
function withoutSuffix(columns: RequestColumns, nameRef: number, type: number): number {
  const { bytes, symbols } = columns
  const start = symbols[nameRef * symbolColumns + symbolStart] as number
  const end = symbols[nameRef * symbolColumns + symbolEnd] as number
  const isHistogram = type === metricTypes.histogram || type === metricTypes.gaugehistogram
  const suffixes = isHistogram ? histogramSuffixes : type === metricTypes.summary ? summarySuffixes : noSuffixes
  for (const suffix of suffixes) {
    const cut = end - suffix.length
    if (cut > start && bytes.compare(suffix, 0, suffix.length, cut, end) === 0) return cut
  }
  return end
}
