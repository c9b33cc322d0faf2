import type { PointScan } from './points.ts'
import type { RemoteWriteVersion } from './version.ts'

/** Whole numbers that describe one series, side by side in `RequestColumns.ints`. */
export const columnStart = 0
export const columnEnd = 1
/** 1.0: from the first label field to the end of the last; usually nothing else is between. -1 without labels. */
export const columnLabelsStart = 2
export const columnLabelsEnd = 3
export const columnSamples = 4
/** Native histograms with exponential buckets, and exemplars. Those that are set aside are not in these numbers. */
export const columnHistograms = 5
export const columnExemplars = 6
/** A range of `RequestColumns.list`. 1.0: start and end of each run of points and exemplars. 2.0: label symbols. */
export const columnListStart = 7
export const columnListEnd = 8
/** 2.0: start and end of its Metadata; the start is -1 without it. */
export const columnMetadataStart = 9
export const columnMetadataEnd = 10
/** 1 if samples or histograms have fields that 1.0 does not have. */
export const columnLaterFields = 11
/** 2.0: 1 after the series was appended to the forwarded request. */
export const columnAppended = 12
/** 1 if the series has something that the columns below describe, so that a reader looks at them only then. */
export const columnOdd = 13
/** A {@link labelFaults} index. */
export const columnLabelFault = 14
/** Native histograms with custom buckets, which 1.0 can't carry. */
export const columnCustomHistograms = 15
export const columnBadHistograms = 16
/** A `histogramFaults` index, of the last bad histogram. */
export const columnHistogramFault = 17
export const columnBadExemplars = 18
export const intColumns = 19

/** Why the labels of a series can't be read, worded to follow "the series". */
export const labelFaults = [
  null,
  'has a label that is not UTF-8',
  'refers to a label name or value that the request does not have',
] as const

/** Numbers of one series in `RequestColumns.floats`. */
export const columnKey = 0
export const columnMinTimestampMs = 1
export const columnMaxTimestampMs = 2
export const floatColumns = 3

/** Numbers of one symbol in `RequestColumns.symbols`: start and end of its bytes, and the two lanes of its hash. */
export const symbolStart = 0
export const symbolEnd = 1
export const symbolHashA = 2
export const symbolHashB = 3
export const symbolColumns = 4

/**
 * A parsed request as columns over its bytes: a few typed arrays instead of an object per series. They are reused for
 * every request and take up to 12 bytes per byte of the largest request.
 */
export class RequestColumns {
  bytes: Buffer = Buffer.alloc(0)
  version: RemoteWriteVersion = 1
  seriesCount = 0
  sampleCount = 0
  histogramCount = 0
  exemplarCount = 0
  metadataCount = 0
  /** Metadata that is left out, because its text is not UTF-8 or a symbol that does not exist. */
  badMetadataCount = 0
  /** The float samples that the histograms with custom buckets become. */
  classicSampleCount = 0
  symbolCount = 0
  badSymbolCount = 0
  listLength = 0
  ints = new Int32Array(intColumns * 256)
  floats = new Float64Array(floatColumns * 256)
  list = new Int32Array(1_024)
  /** 2.0 only. */
  symbols = new Int32Array(symbolColumns * 256)
  /** 2.0 only: the symbols that are not UTF-8, in ascending order. */
  private badSymbols = new Int32Array(16)
  /** 1.0 only: start and end of each MetricMetadata. */
  metadata = new Int32Array(64)

  begin(bytes: Buffer, version: RemoteWriteVersion): void {
    this.bytes = bytes
    this.version = version
    this.seriesCount = 0
    this.sampleCount = 0
    this.histogramCount = 0
    this.exemplarCount = 0
    this.metadataCount = 0
    this.badMetadataCount = 0
    this.classicSampleCount = 0
    this.symbolCount = 0
    this.badSymbolCount = 0
    this.listLength = 0
  }

  /** Prepares the columns of the next series, which counts after `endSeries`. @returns its position in `ints`. */
  beginSeries(start: number, end: number): number {
    const at = this.seriesCount * intColumns
    this.ints = growInts(this.ints, at + intColumns)
    this.floats = growFloats(this.floats, (this.seriesCount + 1) * floatColumns)
    const { ints } = this
    ints.fill(0, at, at + intColumns)
    ints[at + columnStart] = start
    ints[at + columnEnd] = end
    ints[at + columnLabelsStart] = -1
    ints[at + columnListStart] = this.listLength
    ints[at + columnMetadataStart] = -1
    return at
  }

  /** Drops an empty series, so that a body of empty messages takes no memory. */
  endSeries(at: number, key: number, minTimestampMs: number, maxTimestampMs: number): void {
    const { ints, floats } = this
    const samples = ints[at + columnSamples] as number
    const histograms = ints[at + columnHistograms] as number
    const exemplars = ints[at + columnExemplars] as number
    const hasMore = ints[at + columnMetadataStart] !== -1 || ints[at + columnOdd] === 1
    if (samples + histograms + exemplars === 0 && !hasMore) {
      this.listLength = ints[at + columnListStart] as number
      return
    }
    ints[at + columnListEnd] = this.listLength
    const floatsAt = this.seriesCount * floatColumns
    floats[floatsAt + columnKey] = key
    floats[floatsAt + columnMinTimestampMs] = minTimestampMs
    floats[floatsAt + columnMaxTimestampMs] = maxTimestampMs
    this.sampleCount += samples
    this.histogramCount += histograms
    this.exemplarCount += exemplars
    this.seriesCount++
  }

  pushList(value: number): void {
    if (this.listLength === this.list.length) this.list = growInts(this.list, this.listLength + 1)
    this.list[this.listLength++] = value
  }

  /** @param fault a {@link labelFaults} index */
  markLabelFault(at: number, fault: number): void {
    this.ints[at + columnOdd] = 1
    this.ints[at + columnLabelFault] = fault
  }

  /** Counts a histogram that can't be copied as it is: a bad one, or one with custom buckets. */
  setHistogramAside(at: number, { fault, classicSamples }: PointScan): void {
    const { ints } = this
    ints[at + columnOdd] = 1
    if (fault === 0) {
      ints[at + columnCustomHistograms] = (ints[at + columnCustomHistograms] as number) + 1
      this.classicSampleCount += classicSamples
    } else {
      ints[at + columnBadHistograms] = (ints[at + columnBadHistograms] as number) + 1
      ints[at + columnHistogramFault] = fault
    }
  }

  setExemplarAside(at: number): void {
    this.ints[at + columnOdd] = 1
    this.ints[at + columnBadExemplars] = (this.ints[at + columnBadExemplars] as number) + 1
  }

  /** Marks the next symbol as one that is not UTF-8. */
  markBadSymbol(): void {
    this.badSymbols = growInts(this.badSymbols, this.badSymbolCount + 1)
    this.badSymbols[this.badSymbolCount++] = this.symbolCount
  }

  /** Whether a symbol exists and is UTF-8. */
  isText(ref: number): boolean {
    if (ref >= this.symbolCount) return false
    let low = 0
    let high = this.badSymbolCount
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.badSymbols[middle] as number) < ref) low = middle + 1
      else high = middle
    }
    return low === this.badSymbolCount || this.badSymbols[low] !== ref
  }

  addSymbol(start: number, end: number, hashA: number, hashB: number): void {
    const at = this.symbolCount * symbolColumns
    this.symbols = growInts(this.symbols, at + symbolColumns)
    this.symbols[at + symbolStart] = start
    this.symbols[at + symbolEnd] = end
    this.symbols[at + symbolHashA] = hashA
    this.symbols[at + symbolHashB] = hashB
    this.symbolCount++
  }

  addMetadata(start: number, end: number): void {
    const at = this.metadataCount * 2
    this.metadata = growInts(this.metadata, at + 2)
    this.metadata[at] = start
    this.metadata[at + 1] = end
    this.metadataCount++
  }
}

/** The column with room for `needed` numbers and the same content. Doubles, so that it grows rarely. */
export function growInts(column: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  if (needed <= column.length) return column
  const grown = new Int32Array(Math.max(needed, column.length * 2))
  grown.set(column)
  return grown
}

function growFloats(column: Float64Array<ArrayBuffer>, needed: number): Float64Array<ArrayBuffer> {
  if (needed <= column.length) return column
  const grown = new Float64Array(Math.max(needed, column.length * 2))
  grown.set(column)
  return grown
}
