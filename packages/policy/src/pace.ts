export type PaceRules = {
  perSecond: number
  /** What may begin at once after a pause. */
  burst: number
  /** What would have to wait longer is refused. */
  waitMsMax: number
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
  /** When the work admitted so far is done at the rate, in ms, by person or tenant. */
  readonly #doneMs = new Map<string, number>()
  #sweptMs = 0

  constructor(rules: PaceRules) {
    this.#rules = rules
  }

  /**
   * @param cost at most the burst
   * @param nowMs of any monotonic clock, the same one in all calls
   */
  admit(key: string, cost: number, nowMs: number): Admission {
    const { perSecond, burst, waitMsMax } = this.#rules
    this.#sweep(nowMs)
    const doneMs = Math.max(nowMs, this.#doneMs.get(key) ?? 0) + (cost / perSecond) * 1_000
    const waitMs = Math.max(0, doneMs - nowMs - (burst / perSecond) * 1_000)
    if (waitMs > waitMsMax) return { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) }
    this.#doneMs.set(key, doneMs)
    return { waitMs }
  }

  /** Who has no work left is forgotten. */
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < sweepEveryMs) return
    this.#sweptMs = nowMs
    for (const [key, doneMs] of this.#doneMs) if (doneMs <= nowMs) this.#doneMs.delete(key)
  }
}
