import type { QueryRefusalReason, RefusalReason } from '@tickwatch/policy'

/** More than the longest window, and a power of two. */
const seconds = 32

/** Counts events per second over the last half minute, in one cell per second that is reused. */
export class SecondsMeter {
  readonly #counts = new Float64Array(seconds)
  /** The second that each cell counts. */
  readonly #stamps = new Float64Array(seconds).fill(-1)

  /** @param nowS whole seconds of a monotonic clock. */
  add(nowS: number, count: number): void {
    const cell = nowS & (seconds - 1)
    if (this.#stamps[cell] !== nowS) {
      this.#stamps[cell] = nowS
      this.#counts[cell] = 0
    }
    this.#counts[cell] = (this.#counts[cell] as number) + count
  }

  /** The rate per second over the last `windowS` complete seconds. */
  perSecond(nowS: number, windowS: number): number {
    return this.#sum(nowS - windowS, nowS - 1) / windowS
  }

  /**
   * The rate per second since the first count within the last `windowS` seconds, including the current second. So a
   * writer that just started shows its full rate at once, not only after a whole window.
   */
  perSecondSinceFirst(nowS: number, windowS: number): number {
    let firstS = nowS
    for (let second = nowS - windowS + 1; second < nowS; second++) {
      if (second >= 0 && this.#stamps[second & (seconds - 1)] === second) {
        firstS = second
        break
      }
    }
    return this.#sum(firstS, nowS) / (nowS - firstS + 1)
  }

  #sum(fromS: number, toS: number): number {
    let sum = 0
    for (let second = fromS; second <= toS; second++) {
      const cell = second & (seconds - 1)
      if (second >= 0 && this.#stamps[cell] === second) sum += this.#counts[cell] as number
    }
    return sum
  }
}

export const demandWindowS = 30
export const liveWindowS = 5

/** Counts refusals by reason. */
export class RefusedMeters<Reason extends string> {
  readonly #meters = new Map<Reason, SecondsMeter>()

  add(reason: Reason, nowS: number, count: number): void {
    let meter = this.#meters.get(reason)
    if (!meter) {
      meter = new SecondsMeter()
      this.#meters.set(reason, meter)
    }
    meter.add(nowS, count)
  }

  /** The rates over the last 5 s, without those that are 0. */
  perSecond(nowS: number): Record<string, number> {
    const rates: Record<string, number> = {}
    for (const [reason, meter] of this.#meters) {
      const rate = meter.perSecond(nowS, liveWindowS)
      if (rate > 0) rates[reason] = rate
    }
    return rates
  }
}

/** One tenant's demand at this gateway, and how much was accepted or refused. */
export class TenantMeters {
  readonly demandSamples = new SecondsMeter()
  readonly demandRequests = new SecondsMeter()
  readonly demandQueries = new SecondsMeter()
  readonly acceptedSamples = new SecondsMeter()
  /** The ages of the accepted samples added up, in seconds. */
  readonly acceptedAgeSeconds = new SecondsMeter()
  readonly acceptedRequests = new SecondsMeter()
  /** Samples, or requests of the reasons that are given before a request is read. */
  readonly refused = new RefusedMeters<RefusalReason>()
  readonly refusedQueries = new RefusedMeters<QueryRefusalReason>()
}
