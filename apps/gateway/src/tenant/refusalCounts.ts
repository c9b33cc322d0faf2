import {
  maskedName,
  type QueryRefusalReason,
  type RefusalCause,
  type RefusalCauses,
  type RefusalReason,
  refusalCausesMax,
} from '@tickwatch/policy'
import { DistinctValues } from './distinctValues.ts'
import { TopCounts } from './topCounts.ts'

/** The last hour in parts, so that the oldest part can be forgotten. */
const partS = 1_200
const partCount = 3
/** Names that each list keeps. More than are reported, so that those are right. */
const namesMax = 16
const reportEveryS = 5
const reportedForS = 30
/** Of the series refused for one reason, so many are examined each second; beyond that one of {@link thinned}. */
const examinedPerSecond = 64
const thinned = 16
/** Of a series, so many labels are examined, and so many characters of each value: the series may be refused for its size. */
const examinedLabelsMax = 24
const examinedCharactersMax = 256

/** All are counted, because they are few; the largest are reported. */
type Reason = RefusalReason | QueryRefusalReason

class ReasonCounts {
  samples = 0
  readonly metrics = new TopCounts(namesMax)
  readonly writers = new TopCounts(namesMax)
  readonly labels = new Map<string, DistinctValues>()
}

/**
 * Which metrics, labels and writers of one tenant were refused in the last hour, in bounded memory: at most 30 KB for a
 * reason and twenty minutes. It holds while series explode, because it examines only some of them then.
 */
export class RefusalCounts {
  /** Oldest first. */
  #parts: { fromS: number; reasons: Map<Reason, ReasonCounts> }[] = []
  readonly #startS: number
  #second = 0
  /** When something was refused last, and when that was reported last. */
  #addedS = Number.NEGATIVE_INFINITY
  reportedS = Number.NEGATIVE_INFINITY
  readonly #examined = new Map<Reason, number>()

  constructor(nowS: number) {
    this.#startS = nowS
  }

  /** Counts refused samples of a writer. Requests that are refused unread count as one. */
  add(reason: Reason, writer: string, samples: number, nowS: number): void {
    this.#addedS = nowS
    const counts = this.#counts(reason, nowS)
    counts.samples += samples
    counts.writers.add(writer, samples)
  }

  /** How many series the next refused one stands for, if it is to be examined; 0 if not. */
  weight(reason: Reason, nowS: number): number {
    if (nowS !== this.#second) {
      this.#second = nowS
      this.#examined.clear()
    }
    const seen = this.#examined.get(reason) ?? 0
    this.#examined.set(reason, seen + 1)
    if (seen < examinedPerSecond) return 1
    // By chance: senders repeat the order of their series, and each sixteenth could always be of the same metric.
    return Math.random() * thinned < 1 ? thinned : 0
  }

  /** Counts a refused series. @param labels name, value, name, value, … */
  examine(reason: Reason, labels: readonly string[], samples: number, nowS: number): void {
    const counts = this.#counts(reason, nowS)
    const examined = Math.min(labels.length, 2 * examinedLabelsMax)
    for (let i = 0; i < examined; i += 2) {
      const [name, value] = [labels[i] as string, labels[i + 1] as string]
      if (name === '__name__') {
        counts.metrics.add(maskedName(value), samples)
        continue
      }
      const shown = maskedName(name)
      let values = counts.labels.get(shown)
      if (!values && counts.labels.size < namesMax) {
        values = new DistinctValues()
        counts.labels.set(shown, values)
      }
      values?.add(value.slice(0, examinedCharactersMax))
    }
  }

  /** Whether to report: something was refused just now. A report that is lost is followed by others. */
  isDue(nowS: number): boolean {
    return nowS - this.#addedS <= reportedForS && nowS - this.reportedS >= reportEveryS
  }

  /** @returns null if nothing was refused in the last hour. */
  report(nowS: number, epochMs: number): RefusalCauses | null {
    this.reportedS = nowS
    this.#forget(nowS)
    const reasons = new Set(this.#parts.flatMap(({ reasons }) => [...reasons.keys()]))
    const sinceS = Math.max(this.#startS, nowS - (nowS % partS) - partS * (partCount - 1))
    const causes = [...reasons].map((reason) => this.#cause(reason)).filter(({ samples }) => samples > 0)
    if (causes.length === 0) return null
    return {
      since: new Date(epochMs - (nowS - sinceS) * 1_000).toISOString(),
      causes: causes.sort((a, b) => b.samples - a.samples).slice(0, refusalCausesMax.reasons),
    }
  }

  #cause(reason: Reason): RefusalCause {
    let samples = 0
    const metrics = new TopCounts(Number.POSITIVE_INFINITY)
    const writers = new TopCounts(Number.POSITIVE_INFINITY)
    const labels = new Map<string, DistinctValues>()
    for (const { reasons } of this.#parts) {
      const counts = reasons.get(reason)
      if (!counts) continue
      samples += counts.samples
      for (const [name, count] of counts.metrics) metrics.add(name, count)
      for (const [name, count] of counts.writers) writers.add(name, count)
      for (const [name, values] of counts.labels) {
        const sum = labels.get(name) ?? new DistinctValues()
        sum.addAll(values)
        labels.set(name, sum)
      }
    }
    const values = [...labels].map(([name, distinct]) => ({ name, values: distinct.count }))
    return {
      reason,
      samples,
      metrics: largest(metrics),
      labels: values.sort((a, b) => b.values - a.values).slice(0, refusalCausesMax.names),
      writers: largest(writers),
    }
  }

  #counts(reason: Reason, nowS: number): ReasonCounts {
    const fromS = nowS - (nowS % partS)
    let part = this.#parts.at(-1)
    if (part?.fromS !== fromS) {
      part = { fromS, reasons: new Map() }
      this.#parts.push(part)
      this.#forget(nowS)
    }
    let counts = part.reasons.get(reason)
    if (!counts) {
      counts = new ReasonCounts()
      part.reasons.set(reason, counts)
    }
    return counts
  }

  #forget(nowS: number): void {
    this.#parts = this.#parts.filter(({ fromS }) => fromS > nowS - partS * partCount)
  }
}

const largest = (counts: TopCounts): { name: string; samples: number }[] =>
  [...counts]
    .filter(([, atLeast]) => atLeast > 0)
    .map(([name, samples]) => ({ name, samples }))
    .sort((a, b) => b.samples - a.samples)
    .slice(0, refusalCausesMax.names)
