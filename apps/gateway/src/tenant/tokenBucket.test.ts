import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from './tokenBucket.ts'

const rate = fc.double({ min: 0.01, max: 100_000, noNaN: true })
const capacity = fc.double({ min: 0.1, max: 200_000, noNaN: true })
const size = fc.integer({ min: 1, max: 300_000 })
const step = fc.record({ waitMs: fc.integer({ min: 0, max: 5_000 }), n: size })
const steps = fc.array(step, { maxLength: 100, size: 'max' })

describe('a token bucket', () => {
  it('never admits more in any time than rate × time + capacity plus the debt of one request', () => {
    fc.assert(
      fc.property(rate, capacity, steps, (rate, capacity, steps) => {
        const bucket = new TokenBucket(rate, capacity, 0)
        let nowMs = 0
        const admitted: { atMs: number; n: number }[] = []
        for (const { waitMs, n } of steps) {
          nowMs += waitMs
          if (bucket.take(n, nowMs)) admitted.push({ atMs: nowMs, n })
        }
        let worst = Number.NEGATIVE_INFINITY
        admitted.forEach((first, i) => {
          let sum = 0
          for (const { atMs, n } of admitted.slice(i)) {
            sum += n
            worst = Math.max(worst, sum - (rate * (atMs - first.atMs)) / 1_000 - capacity - Math.max(0, n - capacity))
          }
        })
        expect(worst).toBeLessThanOrEqual(0.01)
      }),
    )
  })

  it('admits a request that is retried after its Retry-After, but not a second earlier', () => {
    fc.assert(
      fc.property(rate, capacity, steps, size, (rate, capacity, steps, n) => {
        const bucket = new TokenBucket(rate, capacity, 0)
        let nowMs = 0
        for (const { waitMs, n: taken } of steps) {
          nowMs += waitMs
          bucket.take(taken, nowMs)
        }
        if (bucket.take(n, nowMs)) return
        const seconds = bucket.retryAfterSeconds(n, nowMs)
        expect(Number.isInteger(seconds) && seconds >= 1).toBe(true)
        if (seconds > 1) expect(bucket.take(n, nowMs + seconds * 1_000 - 1_001)).toBe(false)
        expect(bucket.take(n, nowMs + seconds * 1_000)).toBe(true)
      }),
    )
  })

  it('admits a retry also when others asked meanwhile: many small refills lose nothing', () => {
    const everyMs = fc.constantFrom(1, 2, 4, 5, 8, 10, 20)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), everyMs, (rate, everyMs) => {
        const bucket = new TokenBucket(rate, 2 * rate, 0)
        bucket.take(2 * rate, 0)
        expect(bucket.retryAfterSeconds(2 * rate, 0)).toBe(2)
        for (let atMs = everyMs; atMs <= 1_000; atMs += everyMs) bucket.remaining(atMs)
        expect(bucket.remaining(1_000)).toBe(rate)
        expect(bucket.retryAfterSeconds(2 * rate, 1_000)).toBe(1)
        expect(bucket.take(rate, 1_000)).toBe(true)
      }),
    )
  })

  it('has the same tokens after a refund as before', () => {
    fc.assert(
      fc.property(rate, capacity, size, size, (rate, capacity, first, n) => {
        const bucket = new TokenBucket(rate, capacity, 0)
        bucket.take(first, 0)
        const before = bucket.remaining(0)
        const full = bucket.fullInSeconds(0)
        if (bucket.take(n, 0)) bucket.refund(n, 0)
        expect(Math.abs(bucket.remaining(0) - before)).toBeLessThanOrEqual(1)
        expect(Math.abs(bucket.fullInSeconds(0) - full)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('creates no tokens when its rate and capacity change', () => {
    const change = fc.record({
      waitMs: fc.integer({ min: 0, max: 1_000 }),
      share: fc.double({ min: 0.01, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 50, size: 'max' }), (changes) => {
        const bucket = new TokenBucket(1_000, 2_000, 0)
        expect(bucket.take(2_000, 0)).toBe(true)
        let nowMs = 0
        let rateNow = 1_000
        let refilled = 0
        for (const { waitMs, share } of changes) {
          nowMs += waitMs
          refilled += (rateNow * waitMs) / 1_000
          rateNow = 1_000 * share
          bucket.reconfigure(rateNow, 2_000 * share, nowMs, 2_000)
          expect(bucket.remaining(nowMs)).toBeLessThanOrEqual(refilled + 0.01)
        }
      }),
    )
  })

  it('admits a batch larger than a small share, and admits the next when the debt is paid', () => {
    const bucket = new TokenBucket(200, 400, 0)
    expect(bucket.take(2_000, 0)).toBe(true)
    expect(bucket.take(1, 0)).toBe(false)
    expect(bucket.retryAfterSeconds(2_000, 0)).toBe(10)
    expect(bucket.take(2_000, 9_999)).toBe(false)
    expect(bucket.take(2_000, 10_000)).toBe(true)
  })

  it('is in debt for what was done before it was known, and admits the next when that is paid', () => {
    const bucket = new TokenBucket(100, 1_000, 0)
    bucket.charge(1_200, 0)
    expect([bucket.take(100, 2_000), bucket.retryAfterSeconds(100, 2_000)]).toEqual([false, 1])
    expect(bucket.take(100, 3_000)).toBe(true)
  })

  it('keeps its debt after its share has grown', () => {
    const bucket = new TokenBucket(20, 40, 0)
    bucket.take(1_040, 0)
    bucket.reconfigure(1_000, 2_000, 0, 2_000)
    expect(bucket.retryAfterSeconds(1, 0)).toBe(2)
  })

  it('never owes more than the burst, even after the burst was reduced', () => {
    const bucket = new TokenBucket(20, 40, 0)
    bucket.take(1_040, 0)
    bucket.reconfigure(10, 20, 0, 50)
    expect(bucket.retryAfterSeconds(1, 0)).toBe(6)
  })

  it('with a rate of 0 answers a Retry-After of a minute', () => {
    const bucket = new TokenBucket(0, 0, 0)
    expect(bucket.take(5, 0)).toBe(true)
    expect(bucket.retryAfterSeconds(5, 0)).toBe(60)
  })
})
