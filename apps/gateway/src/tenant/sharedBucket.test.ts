import { describe, expect, it } from 'vitest'
import { SharedBucket } from './sharedBucket.ts'

const limit = { ratePerSecond: 100, capacity: 200 }
const gatewayCount = 4

/** A bucket whose share is used up, at a gateway that has heard from the control plane. */
function usedUp(onLoanShort = () => {}) {
  const bucket = new SharedBucket(limit, 0.1, onLoanShort, 0)
  bucket.take(20, 0)
  bucket.settle(0, gatewayCount, 0)
  return bucket
}
/** How many requests of this size are admitted one after the other. */
function admitted(bucket: SharedBucket, n: number, nowMs = 0) {
  let count = 0
  while (bucket.take(n, nowMs)) count++
  return count
}

describe('a gateway whose share is used up', () => {
  it('lends itself a quarter of what the fleet has left, again with each answer', () => {
    let asked = 0
    const bucket = usedUp(() => asked++)
    expect([bucket.take(20, 0), asked]).toEqual([true, 0])
    expect([bucket.take(5, 0), asked]).toEqual([true, 1])
    expect(admitted(bucket, 5)).toBe(20 / 5)
    bucket.settle(0, gatewayCount, 0)
    expect(admitted(bucket, 5)).toBe(Math.ceil(135 / 4 / 5))
    expect(bucket.taken).toBe(20 + 45 + 35)
  })

  it('lends for one request that is larger than the loan, but not than what is left', () => {
    const bucket = usedUp()
    expect(bucket.take(181, 0)).toBe(false)
    expect(bucket.take(180, 0)).toBe(true)
    expect(bucket.take(1, 0)).toBe(false)
  })

  it('lends nothing once the others have taken the rest, until the tenant has used less for a while', () => {
    const bucket = usedUp()
    bucket.settle(300, gatewayCount, 0)
    expect(bucket.take(1, 0)).toBe(false)
    // The fleet owes 120, which are refilled after 1.2 s. The share has only 10 of them.
    bucket.settle(300, gatewayCount, 1_000)
    expect(admitted(bucket, 1, 1_000)).toBe(10)
    bucket.settle(300, gatewayCount, 3_000)
    expect(admitted(bucket, 1, 3_000)).toBeGreaterThan(20)
  })

  it('lends nothing without the control plane', () => {
    const bucket = usedUp()
    bucket.lendNothing(0)
    expect(bucket.take(1, 0)).toBe(false)
  })

  it('believes that the others took less only when two answers say so', () => {
    const bucket = new SharedBucket(limit, 0.1, () => {}, 0)
    bucket.take(20, 0)
    bucket.settle(1_000, gatewayCount, 0)
    // Another API process answers with older figures. What the first one said must not be counted twice.
    bucket.settle(900, gatewayCount, 0)
    bucket.settle(1_000, gatewayCount, 0)
    expect(admitted(bucket, 5)).toBe(9)
    // A gateway left: the count goes on from the smaller sum.
    bucket.settle(10, gatewayCount, 10_000)
    bucket.settle(10, gatewayCount, 10_000)
    bucket.settle(400, gatewayCount, 10_000)
    expect(admitted(bucket, 1, 10_000)).toBe(20)
  })

  it('gets back what a request did not need, to where it came from', () => {
    const bucket = usedUp()
    expect(bucket.take(40, 0)).toBe(true)
    bucket.refund(40, 0)
    expect(bucket.remaining(0)).toBe(0)
    expect(bucket.taken).toBe(20)
    expect(admitted(bucket, 5)).toBe(9)
  })
})
