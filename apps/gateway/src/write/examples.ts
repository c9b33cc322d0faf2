import type { SeriesLabels, WriteRequestReader } from '@tickwatch/remote-write'
import type { Kept } from './kept.ts'

/** Of a request that is refused as a whole, at most so many series are counted as causes. */
const countedSeriesMax = 32
/** Each counted series stands for as many as were skipped. Where to begin is left to chance. */
export const countedStep = ({ seriesCount }: WriteRequestReader) => Math.ceil(seriesCount / countedSeriesMax)

/** Keeps one of so many series that are sent. @param from part of a {@link countedStep} */
export function keepExample(
  kept: Kept,
  reader: WriteRequestReader,
  series: number,
  labels: SeriesLabels,
  from: number,
): void {
  const step = countedStep(reader)
  if (series % step !== Math.floor(from * step)) return
  kept.examples.push({ labels, samples: (reader.samples(series) + reader.histograms(series)) * step })
}

/** The age of the newest sample or histogram of a series. */
export const ageSeconds = (reader: WriteRequestReader, series: number, epochMs: number) =>
  Math.max(0, epochMs - reader.maxTimestampMs(series)) / 1_000
