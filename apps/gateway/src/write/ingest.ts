import { judgeSeries, type RefusalReason, type SeriesRefusal } from '@tickwatch/policy'
import {
  decodeSnappy,
  encodeSeriesLabels,
  encodeSnappy,
  type RemoteWriteVersion,
  Scratch,
  WriteRequestReader,
  WriteRequestWriter,
} from '@tickwatch/remote-write'
import { refusedSeriesMax, type SeriesState, seriesState } from '../tenant/seriesTable.ts'
import type { Tenant } from '../tenant/tenant.ts'

/** AMP refuses what is older, and with it the whole request's answer (`greater_than_max_sample_age`). */
const sampleAgeMaxMs = 3_600_000

/**
 * Refused series with more bytes of labels are not remembered: what a sender may put into memory that way would have no bound.
 * Series that wait for room have passed the label limits and are always remembered, as they are counted to ask for it.
 */
const rememberedLabelBytesMax = 4_096
/** Refusals by size, which are cheap to give again. */
const bySize: ReadonlySet<RefusalReason> = new Set(['label-count', 'label-name-bytes', 'label-value-bytes'])

/** What a request holds. */
export type Held = {
  /** Float samples and histograms. */
  samples: number
  /**
   * What it takes from the bucket of samples: its exemplars too, and its metadata where there is more of that, so that a
   * request of these alone is not free. A 2.0 series has metadata along with its samples, which costs no more.
   */
  tokens: number
}

/** What one reason refused of a request: the first series' case stands for all of them. */
export type Refused = { refusal: SeriesRefusal; series: number; samples: number }

/** What goes on to AMP, and what does not. */
export type Kept = {
  /** Float samples. */
  samples: number
  histograms: number
  exemplars: number
  /** What of the request's {@link Held.tokens} goes on. */
  tokens: number
  refused: Map<RefusalReason, Refused>
  /** Nothing is left to send. */
  empty: boolean
}

const noEntry = -1

/**
 * The hot path: one request after the other through the same buffers. `read`, `keep` and `pack` of one request run in one
 * turn of the event loop; only what `pack` wrote is used later.
 */
export class Ingest {
  readonly #decompressed = new Scratch()
  readonly #reader = new WriteRequestReader()
  readonly #writer = new WriteRequestWriter()
  #version: RemoteWriteVersion = 1

  /**
   * Reads a request.
   * @param bytesMax most bytes, decompressed
   * @throws RequestTooLarge, MalformedSnappy, MalformedRequest
   */
  read(body: Uint8Array, version: RemoteWriteVersion, bytesMax: number): Held {
    this.#version = version
    this.#reader.parse(decodeSnappy(body, this.#decompressed, bytesMax), version)
    const { sampleCount, histogramCount, exemplarCount, metadataCount } = this.#reader
    const samples = sampleCount + histogramCount
    return { samples, tokens: Math.max(samples + exemplarCount, metadataCount) }
  }

  /** Judges the series of the request that was read and puts those that the tenant may store into a new request. */
  keep(tenant: Tenant, nowS: number, epochMs: number): Kept {
    const reader = this.#reader
    const writer = this.#writer
    const table = tenant.series
    const oldestMs = epochMs - sampleAgeMaxMs
    const kept: Kept = { samples: 0, histograms: 0, exemplars: 0, tokens: 0, refused: new Map(), empty: true }
    writer.begin()
    for (let series = 0; series < reader.seriesCount; series++) {
      const floats = reader.samples(series)
      const histograms = reader.histograms(series)
      const exemplars = reader.exemplars(series)
      // A 2.0 series may carry nothing but metadata.
      if (floats + histograms + exemplars === 0) continue
      if (floats + histograms > 0 && reader.maxTimestampMs(series) < oldestMs) {
        refuse(kept, tooOld, floats + histograms)
        continue
      }
      const key = reader.key(series)
      let entry = table.find(key, reader, series)
      let refusal: SeriesRefusal | null
      if (
        entry !== noEntry &&
        table.epoch(entry) === tenant.rulesEpoch &&
        table.state(entry) !== seriesState.overLimit
      ) {
        table.seen(entry, nowS)
        refusal = table.refusal(entry)
      } else {
        refusal = this.#judge(tenant, key, entry, series, nowS)
        entry = table.find(key, reader, series)
      }
      if (refusal) {
        refuse(kept, refusal, floats + histograms)
        continue
      }
      writer.appendSeries(reader, series, table.labels(entry).block, oldestMs)
      const { leftOut } = writer
      const old = leftOut.samples + leftOut.histograms
      if (old > 0) refuse(kept, tooOld, old)
      kept.samples += floats - leftOut.samples
      kept.histograms += histograms - leftOut.histograms
      kept.exemplars += exemplars
    }
    if (reader.metadataCount > 0) writer.appendMetadata(reader)
    // That of 2.0 goes along with the series that are kept.
    const metadata = this.#version === 1 ? reader.metadataCount : 0
    kept.tokens = Math.max(kept.samples + kept.histograms + kept.exemplars, metadata)
    kept.empty = writer.seriesCount === 0 && metadata === 0
    return kept
  }

  /** The new request, compressed; it stays valid until `into` is used again. */
  pack(into: Scratch): Buffer {
    return encodeSnappy(this.#writer.finish(), into)
  }

  /** Judges a series that is new, was judged by other rules, or waits for room. After null it is in the table, active. */
  #judge(tenant: Tenant, key: number, known: number, series: number, nowS: number): SeriesRefusal | null {
    const table = tenant.series
    const { schema, limits } = tenant.policy
    const labels = this.#reader.labels(series)
    let refusal = judgeSeries(schema, limits, labels)
    let state: SeriesState = refusal ? seriesState.refused : seriesState.active
    const wasActive = known !== noEntry && table.state(known) === seriesState.active
    if (!refusal && !wasActive && table.counts[seriesState.active] >= tenant.seriesMax) {
      refusal = overLimit(limits['series.activeMax'])
      state = seriesState.overLimit
    }
    let entry = known
    if (entry === noEntry) {
      if (refusal && (bySize.has(refusal.reason) || table.counts[state] >= refusedSeriesMax)) return refusal
      const encoded = encodeSeriesLabels(labels, 'tenant', tenant.id)
      if (state === seriesState.refused && encoded.block.length > rememberedLabelBytesMax) return refusal
      entry = table.insert(key, encoded, nowS)
    }
    table.judge(entry, state, refusal, tenant.rulesEpoch)
    table.seen(entry, nowS)
    return refusal
  }
}

const tooOld: SeriesRefusal = {
  reason: 'too-old',
  detail: 'samples are older than the storage takes',
  limit: '1 h',
  remedy: 'send within the hour; check the clock of the sender and how long it was cut off',
}

const overLimit = (seriesMax: number): SeriesRefusal => ({
  reason: 'active-series',
  detail: 'new series would go over the active series',
  limit: `${seriesMax} active series`,
  remedy: 'send fewer label combinations, or raise the limit in the portal',
})

function refuse(kept: Kept, refusal: SeriesRefusal, samples: number): void {
  const refused = kept.refused.get(refusal.reason)
  if (refused) {
    refused.series++
    refused.samples += samples
  } else {
    kept.refused.set(refusal.reason, { refusal, series: 1, samples })
  }
}
