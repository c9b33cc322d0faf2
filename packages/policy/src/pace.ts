export type PaceRules = {
  perSecond: number
  /** How much may begin after a pause before `perSecond` limits it. */
  burst: number
  /** What would have to wait longer for its turn at `perSecond` is refused. */
  waitMsMax: number
  /** How fast a burst begins: this part of it at once, and the rest at this rate, so that others are served in between. */
  peak: { perSecond: number; burst: number }
}

/** The work may begin after `waitMs`, or is refused and may be tried again after `retryAfterSeconds`. */
export type Admission = { waitMs: number } | { retryAfterSeconds: number }

const sweepEveryMs = 60_000

/**
 * How fast each of many persons or tenants may use a process that all share. Work beyond the burst is not refused but
 * begins later, one after the other at the rate, so that nobody's burst of calls stops the process for the others. It is a
 * leaky bucket as a meter (ITU-T I.371, the generic cell rate algorithm) whose queue is only a time.
 */
export class Pace {
  readonly #rules: PaceRules
  /** When the work admitted so far is done, in ms, at the rate and at the peak's, by person or tenant. */
  readonly #doneMs = new Map<string, { atRate: number; atPeak: number }>()
  #sweptMs = 0

  constructor(rules: PaceRules) {
    this.#rules = rules
  }

  /**
   * @param cost at most the burst
   * @param nowMs of any monotonic clock, the same one in all calls
   */
  admit(key: string, cost: number, nowMs: number): Admission {
    const { waitMsMax, peak } = this.#rules
    this.#sweep(nowMs)
    const before = this.#doneMs.get(key) ?? { atRate: 0, atPeak: 0 }
    const rate = queue(this.#rules, before.atRate, cost, nowMs)
    if (rate.waitMs > waitMsMax) return { retryAfterSeconds: Math.max(1, Math.ceil(rate.waitMs / 1_000)) }
    const burst = queue(peak, before.atPeak, cost, nowMs)
    this.#doneMs.set(key, { atRate: rate.doneMs, atPeak: burst.doneMs })
    return { waitMs: Math.max(rate.waitMs, burst.waitMs) }
  }

  /** Who has no work left is forgotten. */
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < sweepEveryMs) return
    this.#sweptMs = nowMs
    for (const [key, { atRate, atPeak }] of this.#doneMs) {
      if (Math.max(atRate, atPeak) <= nowMs) this.#doneMs.delete(key)
    }
  }
}

function queue({ perSecond, burst }: PaceRules['peak'], before: number, cost: number, nowMs: number) {
  const doneMs = Math.max(nowMs, before) + (cost / perSecond) * 1_000
  return { doneMs, waitMs: Math.max(0, doneMs - nowMs - (burst / perSecond) * 1_000) }
}
