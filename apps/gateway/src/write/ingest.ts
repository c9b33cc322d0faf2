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

/** AMP refuses older samples, and then answers the whole request with an error (`greater_than_max_sample_age`). */
const sampleAgeMaxMs = 3_600_000

/**
 * Refused series with more bytes of labels are not remembered, or a writer could fill the memory with them. Series over
 * the series limit have passed the label limits and are always remembered, because their count is reported as demand.
 */
const rememberedLabelBytesMax = 4_096
/** Refusals because of a size. They are not remembered, because it is cheap to judge such a series again. */
const bySize: ReadonlySet<RefusalReason> = new Set(['label-count', 'label-name-bytes', 'label-value-bytes'])

/** The size of a request. */
export type Held = {
  /** Float samples and histograms. */
  samples: number
  /**
   * What it takes from the bucket of samples: its samples and exemplars, or the number of its metadata entries if that
   * is larger, so that a request with only those is not free. The metadata of a 2.0 series costs nothing extra.
   */
  tokens: number
}

/** What was refused of a request for one reason. `refusal` describes the first series as an example for all. */
export type Refused = { refusal: SeriesRefusal; series: number; samples: number }

/** What is forwarded to AMP, and what is refused. */
export type Kept = {
  /** Float samples. */
  samples: number
  histograms: number
  exemplars: number
  /** The part of the request's {@link Held.tokens} that is forwarded. */
  tokens: number
  refused: Map<RefusalReason, Refused>
  /** The ages of its samples and histograms added up, in seconds: each series counts with its newest one. */
  ageSeconds: number
  /** Nothing is left to send. */
  empty: boolean
}

const noEntry = -1

/**
 * The hot path. All requests use the same buffers, one after the other: `read`, `keep` and `pack` of one request run in
 * one turn of the event loop, and only the result of `pack` is used later.
 */
export class Ingest {
  readonly #decompressed = new Scratch()
  readonly #reader = new WriteRequestReader()
  readonly #writer = new WriteRequestWriter()
  #version: RemoteWriteVersion = 1

  /**
   * Reads a request.
   * @param bytesMax most decompressed bytes
   * @throws RequestTooLarge, MalformedSnappy, MalformedRequest
   */
  read(body: Uint8Array, version: RemoteWriteVersion, bytesMax: number): Held {
    this.#version = version
    this.#reader.parse(decodeSnappy(body, this.#decompressed, bytesMax), version)
    const { sampleCount, histogramCount, exemplarCount, metadataCount } = this.#reader
    const samples = sampleCount + histogramCount
    return { samples, tokens: Math.max(samples + exemplarCount, metadataCount) }
  }

  /** Judges the series of the last request read, and copies those that the tenant may store into a new request. */
  keep(tenant: Tenant, nowS: number, epochMs: number): Kept {
    const reader = this.#reader
    const writer = this.#writer
    const table = tenant.series
    const oldestMs = epochMs - sampleAgeMaxMs
    const kept: Kept = {
      samples: 0,
      histograms: 0,
      exemplars: 0,
      tokens: 0,
      refused: new Map(),
      ageSeconds: 0,
      empty: true,
    }
    writer.begin()
    for (let series = 0; series < reader.seriesCount; series++) {
      const floats = reader.samples(series)
      const histograms = reader.histograms(series)
      const exemplars = reader.exemplars(series)
      // A 2.0 series may have only metadata.
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
      const taken = floats + histograms - old
      if (taken > 0) kept.ageSeconds += (Math.max(0, epochMs - reader.maxTimestampMs(series)) / 1_000) * taken
    }
    if (reader.metadataCount > 0) writer.appendMetadata(reader)
    // The metadata of a 2.0 request is part of its series.
    const metadata = this.#version === 1 ? reader.metadataCount : 0
    kept.tokens = Math.max(kept.samples + kept.histograms + kept.exemplars, metadata)
    kept.empty = writer.seriesCount === 0 && metadata === 0
    return kept
  }

  /** Compresses the new request. The result is valid until `into` is used again. */
  pack(into: Scratch): Buffer {
    return encodeSnappy(this.#writer.finish(), into)
  }

  /**
   * Judges a series that is new, was judged by older rules, or was over the limit.
   * @returns null if it is accepted. Then it is in the table, active.
   */
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
  detail: 'samples are older than the storage accepts',
  limit: '1 h',
  remedy: "send samples within 1 h; check the sender's clock and its backlog",
}

const overLimit = (seriesMax: number): SeriesRefusal => ({
  reason: 'active-series',
  detail: 'new series would exceed the limit',
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
