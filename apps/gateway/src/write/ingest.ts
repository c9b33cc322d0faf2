import { judgeSeries, type RefusalReason, type SeriesRefusal } from '@tickwatch/policy'
import {
  decodeSnappySliced,
  encodeSeriesLabels,
  encodeSnappySliced,
  type RemoteWriteVersion,
  Scratch,
  type Sliced,
  type TimeWindow,
  WriteRequestReader,
  WriteRequestWriter,
} from '@tickwatch/remote-write'
import { refusedSeriesMax, type SeriesState, seriesState } from '../tenant/seriesTable.ts'
import type { Tenant } from '../tenant/tenant.ts'
import { type Kept, nothingKept, refuse } from './kept.ts'
import * as refusals from './seriesRefusals.ts'

/** AMP refuses older samples, and then answers the whole request with an error (`greater_than_max_sample_age`). */
const sampleAgeMaxMs = 3_600_000
/**
 * Cortex, on which AMP is built, refuses samples further ahead. A storage that accepts one refuses all samples of now,
 * of every tenant, because they are too old beside it.
 */
const sampleAheadMaxMs = 600_000

/**
 * Refused series with more bytes of labels are not remembered, or a writer could fill the memory with them. Series over
 * the series limit have passed the label limits and are always remembered, because their count is reported as demand.
 */
const rememberedLabelBytesMax = 4_096
/** Refusals because of a size. They are not remembered, because it is cheap to judge such a series again. */
const bySize: ReadonlySet<RefusalReason> = new Set(['label-count', 'label-name-bytes', 'label-value-bytes'])

/** The size of a request. */
export type Held = {
  /** Float samples and histograms. One with custom buckets counts as the samples of the classic histogram that it is. */
  samples: number
  /**
   * What it takes from the bucket of samples: its samples and exemplars, or the number of its metadata entries if that
   * is larger, so that a request with only those is not free. The metadata of a 2.0 series costs nothing extra.
   */
  tokens: number
}

const noEntry = -1

/** Series that are judged in one slice. A new one takes about 10 µs. */
const sliceSeries = 64

/** Of a request that is refused as a whole, at most so many series are counted as causes. */
const countedSeriesMax = 32

/**
 * The hot path. Requests use the same buffers, one after the other: only when `read`, `keep` and `pack` of one are done may
 * the next begin, and only the result of `pack` is used later.
 */
export class Ingest {
  readonly #decompressed = new Scratch()
  readonly #reader = new WriteRequestReader()
  readonly #writer = new WriteRequestWriter()
  /** The request's histograms with custom buckets, as classic ones. */
  readonly #classicReader = new WriteRequestReader()
  readonly #classicWriter = new WriteRequestWriter()
  #version: RemoteWriteVersion = 1;

  /**
   * Reads a request.
   * @param bytesMax most decompressed bytes
   * @throws RequestTooLarge, MalformedSnappy, MalformedRequest
   */
  *read(body: Uint8Array, version: RemoteWriteVersion, bytesMax: number): Sliced<Held> {
    this.#version = version
    yield* this.#reader.parseSliced(yield* decodeSnappySliced(body, this.#decompressed, bytesMax), version)
    const { sampleCount, histogramCount, classicSampleCount, exemplarCount, metadataCount } = this.#reader
    const samples = sampleCount + histogramCount + classicSampleCount
    return { samples, tokens: Math.max(samples + exemplarCount, metadataCount) }
  }

  /** Judges the series of the last request read, and copies those that the tenant may store into a new request. */
  *keep(tenant: Tenant, nowS: number, epochMs: number): Sliced<Kept> {
    const reader = this.#reader
    const writer = this.#writer
    const window = { sinceMs: epochMs - sampleAgeMaxMs, untilMs: epochMs + sampleAheadMaxMs }
    const kept = nothingKept()
    writer.begin()
    for (let series = 0; series < reader.seriesCount; series++) {
      if (series > 0 && series % sliceSeries === 0) yield
      if (reader.isOdd(series) && this.#refuseOdd(tenant, series, nowS, kept)) continue
      if (!this.#keepSeries(tenant, reader, series, nowS, window, kept)) continue
      const floats = reader.samples(series) - writer.leftOut.samples
      const histograms = reader.histograms(series) - writer.leftOut.histograms
      kept.samples += floats
      kept.histograms += histograms
      kept.points += floats + histograms
      kept.exemplars += reader.exemplars(series)
      if (floats + histograms > 0) kept.ageSeconds += ageSeconds(reader, series, epochMs) * (floats + histograms)
    }
    if (reader.classicSampleCount > 0) yield* this.#keepClassic(tenant, nowS, epochMs, window, kept)
    if (reader.metadataCount > 0) writer.appendMetadata(reader)
    if (reader.badMetadataCount > 0) refuse(kept, refusals.badMetadata(reader.badMetadataCount), 0)
    // The metadata of a 2.0 request is part of its series.
    const metadata = this.#version === 1 ? reader.metadataCount : 0
    kept.tokens = Math.max(kept.points + kept.exemplars, metadata)
    kept.empty = writer.seriesCount === 0 && metadata === 0
    return kept
  }

  /** Refuses what the parser found wrong with a series. @returns whether that is all of the series. */
  #refuseOdd(tenant: Tenant, series: number, nowS: number, kept: Kept): boolean {
    const reader = this.#reader
    const badHistograms = reader.badHistograms(series)
    const badExemplars = reader.badExemplars(series)
    const labelFault = reader.labelFault(series)
    if (labelFault !== null) {
      const histograms = reader.histograms(series) + reader.customHistograms(series) + badHistograms
      const refusal = refusals.badLabels(reader.labels(series), labelFault)
      this.#refuseSeries(tenant, reader, series, nowS, kept, refusal, reader.samples(series) + histograms)
      return true
    }
    if (badHistograms > 0) {
      const refusal = refusals.badHistogram(reader.labels(series), reader.histogramFault(series))
      refuse(kept, refusal, badHistograms)
    }
    if (badExemplars > 0) refuse(kept, refusals.badExemplar(reader.labels(series)), badExemplars)
    return false
  }

  /** Judges a series, and appends it to the new request if it may be stored. @returns whether it was appended. */
  #keepSeries(
    tenant: Tenant,
    reader: WriteRequestReader,
    series: number,
    nowS: number,
    window: TimeWindow,
    kept: Kept,
  ): boolean {
    const points = reader.samples(series) + reader.histograms(series)
    // A 2.0 series may have only metadata.
    if (points + reader.exemplars(series) === 0) return false
    if (points > 0 && reader.maxTimestampMs(series) < window.sinceMs) {
      this.#refuseSeries(tenant, reader, series, nowS, kept, refusals.tooOld, points)
      return false
    }
    if (points > 0 && reader.minTimestampMs(series) > window.untilMs) {
      this.#refuseSeries(tenant, reader, series, nowS, kept, refusals.tooNew, points)
      return false
    }
    const table = tenant.series
    const key = reader.key(series)
    let entry = table.find(key, reader, series)
    // Prometheus sends exemplars in series of their own. A storage drops those of a series that it does not know.
    if (points === 0 && (entry === noEntry || table.state(entry) !== seriesState.active)) return false
    let refusal: SeriesRefusal | null
    if (entry !== noEntry && table.epoch(entry) === tenant.rulesEpoch && table.state(entry) !== seriesState.overLimit) {
      table.seen(entry, nowS)
      refusal = table.refusal(entry)
    } else {
      refusal = this.#judge(tenant, reader, key, entry, series, nowS)
      entry = table.find(key, reader, series)
    }
    if (refusal) {
      this.#refuseSeries(tenant, reader, series, nowS, kept, refusal, points)
      return false
    }
    this.#writer.appendSeries(reader, series, table.labels(entry).block, window)
    const { older, newer } = this.#writer.leftOut
    if (older > 0) refuse(kept, refusals.tooOld, older)
    if (newer > 0) refuse(kept, refusals.tooNew, newer)
    return true
  }

  /** Keeps histograms with custom buckets as classic ones, whose series are judged and counted like a sender's. */
  *#keepClassic(tenant: Tenant, nowS: number, epochMs: number, window: TimeWindow, kept: Kept): Sliced<void> {
    const reader = this.#reader
    const classic = this.#classicReader
    const histograms: { source: number; series: number }[] = []
    this.#classicWriter.begin()
    for (let source = 0; source < reader.seriesCount; source++) {
      if (reader.customHistograms(source) === 0 || reader.labelFault(source) !== null) continue
      this.#classicWriter.appendClassic(reader, source, (series) => {
        if (series > 0) histograms.push({ source, series })
        else refuse(kept, refusals.tooManyBuckets(reader.labels(source)), 1)
      })
    }
    yield* classic.parseSliced(this.#classicWriter.finish(), 1)
    let next = 0
    for (const { source, series } of histograms) {
      let stored = 0
      for (const end = next + series; next < end; next++) {
        if (next > 0 && next % sliceSeries === 0) yield
        if (!this.#keepSeries(tenant, classic, next, nowS, window, kept)) continue
        kept.ageSeconds += ageSeconds(classic, next, epochMs)
        stored++
      }
      kept.points += stored
      if (stored === series) kept.histograms++
      if (stored > 0) this.#writer.markAppended(reader, source)
    }
  }

  #refuseSeries(
    tenant: Tenant,
    reader: WriteRequestReader,
    series: number,
    nowS: number,
    kept: Kept,
    refusal: SeriesRefusal,
    samples: number,
  ): void {
    refuse(kept, refusal, samples)
    this.#count(tenant, reader, series, nowS, refusal.reason, samples)
  }

  /** Counts the series of the last request read, because the whole request is refused. */
  countRefused(tenant: Tenant, reason: RefusalReason, nowS: number): void {
    const reader = this.#reader
    const step = Math.ceil(reader.seriesCount / countedSeriesMax)
    // Each of the counted series stands for as many as were skipped. Where to begin is left to chance.
    for (let series = Math.floor(Math.random() * step); series < reader.seriesCount; series += step) {
      const points = reader.samples(series) + reader.histograms(series)
      this.#count(tenant, reader, series, nowS, reason, points * step)
    }
  }

  #count(
    tenant: Tenant,
    reader: WriteRequestReader,
    series: number,
    nowS: number,
    reason: RefusalReason,
    samples: number,
  ): void {
    const weight = tenant.refusals.weight(reason, nowS)
    if (weight > 0) tenant.refusals.examine(reason, reader.labels(series), samples * weight, nowS)
  }

  /** Compresses the new request. The result is valid until `into` is used again. */
  *pack(into: Scratch): Sliced<Buffer> {
    return yield* encodeSnappySliced(this.#writer.finish(), into)
  }

  /**
   * Judges a series that is new, was judged by older rules, or was over the limit.
   * @returns null if it is accepted. Then it is in the table, active.
   */
  #judge(
    tenant: Tenant,
    reader: WriteRequestReader,
    key: number,
    known: number,
    series: number,
    nowS: number,
  ): SeriesRefusal | null {
    const table = tenant.series
    const { schema, limits } = tenant.policy
    const labels = reader.labels(series)
    let refusal = judgeSeries(schema, limits, tenant.id, labels)
    let state: SeriesState = refusal ? seriesState.refused : seriesState.active
    const wasActive = known !== noEntry && table.state(known) === seriesState.active
    if (!refusal && !wasActive && table.counts[seriesState.active] >= tenant.seriesMax) {
      refusal = refusals.overLimit(limits['series.activeMax'])
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

/** The age of the newest sample or histogram of a series. */
const ageSeconds = (reader: WriteRequestReader, series: number, epochMs: number) =>
  Math.max(0, epochMs - reader.maxTimestampMs(series)) / 1_000
