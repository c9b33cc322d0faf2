/**
 * Slack for rounding: each look at the bucket refills it a little, and a sum of many refills falls just short of one whole refill.
 * A request retried after exactly its Retry-After must be admitted all the same.
 */
const epsilon = 1e-6

/**
 * A token bucket that starts full. A request is admitted whole or not at all: when the bucket holds it, or when the
 * bucket is full and the request is larger than it. The latter leaves the bucket in debt, so that a gateway with a
 * small share still takes whole batches while the long-run rate stays exact: over t seconds never more than
 * `rate * t + capacity` and the debt of one request.
 */
export class TokenBucket {
  #ratePerSecond: number
  #capacity: number
  #tokens: number
  #atMs: number

  /** @param nowMs any monotonic clock, the same for all calls. */
  constructor(ratePerSecond: number, capacity: number, nowMs: number) {
    this.#ratePerSecond = ratePerSecond
    this.#capacity = capacity
    this.#tokens = capacity
    this.#atMs = nowMs
  }

  /**
   * Sets another rate and capacity. What is held stays (or shrinks to the new capacity): a share that moves back and
   * forth between gateways neither mints nor loses tokens, and a debt stays owed.
   */
  reconfigure(ratePerSecond: number, capacity: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#ratePerSecond = ratePerSecond
    this.#capacity = capacity
    this.#tokens = Math.min(this.#tokens, capacity)
  }

  take(n: number, nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#tokens + epsilon < Math.min(n, this.#capacity)) return false
    this.#tokens -= n
    return true
  }

  /** Gives back tokens that were taken for nothing. */
  refund(n: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#tokens = Math.min(this.#capacity, this.#tokens + n)
  }

  /** Whole seconds, at least 1, until the bucket will admit n if nothing else is taken. */
  retryAfterSeconds(n: number, nowMs: number): number {
    this.#refill(nowMs)
    return this.#secondsUntil(Math.min(n, this.#capacity), 1)
  }

  /** Whole tokens that it holds; 0 in debt. */
  remaining(nowMs: number): number {
    this.#refill(nowMs)
    return Math.max(0, Math.floor(this.#tokens + epsilon))
  }

  /** Whole seconds until it is full; 0 when it is. */
  fullInSeconds(nowMs: number): number {
    this.#refill(nowMs)
    return this.#secondsUntil(this.#capacity, 0)
  }

  #secondsUntil(tokens: number, least: number): number {
    const missing = tokens - this.#tokens - epsilon
    if (missing <= 0) return least
    // Without a rate it is the next share, not time, that helps: ask again in a minute.
    return this.#ratePerSecond > 0 ? Math.max(least, Math.ceil(missing / this.#ratePerSecond)) : 60
  }

  #refill(nowMs: number): void {
    if (nowMs <= this.#atMs) return
    const refilled = this.#tokens + ((nowMs - this.#atMs) / 1_000) * this.#ratePerSecond
    this.#tokens = Math.min(this.#capacity, refilled)
    this.#atMs = nowMs
  }
}
