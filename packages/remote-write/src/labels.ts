/**
 * The labels of a known series as the gateway keeps them: encoded as `TimeSeries.labels` of remote write 1.0, ready to be
 * copied, with the label that the platform added at its sort position (bytes `addedStart` to `addedEnd`).
 */
export type SeriesLabels = { block: Uint8Array; addedStart: number; addedEnd: number }

/** @param labels name, value, name, value, … sorted by name, without `addedName`. */
export function encodeSeriesLabels(_labels: readonly string[], _addedName: string, _addedValue: string): SeriesLabels {
  throw new Error('not written yet')
}
