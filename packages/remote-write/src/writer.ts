import type { MetricType, NativeHistogram } from './histogram.ts'
import type { WriteRequestReader } from './reader.ts'

/**
 * Builds remote write 1.0 requests in a reused buffer.
 * A gateway: `begin(); for (…) appendSeries(reader, series, block); appendMetadata(reader); finish()`.
 * A sender: `begin(); beginSeries(labels); sample(…); histogram(…); endSeries(); finish()`.
 */
export class WriteRequestWriter {
  /** Series appended since `begin`. */
  seriesCount = 0

  begin(): void {
    throw new Error('not written yet')
  }

  /**
   * Appends a series of a parsed request, of either version, with other labels; samples, histograms and exemplars are copied.
   * @param labelBlock as made by encodeSeriesLabels.
   */
  appendSeries(_reader: WriteRequestReader, _series: number, _labelBlock: Uint8Array): void {
    throw new Error('not written yet')
  }

  /** Appends all metadata of a parsed request; of 2.0, once for each metric name. */
  appendMetadata(_reader: WriteRequestReader): void {
    throw new Error('not written yet')
  }

  /** @param labels name, value, name, value, … sorted by name. */
  beginSeries(_labels: readonly string[]): void {
    throw new Error('not written yet')
  }

  sample(_value: number, _timestampMs: number): void {
    throw new Error('not written yet')
  }

  histogram(_histogram: NativeHistogram, _timestampMs: number): void {
    throw new Error('not written yet')
  }

  exemplar(_labels: readonly string[], _value: number, _timestampMs: number): void {
    throw new Error('not written yet')
  }

  endSeries(): void {
    throw new Error('not written yet')
  }

  metadata(_metricFamily: string, _type: MetricType, _help: string, _unit: string): void {
    throw new Error('not written yet')
  }

  /** The request, not compressed: a view, valid until the next `begin`. */
  finish(): Buffer {
    throw new Error('not written yet')
  }
}
