import type { SeriesLabels } from './labels.ts'
import type { RemoteWriteVersion } from './version.ts'

/**
 * Reads one remote write request after the other. `parse` walks and checks the whole request once into columns that are
 * reused: no object is made for a label, a sample or a series. All else is a look-up by the index of the series,
 * 0 ≤ series < seriesCount, and never throws. Valid until the next `parse` or the next use of the bytes' buffer.
 */
export class WriteRequestReader {
  /** Series messages in the request; the same labels may come more than once. */
  seriesCount = 0
  /** Float samples in the whole request (histograms not included). */
  sampleCount = 0
  histogramCount = 0
  exemplarCount = 0
  /** Metadata entries; for 2.0, series that carry metadata. */
  metadataCount = 0

  /** @throws MalformedRequest; the reader holds nothing then. */
  parse(_bytes: Uint8Array, _version: RemoteWriteVersion): void {
    throw new Error('not written yet')
  }

  /**
   * A 53-bit hash of the label names and values, the same in both versions; seeded for each reader (a sender can't aim at collisions).
   * Look-ups by it must be confirmed with {@link labelsMatch}.
   */
  key(_series: number): number {
    throw new Error('not written yet')
  }

  /** Whether the series has exactly these labels (without the one that the platform added), byte for byte. */
  labelsMatch(_series: number, _labels: SeriesLabels): boolean {
    throw new Error('not written yet')
  }

  /** name, value, name, value, … in the order they came. Makes strings: only for series seen for the first time. */
  labels(_series: number): string[] {
    throw new Error('not written yet')
  }

  /** Float samples of the series. */
  samples(_series: number): number {
    throw new Error('not written yet')
  }

  histograms(_series: number): number {
    throw new Error('not written yet')
  }

  exemplars(_series: number): number {
    throw new Error('not written yet')
  }

  /** Oldest sample or histogram of the series, Unix milliseconds; Infinity without any. */
  minTimestampMs(_series: number): number {
    throw new Error('not written yet')
  }

  /** Newest sample or histogram of the series, Unix milliseconds; -Infinity without any. */
  maxTimestampMs(_series: number): number {
    throw new Error('not written yet')
  }
}
