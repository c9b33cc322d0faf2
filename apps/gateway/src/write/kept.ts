import type { RefusalReason, SeriesRefusal } from '@tickwatch/policy'
import { decodeSeriesLabels, type SeriesLabels, type WriteRequestReader } from '@tickwatch/remote-write'
import type { Tenant } from '../tenant/tenant.ts'
import { badMetadata } from './seriesRefusals.ts'

/** The size of a request. */
export type Held = {
  /** Float samples and histograms. One with custom buckets counts as the samples of the classic histogram that it is. */
  samples: number
  /**
   * What it takes from the bucket of samples: its samples and exemplars, or the number of its metadata entries if that
   * is larger, so that a request with only those is not free. The metadata of a 2.0 series costs nothing extra.
   */
  tokens: number
  /** How much larger it is in remote write 1.0: in 2.0 series share their texts. */
  addedBytes: number
}

/**
 * What was refused of a request for one reason. `refusal` describes the first series as an example for all. Bad exemplars
 * and metadata entries count like samples.
 */
export type Refused = { refusal: SeriesRefusal; series: number; samples: number }

/** What is forwarded to AMP, and what is refused. */
export type Kept = {
  /** Float samples of the request. */
  samples: number
  /** Histograms of the request. */
  histograms: number
  exemplars: number
  /** Samples and histograms that are sent to AMP: here a histogram with custom buckets is its classic samples. */
  points: number
  /** The part of the request's tokens that is forwarded. */
  tokens: number
  refused: Map<RefusalReason, Refused>
  /** The ages of its samples and histograms added up, in seconds: each series counts with its newest one. */
  ageSeconds: number
  /** Some of the series that are sent, with the samples for which each stands: the causes, if the storage refuses them. */
  examples: { labels: SeriesLabels; samples: number }[]
  /** Nothing is left to send. */
  empty: boolean
}

export const nothingKept = (): Kept => ({
  samples: 0,
  histograms: 0,
  exemplars: 0,
  points: 0,
  tokens: 0,
  refused: new Map(),
  ageSeconds: 0,
  examples: [],
  empty: true,
})

/** Adds a refused series, or a part of one. */
export function refuse(kept: Kept, refusal: SeriesRefusal, samples: number): void {
  const refused = kept.refused.get(refusal.reason)
  if (refused) {
    refused.series++
    refused.samples += samples
  } else {
    kept.refused.set(refusal.reason, { refusal, series: 1, samples })
  }
}

/** Counts the series of a request that the storage did not accept, as causes. */
export function countNotTaken({ examples }: Kept, { refusals }: Tenant, nowS: number): void {
  for (const { labels, samples } of examples) {
    const weight = refusals.weight('upstream', nowS)
    if (weight > 0) refusals.examine('upstream', decodeSeriesLabels(labels), samples * weight, nowS)
  }
}

/** Refuses the metadata that the parser left out. */
export function refuseMetadata(kept: Kept, reader: WriteRequestReader, { refusals }: Tenant, nowS: number): void {
  const refusal = badMetadata(reader.badMetadataCount)
  refuse(kept, refusal, reader.badMetadataCount)
  for (const name of reader.badMetadataNames()) {
    const weight = refusals.weight(refusal.reason, nowS)
    if (weight > 0) refusals.examine(refusal.reason, ['__name__', name], weight, nowS)
  }
}
