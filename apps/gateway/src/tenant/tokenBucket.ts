/**
 * Tolerance for rounding. Each call refills the bucket a little, and the sum of many small refills is just below one
 * large refill. A request that is retried after exactly its Retry-After must still be admitted.
 */
const epsilon = 1e-6

/**
 * A token bucket that starts full. A request is admitted whole or not at all: if the bucket holds enough tokens, or if
 * the bucket is full and the request is larger than its capacity. The latter leaves the bucket in debt, so that a
 * gateway with a small share still accepts whole batches and the long-run rate stays exact: over t seconds at most
 * `rate * t + capacity` plus the debt of one request.
 */
export class TokenBucket {
  #ratePerSecond: number
  #capacity: number
  #tokens: number
  #atMs: number

  /** @param nowMs of any monotonic clock, the same one in all calls. */
  constructor(ratePerSecond: number, capacity: number, nowMs: number) {
    this.#ratePerSecond = ratePerSecond
    this.#capacity = capacity
    this.#tokens = capacity
    this.#atMs = nowMs
  }

  /**
   * Sets another rate and capacity. The tokens stay (or shrink to the new capacity), so that a share that moves back
   * and forth between gateways neither creates nor loses tokens. A debt stays too, up to `debtMax`.
   */
  reconfigure(ratePerSecond: number, capacity: number, nowMs: number, debtMax: number): void {
    this.#refill(nowMs)
    this.#ratePerSecond = ratePerSecond
    this.#capacity = capacity
    this.#tokens = Math.max(-debtMax, Math.min(this.#tokens, capacity))
  }

  /** True if it admits n without debt. */
  holds(n: number, nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#tokens + epsilon >= n
  }

  take(n: number, nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#tokens + epsilon < Math.min(n, this.#capacity)) return false
    this.#tokens -= n
    return true
  }

  /** Takes tokens for what is already done, also tokens that it does not hold: then it is in debt. */
  charge(n: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#tokens -= n
  }

  /** Returns tokens that were taken but not needed. */
  refund(n: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#tokens = Math.min(this.#capacity, this.#tokens + n)
  }

  /** Whole seconds, at least 1, until the bucket admits n if nothing else takes tokens. */
  retryAfterSeconds(n: number, nowMs: number): number {
    this.#refill(nowMs)
    return this.#secondsUntil(Math.min(n, this.#capacity), 1)
  }

  /** Whole tokens that it holds, or 0 if it is in debt. */
  remaining(nowMs: number): number {
    this.#refill(nowMs)
    return Math.max(0, Math.floor(this.#tokens + epsilon))
  }

  /** Whole seconds until it is full, or 0 if it is full now. */
  fullInSeconds(nowMs: number): number {
    this.#refill(nowMs)
    return this.#secondsUntil(this.#capacity, 0)
  }

  #secondsUntil(tokens: number, least: number): number {
    const missing = tokens - this.#tokens - epsilon
    if (missing <= 0) return least
    // With a rate of 0, waiting does not help, but the next share may: retry in a minute.
    return this.#ratePerSecond > 0 ? Math.max(least, Math.ceil(missing / this.#ratePerSecond)) : 60
  }

  #refill(nowMs: number): void {
    if (nowMs <= this.#atMs) return
    const refilled = this.#tokens + ((nowMs - this.#atMs) / 1_000) * this.#ratePerSecond
    this.#tokens = Math.min(this.#capacity, refilled)
    this.#atMs = nowMs
  }
}
