import type { RemoteWriteVersion } from './version.ts'

/** Whole numbers that describe one series, side by side in `RequestColumns.ints`. */
export const columnStart = 0
export const columnEnd = 1
/** 1.0: from the first label field to the end of the last; usually nothing else is between. -1 without labels. */
export const columnLabelsStart = 2
export const columnLabelsEnd = 3
export const columnSamples = 4
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
export const intColumns = 13

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
  symbolCount = 0
  listLength = 0
  ints = new Int32Array(intColumns * 256)
  floats = new Float64Array(floatColumns * 256)
  list = new Int32Array(1_024)
  /** 2.0 only. */
  symbols = new Int32Array(symbolColumns * 256)
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
    this.symbolCount = 0
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
    if (samples + histograms + exemplars === 0 && ints[at + columnMetadataStart] === -1) {
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
