import { judgeSeries, type RefusalReason, type SeriesRefusal } from '@tickwatch/policy'
import {
  decodeSnappySliced,
  encodeSeriesLabels,
  encodeSnappySliced,
  type RemoteWriteVersion,
  Scratch,
  type SeriesLabels,
  type Sliced,
  sliceBytes,
  type TimeWindow,
  WriteRequestReader,
  WriteRequestWriter,
} from '@tickwatch/remote-write'
import { refusedSeriesMax, type SeriesState, seriesState } from '../tenant/seriesTable.ts'
import type { Tenant } from '../tenant/tenant.ts'
import { ageSeconds, countedStep, keepExample } from './examples.ts'
import { type Held, type Kept, nothingKept, refuse, refuseMetadata } from './kept.ts'
import * as refusals from './seriesRefusals.ts'
import { windowAt } from './timeWindow.ts'

/**
 * Refused series with more bytes of labels are not remembered, or a writer could fill the memory with them. Series over
 * the series limit have passed the label limits and are always remembered, because their count is reported as demand.
 */
const rememberedLabelBytesMax = 4_096
/** Refusals because of a size. They are not remembered, because it is cheap to judge such a series again. */
const bySize: ReadonlySet<RefusalReason> = new Set(['label-count', 'label-name-bytes', 'label-value-bytes'])
const noEntry = -1
/** To judge a series takes about as long as to copy so many bytes, so a slice has at most 64 series. A new one takes 10 µs. */
const seriesBytes = sliceBytes / 64
/** The same for a name or a value that is examined because its series is refused: about 1 µs. */
const examinedBytes = seriesBytes / 8
/** The label `tenant`, which each series gets. */
const tenantLabelBytesMax = 128

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
  #version: RemoteWriteVersion = 1
  /** Of this slice, in bytes: see {@link seriesBytes}. */
  #work = 0
  /** Part of a {@link countedStep}. */
  #countedFrom = 0;

  /**
   * Reads a request.
   * @param bytesMax most decompressed bytes
   * @param tokensMax with more tokens the request will be refused: it is only counted then, so that its series take no memory
   * @throws RequestTooLarge, TooLargeAsV1, MalformedSnappy, MalformedRequest
   */
  *read(body: Uint8Array, version: RemoteWriteVersion, bytesMax: number, tokensMax: number): Sliced<Held> {
    this.#version = version
    const bytes = yield* decodeSnappySliced(body, this.#decompressed, bytesMax)
    // Each series and each metadata entry is a token, except that a series of 2.0 with both is one.
    yield* this.#reader.parseSliced(bytes, version, 2 * tokensMax)
    const { sampleCount, histogramCount, classicSampleCount, exemplarCount, metadataCount } = this.#reader
    const { badHistogramCount, badExemplarCount, bytesAsV1 } = this.#reader
    const samples = sampleCount + histogramCount + classicSampleCount + badHistogramCount
    const exemplars = exemplarCount + badExemplarCount
    const tokens = Math.max(samples + exemplars, metadataCount)
    return { samples, tokens, addedBytes: bytesAsV1 - bytes.length }
  }

  /** Judges the series of the last request read, and copies those that the tenant may store into a new request. */
  *keep(tenant: Tenant, nowS: number, epochMs: number): Sliced<Kept> {
    const reader = this.#reader
    const writer = this.#writer
    const window = windowAt(epochMs)
    const kept = nothingKept()
    writer.begin(reader.bytesAsV1 + reader.seriesCount * tenantLabelBytesMax)
    this.#work = 0
    this.#countedFrom = Math.random()
    for (let series = 0; series < reader.seriesCount; series++) {
      const bytes = reader.bytes(series)
      if (this.#beginsSlice(bytes)) yield
      if (reader.isOdd(series) && this.#refuseOdd(tenant, series, nowS, kept)) continue
      const labels = this.#admit(tenant, reader, series, nowS, window, kept)
      if (labels === null) continue
      if (bytes > sliceBytes) yield* writer.appendSeriesSliced(reader, series, labels.block, window)
      else writer.appendSeries(reader, series, labels.block, window)
      this.#refuseLeftOut(tenant, reader, series, nowS, kept)
      keepExample(kept, reader, series, labels, this.#countedFrom)
      const floats = reader.samples(series) - writer.leftOut.samples
      const histograms = reader.histograms(series) - writer.leftOut.histograms
      kept.samples += floats
      kept.histograms += histograms
      kept.points += floats + histograms
      kept.exemplars += reader.exemplars(series)
      if (floats + histograms > 0) kept.ageSeconds += ageSeconds(reader, series, epochMs) * (floats + histograms)
    }
    if (reader.classicSampleCount > 0) yield* this.#keepClassic(tenant, nowS, epochMs, window, kept)
    if (reader.metadataCount > 0) yield* writer.appendMetadataSliced(reader)
    if (reader.badMetadataCount > 0) refuseMetadata(kept, reader, tenant, nowS)
    // The metadata of a 2.0 request is part of its series.
    const metadata = this.#version === 1 ? reader.metadataCount : 0
    kept.tokens = Math.max(kept.points + kept.exemplars, metadata)
    kept.empty = writer.seriesCount === 0 && metadata === 0
    return kept
  }

  /** Adds the work of the next series. @returns whether that is too much for this slice. */
  #beginsSlice(bytes: number): boolean {
    const isTooMuch = this.#work > 0 && this.#work + bytes > sliceBytes
    if (isTooMuch) this.#work = 0
    this.#work += seriesBytes + bytes
    return isTooMuch
  }

  /** Refuses what the parser found wrong with a series. @returns whether that is all of the series. */
  #refuseOdd(tenant: Tenant, series: number, nowS: number, kept: Kept): boolean {
    const reader = this.#reader
    const badHistograms = reader.badHistograms(series)
    const badExemplars = reader.badExemplars(series)
    const labelFault = reader.labelFault(series)
    if (labelFault !== null) {
      const histograms = reader.histograms(series) + reader.classicSamples(series) + badHistograms
      const refusal = refusals.badLabels(reader.labels(series), labelFault, tenant.policy.limits)
      this.#refuseSeries(tenant, reader, series, nowS, kept, refusal, reader.samples(series) + histograms)
      return true
    }
    if (badHistograms > 0) {
      const refusal = refusals.badHistogram(reader.labels(series), reader.histogramFault(series))
      this.#refuseSeries(tenant, reader, series, nowS, kept, refusal, badHistograms)
    }
    if (badExemplars > 0) {
      this.#refuseSeries(tenant, reader, series, nowS, kept, refusals.badExemplar(reader.labels(series)), badExemplars)
    }
    return false
  }

  /** Judges a series. @returns its labels for the new request, or null if it is not sent. */
  #admit(
    tenant: Tenant,
    reader: WriteRequestReader,
    series: number,
    nowS: number,
    window: TimeWindow,
    kept: Kept,
  ): SeriesLabels | null {
    const points = reader.samples(series) + reader.histograms(series)
    // A 2.0 series may have only metadata.
    if (points + reader.exemplars(series) === 0) return null
    if (points > 0 && reader.maxTimestampMs(series) < window.sinceMs) {
      this.#refuseSeries(tenant, reader, series, nowS, kept, refusals.tooOld, points)
      return null
    }
    if (points > 0 && reader.minTimestampMs(series) > window.untilMs) {
      this.#refuseSeries(tenant, reader, series, nowS, kept, refusals.tooNew, points)
      return null
    }
    const table = tenant.series
    const key = reader.key(series)
    let entry = table.find(key, reader, series)
    // Prometheus sends exemplars in series of their own. A storage drops those of a series that it does not know.
    if (points === 0 && (entry === noEntry || table.state(entry) !== seriesState.active)) return null
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
      return null
    }
    return table.labels(entry)
  }

  /** Refuses the points that the series which was appended last has too early or too late. */
  #refuseLeftOut(tenant: Tenant, reader: WriteRequestReader, series: number, nowS: number, kept: Kept): void {
    const { older, newer } = this.#writer.leftOut
    if (older > 0) this.#refuseSeries(tenant, reader, series, nowS, kept, refusals.tooOld, older)
    if (newer > 0) this.#refuseSeries(tenant, reader, series, nowS, kept, refusals.tooNew, newer)
  }

  /** Keeps histograms with custom buckets as classic ones, whose series are judged and counted like a sender's. */
  *#keepClassic(tenant: Tenant, nowS: number, epochMs: number, window: TimeWindow, kept: Kept): Sliced<void> {
    const reader = this.#reader
    const classic = this.#classicReader
    const histograms: { source: number; series: number }[] = []
    this.#classicWriter.begin()
    for (let source = 0; source < reader.seriesCount; source++) {
      if (reader.classicSamples(source) === 0 || reader.labelFault(source) !== null) continue
      yield* this.#classicWriter.appendClassic(reader, source, (series) => {
        if (series > 0) histograms.push({ source, series })
        else this.#refuseSeries(tenant, reader, source, nowS, kept, refusals.tooManyBuckets(reader.labels(source)), 1)
      })
    }
    const written = this.#classicWriter.finish()
    yield* classic.parseSliced(written, 1, Number.POSITIVE_INFINITY)
    let next = 0
    for (const { source, series } of histograms) {
      let stored = 0
      for (const end = next + series; next < end; next++) {
        if (this.#beginsSlice(classic.bytes(next))) yield
        const labels = this.#admit(tenant, classic, next, nowS, window, kept)
        if (labels === null) continue
        this.#writer.appendSeries(classic, next, labels.block, window)
        this.#refuseLeftOut(tenant, classic, next, nowS, kept)
        keepExample(kept, classic, next, labels, this.#countedFrom)
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
  *countRefused(tenant: Tenant, reason: RefusalReason, nowS: number): Sliced<void> {
    const reader = this.#reader
    const step = countedStep(reader)
    for (let series = Math.floor(Math.random() * step); series < reader.seriesCount; series += step) {
      yield
      const points = reader.samples(series) + reader.histograms(series) + reader.classicSamples(series)
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
    // Otherwise the answer is 503, and nothing counts as refused.
    if (reason === 'active-series' && !tenant.seriesLimitReached) return
    const weight = tenant.refusals.weight(reason, nowS)
    if (weight === 0) return
    const labels = reader.labels(series)
    this.#work += labels.length * examinedBytes
    tenant.refusals.examine(reason, labels, samples * weight, nowS)
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
