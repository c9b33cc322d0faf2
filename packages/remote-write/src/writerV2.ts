import { writeHistogram, writeSample } from './encodePoints.ts'
import { type MetricType, metricTypes, type NativeHistogram } from './histogram.ts'
import { WireWriter } from './wireWriter.ts'

/** Builds remote write 2.0 requests in reused buffers, for senders only: gateways send 1.0 upstream. */
export class WriteRequestWriterV2 {
  /** Series written since `begin`. */
  seriesCount = 0
  private readonly wire = new WireWriter(65_536)
  /** Contains the series until all symbols are known, because symbols come first. */
  private readonly series = new WireWriter(65_536)
  private readonly symbols = new Map<string, number>()
  private seriesStart = 0

  begin(): void {
    this.series.begin()
    this.symbols.clear()
    // The specification requires the empty text as the first symbol.
    this.symbols.set('', 0)
    this.seriesCount = 0
  }

  /** @param labels name, value, name, value, … sorted by name. */
  beginSeries(labels: readonly string[]): void {
    this.seriesStart = this.series.open(0x2a)
    this.refs(labels)
  }

  sample(value: number, timestampMs: number): void {
    writeSample(this.series, value, timestampMs)
  }

  histogram(histogram: NativeHistogram, timestampMs: number): void {
    writeHistogram(this.series, 0x1a, histogram, timestampMs)
  }

  exemplar(labels: readonly string[], value: number, timestampMs: number): void {
    const { series } = this
    const start = series.open(0x22)
    this.refs(labels)
    series.byte(0x11)
    series.double(value)
    series.byte(0x18)
    series.int64(timestampMs)
    series.close(start)
  }

  /** The metadata of the current series. */
  metadata(type: MetricType, help: string, unit: string): void {
    const { series } = this
    const start = series.open(0x2a)
    series.byte(0x08)
    series.varint(metricTypes[type])
    series.byte(0x18)
    series.varint(this.symbol(help))
    series.byte(0x20)
    series.varint(this.symbol(unit))
    series.close(start)
  }

  endSeries(): void {
    this.series.close(this.seriesStart)
    this.seriesCount++
  }

  /** The uncompressed request: a view, valid until the next `begin`. */
  finish(): Buffer {
    this.wire.begin()
    for (const symbol of this.symbols.keys()) this.wire.text(0x22, symbol)
    this.wire.append(this.series.written())
    return this.wire.written()
  }

  private refs(labels: readonly string[]): void {
    const start = this.series.open(0x0a)
    for (const text of labels) this.series.varint(this.symbol(text))
    this.series.close(start)
  }

  private symbol(text: string): number {
    const known = this.symbols.get(text)
    if (known !== undefined) return known
    const ref = this.symbols.size
    this.symbols.set(text, ref)
    return ref
  }
}
