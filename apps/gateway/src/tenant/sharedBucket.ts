import { idleReserve } from '@tickwatch/policy'
import { TokenBucket } from './tokenBucket.ts'

/** A limit of a tenant over all gateways together. `capacity` may arrive at once. */
export type Limit = { ratePerSecond: number; capacity: number }

/**
 * The part of what the fleet has left that one gateway may lend itself until the next answer. Up to four gateways
 * together can't lend more than is left. In a larger fleet they can, but a smaller part would not last until the answer.
 */
export const loanRatio = (gatewayCount: number): number => Math.max(1 / 4, 1 / gatewayCount)

/**
 * A tenant's bucket at one gateway: this gateway's share of the limit, and a loan from what the whole fleet has left.
 *
 * The share follows the demand of the last 30 s, so it is too small for the first seconds when traffic moves here. Until
 * the next answer of the control plane the gateway then lends itself what its share lacks. Each gateway knows what the
 * fleet has left: the limit, minus what it took itself, minus what the others report with their heartbeats. So a tenant
 * that uses less than its limit is not refused, however its traffic moves, and one that uses more soon has nothing left
 * to lend (docs/adr/0017-borrow-first-settle-after.md).
 */
export class SharedBucket {
  /** What it took since the tenant is in our heartbeats, for the other gateways. */
  taken = 0
  readonly #share: TokenBucket
  readonly #onLoanShort: () => void
  #limit: Limit
  /** What the fleet has left as far as we know. Negative if it took more than the limit. Capped when we {@link settle}. */
  #left: number
  #leftAtMs: number
  /** What the others had taken at the last answer; null if unknown. */
  #othersTaken: number | null = null
  /** The last answer said less than the one before. */
  #hasFallen = false
  /** Most that may be lent until the next answer, and what is lent. */
  #loan = 0
  #lent = 0

  /**
   * @param onLoanShort called when more than half of the loan is used, so that a new share is needed soon
   * @param nowMs of any monotonic clock, the same one in all calls.
   */
  constructor(limit: Limit, share: number, onLoanShort: () => void, nowMs: number) {
    this.#onLoanShort = onLoanShort
    this.#share = new TokenBucket(limit.ratePerSecond * share, limit.capacity * share, nowMs)
    this.#limit = limit
    this.#left = limit.capacity
    this.#leftAtMs = nowMs
  }

  /** Sets another limit or share. No debt is larger than the limit's capacity. */
  reconfigure(limit: Limit, share: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#limit = limit
    this.#share.reconfigure(limit.ratePerSecond * share, limit.capacity * share, nowMs, limit.capacity)
  }

  /** @param n at most the limit's capacity: more can never be admitted, so the caller refuses it for good. */
  take(n: number, nowMs: number): boolean {
    this.#refill(nowMs)
    if (!this.#share.holds(n, nowMs) && this.#mayLend(n)) {
      this.#lent += n
      if (this.#lent > this.#loan / 2) this.#onLoanShort()
    } else if (!this.#share.take(n, nowMs)) return false
    this.taken += n
    this.#left -= n
    return true
  }

  /** Returns tokens that were taken but not needed. */
  refund(n: number, nowMs: number): void {
    this.#refill(nowMs)
    const lent = Math.min(n, this.#lent)
    this.#lent -= lent
    this.#share.refund(n - lent, nowMs)
    this.taken -= n
    this.#left += n
  }

  /**
   * Counts what the other gateways took, and lends again.
   * @param othersTaken the sum of their {@link taken}
   */
  settle(othersTaken: number, gatewayCount: number, nowMs: number): void {
    this.#refill(nowMs)
    const before = this.#othersTaken ?? othersTaken
    const taken = Math.max(0, othersTaken - before)
    // Only now, because what they took during a long pause must be subtracted from all that was refilled meanwhile.
    this.#left = Math.min(this.#left - taken, this.#limit.capacity)
    // It falls for good when a gateway leaves or restarts, and once when another API process with older figures answers.
    if (othersTaken >= before || this.#hasFallen) this.#othersTaken = othersTaken
    this.#hasFallen = othersTaken < before
    this.lend(gatewayCount, nowMs)
  }

  /** Lends again from what we believe to be left. */
  lend(gatewayCount: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#loan = Math.max(0, Math.min(this.#left, this.#limit.capacity)) * loanRatio(gatewayCount)
    this.#lent = 0
  }

  /** What the others take is unknown, so there is no loan until it is known again. */
  lendNothing(nowMs: number): void {
    this.#refill(nowMs)
    this.taken = 0
    this.#othersTaken = null
    this.#left = Math.min(0, this.#left)
    this.#loan = 0
    this.#lent = 0
  }

  /** Whole seconds, at least 1, until this gateway's share admits n if nothing else takes tokens. */
  retryAfterSeconds(n: number, nowMs: number): number {
    return this.#share.retryAfterSeconds(n, nowMs)
  }

  /** Whole tokens that the share holds, or 0 if it is in debt. */
  remaining(nowMs: number): number {
    return this.#share.remaining(nowMs)
  }

  /** Whole seconds until the share is full, or 0 if it is full now. */
  fullInSeconds(nowMs: number): number {
    return this.#share.fullInSeconds(nowMs)
  }

  /** One request may exceed the loan: otherwise none could be lent to a tenant with few large requests. */
  #mayLend(n: number): boolean {
    return this.#lent < this.#loan && Math.min(this.#left, this.#limit.capacity) >= n
  }

  /** Refills as fast as all shares together do. Otherwise a tenant at its limit would seem to take more than that. */
  #refill(nowMs: number): void {
    if (nowMs <= this.#leftAtMs) return
    this.#left += ((nowMs - this.#leftAtMs) / 1_000) * this.#limit.ratePerSecond * (1 + idleReserve)
    this.#leftAtMs = nowMs
  }
}
