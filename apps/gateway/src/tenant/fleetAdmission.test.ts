// Several gateways, one tenant, and a control plane that sees their heartbeats: what is admitted, and what is refused.
import { idleReserve } from '@tickwatch/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simulatedFleet } from '../testing/simulatedFleet.ts'
import type { Tenants } from './tenants.ts'

const limits = { samplesPerSecond: 1_000, burstSamples: 2_000, requestsPerSecond: 100 }
const tickMs = 10

type Write = { gateway: number; samples: number }
type Result = { admitted: { atMs: number; samples: number }[]; refused: number }

/** @param writesAt the writes that arrive in the tick at this time */
function simulate(gatewayCount: number, seconds: number, writesAt: (nowMs: number) => readonly Write[]): Result {
  const { gateways, tick } = simulatedFleet(gatewayCount, {
    'ingest.samplesPerSecond': limits.samplesPerSecond,
    'ingest.burstSamples': limits.burstSamples,
    'ingest.requestsPerSecond': limits.requestsPerSecond,
  })
  const result: Result = { admitted: [], refused: 0 }
  for (let nowMs = 0; nowMs < seconds * 1_000; nowMs += tickMs) {
    tick(nowMs)
    for (const { gateway, samples } of writesAt(nowMs)) {
      if (admits(gateways[gateway] as Tenants, samples, nowMs)) result.admitted.push({ atMs: nowMs, samples })
      else result.refused++
    }
  }
  return result
}

/** What the gateway does with a write before it forwards it. */
function admits(tenants: Tenants, samples: number, nowMs: number): boolean {
  const tenant = tenants.forWrite('acme', nowMs)
  if (!tenant) throw new Error('acme is unknown')
  const nowS = Math.floor(nowMs / 1_000)
  tenant.meters.demandRequests.add(nowS, 1)
  if (!tenant.requests.take(1, nowMs)) return false
  tenant.meters.demandSamples.add(nowS, samples)
  return tenant.samples.take(samples, nowMs)
}

/** Most samples that were admitted in any minute. */
function mostInAMinute({ admitted }: Result): number {
  let [sum, most, first] = [0, 0, 0]
  for (const { atMs, samples } of admitted) {
    sum += samples
    for (; (admitted[first]?.atMs ?? atMs) <= atMs - 60_000; first++) sum -= admitted[first]?.samples ?? 0
    most = Math.max(most, sum)
  }
  return most
}

/** Traffic that moves: each phase sends to the gateways in proportion to its weights. */
const phases = (gatewayCount: number) =>
  fc.array(
    fc.record({
      ms: fc.integer({ min: 200, max: 8_000 }),
      weights: fc.array(fc.constantFrom(0, 0, 1, 3), { minLength: gatewayCount, maxLength: gatewayCount }),
    }),
    { minLength: 1, maxLength: 8, size: 'max' },
  )
type Phase = { ms: number; weights: number[] }

/** Writes of `samples` each, `ratio` times the limit of samples per second in all, to the gateways of the phase. */
function trafficOf(list: readonly Phase[], samples: number, ratio: number): (nowMs: number) => Write[] {
  const totalMs = list.reduce((sum, { ms }) => sum + ms, 0)
  let owed = 0
  let turn = 0
  return (nowMs) => {
    owed += (limits.samplesPerSecond * ratio * tickMs) / 1_000
    let endMs = 0
    const phase = list.find(({ ms }) => {
      endMs += ms
      return nowMs % totalMs < endMs
    }) as Phase
    const targets = phase.weights.flatMap((weight, i) => Array.from({ length: weight }, () => i))
    const writes: Write[] = []
    for (; owed >= samples; owed -= samples) {
      writes.push({ gateway: targets.length > 0 ? (targets[turn++ % targets.length] as number) : 0, samples })
    }
    return writes
  }
}

const anyFleet = fc.constantFrom(1, 2, 3, 4, 6, 12).chain((count) => fc.tuple(fc.constant(count), phases(count)))

describe('a tenant on several gateways', () => {
  it('is not refused while it uses at most 80 % of its limits, however its traffic is split and moves', () => {
    // With 10 samples each, 80 % of both limits are used.
    fc.assert(
      fc.property(anyFleet, fc.constantFrom(10, 100, 1_000), ([count, list], samples) => {
        expect(simulate(count, 30, trafficOf(list, samples, 0.8)).refused).toBe(0)
      }),
      { numRuns: 20 },
    )
  })

  it('gets in any minute at most its limit, some bursts and a request a gateway, however much it sends and wherever', () => {
    fc.assert(
      fc.property(anyFleet, fc.constantFrom(50, 500), fc.constantFrom(1.5, 4), ([count, list], samples, ratio) => {
        const most = mostInAMinute(simulate(count, 90, trafficOf(list, samples, ratio)))
        const { samplesPerSecond, burstSamples } = limits
        expect(most).toBeLessThanOrEqual(
          60 * samplesPerSecond * (1 + idleReserve) + (2 + count / 2) * burstSamples + count * samples,
        )
        expect(most).toBeGreaterThan(60 * samplesPerSecond * 0.9)
      }),
      { numRuns: 12 },
    )
  })
})
