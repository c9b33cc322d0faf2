import { BadMetadata } from './badMetadata.ts'
import { TooLargeAsV1 } from './errors.ts'
import type { PointScan } from './points.ts'
import type { RemoteWriteVersion } from './version.ts'

/** Whole numbers that describe one series, side by side in `RequestColumns.ints`. */
export const columnStart = 0
export const columnEnd = 1
/**
 * 1.0: from the first label field to the end of the last, or of the last before a fault of their size. Usually nothing else
 * is between. -1 without labels.
 */
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
/** A `labelFaults` index. */
export const columnLabelFault = 14
/** The float samples that its native histograms with custom buckets become, because 1.0 can't carry those. */
export const columnClassicSamples = 15
export const columnBadHistograms = 16
/** A `histogramFaults` index, of the last bad histogram. */
export const columnHistogramFault = 17
export const columnBadExemplars = 18
/** 2.0: the bytes that its labels have in 1.0. */
export const columnLabelBytes = 19
export const intColumns = 20

/** Most bytes of a request in remote write 1.0. Series of 2.0 share their texts, so a small request can become a huge one. */
const bytesAsV1Max = 32 * 1_048_576

/** A series of which the last slice parsed only a part. */
export type OpenSeries = {
  /** Its position in `ints`. */
  readonly at: number
  readonly end: number
  samples: number
  histograms: number
  exemplars: number
  oldest: number
  newest: number
  /** 1.0 */
  runEnd: number
  labelCount: number
  betweenLabels: number
  /** 2.0 */
  laterFields: number
}

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
 * every request, and take up to 12 bytes per byte of the largest request, and 100 bytes per series.
 */
export class RequestColumns {
  bytes: Buffer = Buffer.alloc(0)
  version: RemoteWriteVersion = 1
  /**
   * Most series and metadata entries that are kept. Others are only counted: the request has more than the burst, and is
   * refused as a whole.
   */
  rowsMax = Number.POSITIVE_INFINITY
  open: OpenSeries | null = null
  /** Its bytes in remote write 1.0, about. */
  bytesAsV1 = 0
  seriesCount = 0
  sampleCount = 0
  histogramCount = 0
  exemplarCount = 0
  metadataCount = 0
  readonly badMetadata = new BadMetadata()
  badHistogramCount = 0
  badExemplarCount = 0
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

  begin(bytes: Buffer, version: RemoteWriteVersion, rowsMax: number): void {
    this.bytes = bytes
    this.version = version
    this.rowsMax = rowsMax
    this.open = null
    this.bytesAsV1 = bytes.length
    if (version === 2) {
      // As many as there can be: a column that grows is copied in one slice. Memory that nobody writes to is not used.
      this.list = withRoom(this.list, bytes.length)
      this.symbols = withRoom(this.symbols, (bytes.length / 2) * symbolColumns)
    }
    this.seriesCount = 0
    this.sampleCount = 0
    this.histogramCount = 0
    this.exemplarCount = 0
    this.metadataCount = 0
    this.badMetadata.begin()
    this.badHistogramCount = 0
    this.badExemplarCount = 0
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

  /**
   * Drops a series without points, exemplars and metadata, so that a body of them takes no memory. One with a fault costs
   * a sample or a metadata entry like others.
   */
  endSeries(at: number, key: number, minTimestampMs: number, maxTimestampMs: number): void {
    const { ints, floats } = this
    const samples = ints[at + columnSamples] as number
    const histograms = ints[at + columnHistograms] as number
    const exemplars = ints[at + columnExemplars] as number
    const hasMore = ints[at + columnMetadataStart] !== -1 || (ints[at + columnOdd] === 1 && this.asideOf(at) > 0)
    if (samples + histograms + exemplars === 0 && !hasMore) {
      this.listLength = ints[at + columnListStart] as number
      return
    }
    this.sampleCount += samples
    this.histogramCount += histograms
    this.exemplarCount += exemplars
    this.bytesAsV1 += ints[at + columnLabelBytes] as number
    if (this.bytesAsV1 > bytesAsV1Max) throw new TooLargeAsV1(this.bytesAsV1, bytesAsV1Max)
    if (this.seriesCount >= this.rowsMax) {
      this.listLength = ints[at + columnListStart] as number
      return
    }
    ints[at + columnListEnd] = this.listLength
    const floatsAt = this.seriesCount * floatColumns
    floats[floatsAt + columnKey] = key
    floats[floatsAt + columnMinTimestampMs] = minTimestampMs
    floats[floatsAt + columnMaxTimestampMs] = maxTimestampMs
    this.seriesCount++
  }

  /** More than 0 if histograms or exemplars of a series were set aside. */
  private asideOf(at: number): number {
    const { ints } = this
    const histograms = (ints[at + columnClassicSamples] as number) + (ints[at + columnBadHistograms] as number)
    return histograms + (ints[at + columnBadExemplars] as number)
  }

  pushList(value: number): void {
    if (this.listLength === this.list.length) {
      // Each run of 1.0 has a point at least.
      if (this.listLength >= 2 * this.rowsMax && this.version === 1) return
      this.list = growInts(this.list, this.listLength + 1)
    }
    this.list[this.listLength++] = value
  }

  /** @param fault a `labelFaults` index */
  markLabelFault(at: number, fault: number): void {
    this.ints[at + columnOdd] = 1
    this.ints[at + columnLabelFault] = fault
  }

  /** Counts a histogram that can't be copied as it is: a bad one, or one with custom buckets. */
  setHistogramAside(at: number, { fault, classicSamples }: PointScan): void {
    const { ints } = this
    ints[at + columnOdd] = 1
    if (fault === 0) {
      ints[at + columnClassicSamples] = (ints[at + columnClassicSamples] as number) + classicSamples
      this.classicSampleCount += classicSamples
    } else {
      this.badHistogramCount++
      ints[at + columnBadHistograms] = (ints[at + columnBadHistograms] as number) + 1
      ints[at + columnHistogramFault] = fault
    }
  }

  setExemplarAside(at: number): void {
    this.badExemplarCount++
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

  /** @param ref of a symbol that exists */
  symbolBytes(ref: number): number {
    const at = ref * symbolColumns
    return (this.symbols[at + symbolEnd] as number) - (this.symbols[at + symbolStart] as number)
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
    const at = this.metadataCount++ * 2
    if (this.metadataCount > this.rowsMax) return
    this.metadata = growInts(this.metadata, at + 2)
    this.metadata[at] = start
    this.metadata[at + 1] = end
  }
}

/** A column with room for `needed` numbers, and any content. */
function withRoom(column: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  return needed <= column.length ? column : new Int32Array(Math.max(Math.ceil(needed), column.length * 2))
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
