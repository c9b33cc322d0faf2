import {
  columnBadExemplars,
  columnBadHistograms,
  columnClassicSamples,
  columnEnd,
  columnExemplars,
  columnHistogramFault,
  columnHistograms,
  columnKey,
  columnLabelBytes,
  columnLabelFault,
  columnLabelsEnd,
  columnLabelsStart,
  columnListEnd,
  columnListStart,
  columnMaxTimestampMs,
  columnMinTimestampMs,
  columnOdd,
  columnSamples,
  columnStart,
  floatColumns,
  growInts,
  intColumns,
  RequestColumns,
  symbolColumns,
  symbolEnd,
  symbolStart,
} from './columns.ts'
import { Cursor } from './cursor.ts'
import { LabelHash } from './labelHash.ts'
import { type LabelFault, labelFaults } from './labelLimits.ts'
import type { SeriesLabels } from './labels.ts'
import { areCanonical, makeCanonical, textsMatch } from './labelTexts.ts'
import { parseV1, walkLabel } from './parseV1.ts'
import { parseSymbols, parseV2 } from './parseV2.ts'
import { histogramFaults, PointScan } from './points.ts'
import { atOnce, type Sliced, sliceBytes } from './slices.ts'
import type { RemoteWriteVersion } from './version.ts'

const nothing = Buffer.alloc(0)

/**
 * Reads one remote write request after the other. `parse` checks the whole request once and fills columns that are
 * reused: it makes no object for a label, a sample or a series. All other members are look-ups by the index of the
 * series, 0 ≤ series < seriesCount, and never throw. They are valid until the next `parse` or the buffer's next use.
 */
export class WriteRequestReader {
  /** The result of `parse`, for the writer of this package. */
  readonly columns = new RequestColumns()
  private readonly cursor = new Cursor()
  private readonly hash = new LabelHash()
  private readonly scan = new PointScan()
  /** Name start and end, value start and end of each label of one series. */
  private texts = new Int32Array(128)

  /** The number of series messages that are not empty. Several may have the same labels. */
  get seriesCount(): number {
    return this.columns.seriesCount
  }

  /** Float samples in the whole request (histograms not included). */
  get sampleCount(): number {
    return this.columns.sampleCount
  }

  /** Native histograms with exponential buckets that Prometheus would accept. */
  get histogramCount(): number {
    return this.columns.histogramCount
  }

  /** Native histograms that Prometheus would refuse. */
  get badHistogramCount(): number {
    return this.columns.badHistogramCount
  }

  /** Exemplars with a label that is not UTF-8 or does not exist, and those that are too large. */
  get badExemplarCount(): number {
    return this.columns.badExemplarCount
  }

  /** The request's bytes in remote write 1.0, about: in 2.0 series share their texts. */
  get bytesAsV1(): number {
    return this.columns.bytesAsV1
  }

  /** Float samples of the classic histograms that the native histograms with custom buckets are. */
  get classicSampleCount(): number {
    return this.columns.classicSampleCount
  }

  get exemplarCount(): number {
    return this.columns.exemplarCount
  }

  /** 1.0: metadata entries. 2.0: series with metadata. */
  get metadataCount(): number {
    return this.columns.metadataCount
  }

  /** Metadata that is left out, because its text is not UTF-8 or does not exist. */
  get badMetadataCount(): number {
    return this.columns.badMetadata.count
  }

  /** The metric names of bad metadata, at most 32 of them. They may be empty, or have replacement characters. */
  badMetadataNames(): string[] {
    return this.columns.badMetadata.names(this.columns.bytes)
  }

  /** @throws MalformedRequest, TooLargeAsV1; then the reader has no series. */
  parse(bytes: Uint8Array, version: RemoteWriteVersion): void {
    atOnce(this.parseSliced(bytes, version, Number.POSITIVE_INFINITY))
  }

  /**
   * The same in slices.
   * @param rowsMax of more series and metadata entries only the counts are known: the request will be refused for them
   */
  *parseSliced(bytes: Uint8Array, version: RemoteWriteVersion, rowsMax: number): Sliced<void> {
    const { columns, cursor, hash, scan } = this
    cursor.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    cursor.at = 0
    columns.begin(cursor.bytes, version, rowsMax)
    let complete = false
    try {
      if (version === 1) yield* this.walk((until) => parseV1(cursor, until, columns, hash, scan), '1.0')
      else {
        yield* this.walk((until) => parseSymbols(cursor, until, columns, hash), '2.0')
        // Symbols may come after the series.
        cursor.at = 0
        yield* this.walk((until) => parseV2(cursor, until, columns, hash, scan), null)
      }
      complete = true
    } finally {
      if (!complete) columns.begin(nothing, version, rowsMax)
    }
  }

  /**
   * Walks the whole request.
   * @param parse walks on until there, and says whether it found anything of the version
   * @param version of which something must be found, if the request is not empty
   */
  private *walk(parse: (until: number) => boolean, version: string | null): Sliced<void> {
    const { cursor } = this
    const end = cursor.bytes.length
    let isKnown = end === 0
    while (cursor.at < end) {
      isKnown = parse(Math.min(end, cursor.at + sliceBytes)) || isKnown
      if (cursor.at < end) yield
    }
    if (!isKnown && version !== null) {
      cursor.fail(`nothing in the body is of remote write ${version}, which its content type says`, 0)
    }
  }

  /**
   * A 53-bit hash of the label names and values, the same in both versions, in any order of the labels, and for every
   * reader of this process. Its seed is random per process. Two series may have the same key: confirm a look-up with
   * {@link labelsMatch}.
   */
  key(series: number): number {
    return this.columns.floats[series * floatColumns + columnKey] as number
  }

  /** Float samples of the series. */
  samples(series: number): number {
    return this.columns.ints[series * intColumns + columnSamples] as number
  }

  /** Its native histograms with exponential buckets that Prometheus would accept. */
  histograms(series: number): number {
    return this.columns.ints[series * intColumns + columnHistograms] as number
  }

  /** Whether any of the next five members has something to say. Most series are not odd. */
  isOdd(series: number): boolean {
    return this.columns.ints[series * intColumns + columnOdd] === 1
  }

  /** Why the labels can't be read, so that the series can't be written; null if they can. */
  labelFault(series: number): LabelFault | null {
    return labelFaults[this.columns.ints[series * intColumns + columnLabelFault] as number] as LabelFault | null
  }

  /** Bytes of the series, together with the texts that it shares with others. */
  bytes(series: number): number {
    const { ints } = this.columns
    const at = series * intColumns
    return (
      (ints[at + columnEnd] as number) - (ints[at + columnStart] as number) + (ints[at + columnLabelBytes] as number)
    )
  }

  /** The float samples that its native histograms with custom buckets become by the writer's `appendClassic`. */
  classicSamples(series: number): number {
    return this.columns.ints[series * intColumns + columnClassicSamples] as number
  }

  /** Its native histograms that Prometheus would refuse. They are never written. */
  badHistograms(series: number): number {
    return this.columns.ints[series * intColumns + columnBadHistograms] as number
  }

  /** What is wrong with one of the bad histograms, worded to follow "a native histogram". */
  histogramFault(series: number): string {
    return histogramFaults[this.columns.ints[series * intColumns + columnHistogramFault] as number] as string
  }

  /** Its exemplars of which the request has {@link badExemplarCount}. They are never written. */
  badExemplars(series: number): number {
    return this.columns.ints[series * intColumns + columnBadExemplars] as number
  }

  exemplars(series: number): number {
    return this.columns.ints[series * intColumns + columnExemplars] as number
  }

  /** The oldest sample or histogram of the series, in Unix milliseconds; Infinity if there is none. */
  minTimestampMs(series: number): number {
    return this.columns.floats[series * floatColumns + columnMinTimestampMs] as number
  }

  /** The newest sample or histogram of the series, in Unix milliseconds; -Infinity if there is none. */
  maxTimestampMs(series: number): number {
    return this.columns.floats[series * floatColumns + columnMaxTimestampMs] as number
  }

  /**
   * name, value, name, value, … sorted by the bytes of the names, without labels that have an empty value: for Prometheus
   * those do not exist. A name that the request has twice is there twice. It makes strings, so call it only for new series.
   * If there are too many labels or too large ones, it has those before the first that is too much.
   */
  labels(series: number): string[] {
    const { bytes } = this.columns
    const found = this.findTexts(series) // It may replace `this.texts`.
    const texts = makeCanonical(bytes, this.texts, found)
    const labels: string[] = []
    for (let i = 0; i < texts; i += 2) labels.push(bytes.toString('utf8', this.texts[i], this.texts[i + 1]))
    return labels
  }

  /** Whether the series has exactly these labels, apart from the one that the platform added. */
  labelsMatch(series: number, labels: SeriesLabels): boolean {
    const { bytes, ints, version } = this.columns
    const { block, addedStart, addedEnd } = labels
    const at = series * intColumns
    const start = ints[at + columnLabelsStart] as number
    if (version === 1 && start !== -1) {
      const gap = start + addedStart
      const end = ints[at + columnLabelsEnd] as number
      if (
        end - start === block.length - (addedEnd - addedStart) &&
        bytes.compare(block, 0, addedStart, start, gap) === 0 &&
        bytes.compare(block, addedEnd, block.length, gap, end) === 0
      ) {
        return true
      }
    }
    const found = this.findTexts(series)
    const { texts } = this
    if (textsMatch(bytes, texts, found, labels)) return true
    // Only now, because few senders write labels out of order or empty.
    return !areCanonical(bytes, texts, found) && textsMatch(bytes, texts, makeCanonical(bytes, texts, found), labels)
  }

  /** Fills `texts` with the ranges of the series' labels, as they came. @returns how many numbers it filled. */
  private findTexts(series: number): number {
    const { ints, list, symbols, version } = this.columns
    const at = series * intColumns
    let count = 0
    if (version === 2) {
      const listStart = ints[at + columnListStart] as number
      const listEnd = ints[at + columnListEnd] as number
      this.texts = growInts(this.texts, (listEnd - listStart) * 2)
      for (let i = listStart; i < listEnd; i++) {
        const symbolAt = (list[i] as number) * symbolColumns
        this.texts[count++] = symbols[symbolAt + symbolStart] as number
        this.texts[count++] = symbols[symbolAt + symbolEnd] as number
      }
      return count
    }
    const { cursor } = this
    const start = ints[at + columnLabelsStart] as number
    if (start === -1) return 0
    const end = ints[at + columnLabelsEnd] as number
    cursor.at = start
    while (cursor.at < end) {
      const tag = cursor.tag(end)
      if (tag !== 0x0a) {
        cursor.skip(tag & 7, end)
        continue
      }
      this.texts = growInts(this.texts, count + 4)
      walkLabel(cursor, cursor.span(end), this.texts, count)
      count += 4
    }
    return count
  }
}
