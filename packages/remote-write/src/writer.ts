import { writeClassic } from './classicHistogram.ts'
import { columnAppended, columnEnd, columnStart, intColumns } from './columns.ts'
import { copyMetadataV1, copyMetadataV2, metadataTag } from './copyMetadata.ts'
import { copyPartsV1, copyPartsV2, copyPartsWithinV1, type LeftOut, type TimeWindow } from './copySeries.ts'
import { writeHistogram, writeSample } from './encodePoints.ts'
import { type MetricType, metricTypes, type NativeHistogram } from './histogram.ts'
import type { WriteRequestReader } from './reader.ts'
import { atOnce, type Sliced, sliceBytes } from './slices.ts'
import { WireWriter } from './wireWriter.ts'

const always: TimeWindow = { sinceMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY }

/**
 * Builds remote write 1.0 requests in a reused buffer.
 * A gateway: `begin(); for (…) appendSeries(reader, series, block); appendMetadata(reader); finish()`.
 * A sender: `begin(); beginSeries(labels); sample(…); histogram(…); endSeries(); finish()`.
 */
export class WriteRequestWriter {
  /** Series written since `begin`. */
  seriesCount = 0
  /** The points that the last `appendSeries` left out. */
  readonly leftOut: LeftOut = { samples: 0, histograms: 0, older: 0, newer: 0 }
  private readonly wire = new WireWriter(65_536)
  private seriesStart = 0

  /** @param bytes that will be written, about: a buffer that grows is copied in one slice */
  begin(bytes = 0): void {
    this.wire.begin(bytes)
    this.seriesCount = 0
  }

  /**
   * Appends a series of a parsed request of either version with other labels, and copies its points and exemplars.
   * @param labelBlock made by encodeSeriesLabels.
   * Left out are bad histograms and exemplars, histograms with custom buckets, and points that are not in the window,
   * which it counts in {@link leftOut}.
   */
  appendSeries(reader: WriteRequestReader, series: number, labelBlock: Uint8Array, window: TimeWindow = always): void {
    const start = this.openSeries(labelBlock)
    const from = reader.columns.ints[series * intColumns + columnStart] as number
    this.copyParts(reader, series, window, from, Number.POSITIVE_INFINITY)
    this.closeSeries(reader, series, start)
  }

  /** The same in slices, for a series with many points. */
  *appendSeriesSliced(
    reader: WriteRequestReader,
    series: number,
    labelBlock: Uint8Array,
    window: TimeWindow = always,
  ): Sliced<void> {
    const start = this.openSeries(labelBlock)
    const { ints } = reader.columns
    const end = ints[series * intColumns + columnEnd] as number
    let at = ints[series * intColumns + columnStart] as number
    for (;;) {
      at = this.copyParts(reader, series, window, at, at + sliceBytes)
      if (at >= end) break
      yield
    }
    this.closeSeries(reader, series, start)
  }

  private openSeries(labelBlock: Uint8Array): number {
    const { wire, leftOut } = this
    const start = wire.open(0x0a)
    wire.append(labelBlock)
    leftOut.samples = 0
    leftOut.histograms = 0
    leftOut.older = 0
    leftOut.newer = 0
    return start
  }

  /** Copies the parts that begin from `from` to `until` in the request. @returns where the next ones begin. */
  private copyParts(
    reader: WriteRequestReader,
    series: number,
    window: TimeWindow,
    from: number,
    until: number,
  ): number {
    const { wire, leftOut } = this
    const { columns } = reader
    if (columns.version === 2) return copyPartsV2(columns, series, wire, window, leftOut, from, until)
    if (reader.minTimestampMs(series) >= window.sinceMs && reader.maxTimestampMs(series) <= window.untilMs) {
      return copyPartsV1(columns, series, wire, from, until)
    }
    return copyPartsWithinV1(columns, series, wire, window, leftOut, from, until)
  }

  private closeSeries(reader: WriteRequestReader, series: number, start: number): void {
    this.wire.close(start)
    reader.columns.ints[series * intColumns + columnAppended] = 1
    this.seriesCount++
  }

  /** Appends a series of a 1.0 request byte for byte. */
  appendUnchanged(reader: WriteRequestReader, series: number): void {
    const { bytes, ints } = reader.columns
    const start = ints[series * intColumns + columnStart] as number
    const end = ints[series * intColumns + columnEnd] as number
    this.wire.byte(0x0a)
    this.wire.varint(end - start)
    this.wire.copy(bytes, start, end)
    this.seriesCount++
  }

  /**
   * Appends, in slices, the classic histograms that a series' native histograms with custom buckets are. They have the
   * series' labels: parse and judge them like a sender's.
   * @param wrote is called after each histogram with the number of series that it became; 0 if they would not fit.
   */
  appendClassic(reader: WriteRequestReader, series: number, wrote: (series: number) => void): Sliced<void> {
    return writeClassic(reader, series, this.wire, wrote)
  }

  /** Lets {@link appendMetadata} append the metadata of a 2.0 series of which only classic series were appended. */
  markAppended(reader: WriteRequestReader, series: number): void {
    reader.columns.ints[series * intColumns + columnAppended] = 1
  }

  /** Appends a parsed request's metadata. 1.0: all of it. 2.0: that of the appended series, once per metric family. */
  appendMetadata(reader: WriteRequestReader): void {
    atOnce(this.appendMetadataSliced(reader))
  }

  /** The same in slices. */
  appendMetadataSliced({ columns }: WriteRequestReader): Sliced<void> {
    return columns.version === 1 ? copyMetadataV1(columns, this.wire) : copyMetadataV2(columns, this.wire)
  }

  /** @param labels name, value, name, value, … sorted by name. */
  beginSeries(labels: readonly string[]): void {
    this.seriesStart = this.wire.open(0x0a)
    for (let i = 0; i < labels.length; i += 2) this.wire.label(0x0a, labels[i] as string, labels[i + 1] as string)
  }

  sample(value: number, timestampMs: number): void {
    writeSample(this.wire, value, timestampMs)
  }

  histogram(histogram: NativeHistogram, timestampMs: number): void {
    writeHistogram(this.wire, 0x22, histogram, timestampMs)
  }

  exemplar(labels: readonly string[], value: number, timestampMs: number): void {
    const { wire } = this
    const start = wire.open(0x1a)
    for (let i = 0; i < labels.length; i += 2) wire.label(0x0a, labels[i] as string, labels[i + 1] as string)
    wire.byte(0x11)
    wire.double(value)
    wire.byte(0x18)
    wire.int64(timestampMs)
    wire.close(start)
  }

  endSeries(): void {
    this.wire.close(this.seriesStart)
    this.seriesCount++
  }

  metadata(metricFamily: string, type: MetricType, help: string, unit: string): void {
    const { wire } = this
    const start = wire.open(metadataTag)
    wire.byte(0x08)
    wire.varint(metricTypes[type])
    wire.text(0x12, metricFamily)
    wire.text(0x22, help)
    wire.text(0x2a, unit)
    wire.close(start)
  }

  /** The uncompressed request: a view, valid until the next `begin`. */
  finish(): Buffer {
    return this.wire.written()
  }
}
