// Queries of one tenant on several gateways: which wait, which run, and which are refused.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { waitMs } from '../query/querySlots.ts'
import { simulatedFleet } from '../testing/simulatedFleet.ts'
import type { Tenant } from './tenant.ts'

const limit = 10
const tickMs = 10

type Query = { gateway: number; ms: number }
type Arrived = Query & { atMs: number }
type Result = { refused: number; mostAtOnce: number; atOnce: number[] }

/** @param arrive the queries that arrive at this time, if so many run or wait */
function simulate(gatewayCount: number, seconds: number, arrive: (nowMs: number, atOnce: number) => Query[]): Result {
  const { gateways, tick } = simulatedFleet(gatewayCount, { 'query.concurrentMax': limit })
  let waiting: Arrived[] = []
  let running: { tenant: Tenant; untilMs: number }[] = []
  const result: Result = { refused: 0, mostAtOnce: 0, atOnce: [] }
  for (let nowMs = 0; nowMs < seconds * 1_000; nowMs += tickMs) {
    tick(nowMs)
    for (const { tenant } of running.filter(({ untilMs }) => untilMs <= nowMs)) tenant.queriesRunning--
    running = running.filter(({ untilMs }) => untilMs > nowMs)
    const arrived = arrive(nowMs, running.length + waiting.length).map((query) => ({ ...query, atMs: nowMs }))
    const stillWaiting: Arrived[] = []
    for (const query of [...waiting, ...arrived]) {
      const tenants = gateways[query.gateway]
      const tenant = tenants?.forQuery('acme', nowMs)
      if (!tenants || !tenant) throw new Error('acme is unknown')
      if (query.atMs < nowMs) tenant.queriesWaiting--
      if (tenant.queriesRunning < tenant.queriesMax) {
        tenant.queriesRunning++
        running.push({ tenant, untilMs: nowMs + query.ms })
      } else if (nowMs - query.atMs >= waitMs) result.refused++
      else {
        if (query.atMs === nowMs) tenants.needShare()
        tenant.queriesWaiting++
        stillWaiting.push(query)
      }
    }
    waiting = stillWaiting
    result.mostAtOnce = Math.max(result.mostAtOnce, running.length)
    result.atOnce.push(running.length)
  }
  return result
}

/** Queries that keep `wanted` at once, each on a gateway of the phase. */
const phases = (gatewayCount: number) =>
  fc.array(
    fc.record({
      ms: fc.integer({ min: 200, max: 6_000 }),
      gateways: fc.array(fc.nat(gatewayCount - 1), { minLength: 1, maxLength: 5 }),
      queryMs: fc.constantFrom(20, 300, 3_000, 20_000),
    }),
    { minLength: 1, maxLength: 8, size: 'max' },
  )
type Phase = { ms: number; gateways: number[]; queryMs: number }

function trafficOf(list: readonly Phase[], wanted: number): (nowMs: number, atOnce: number) => Query[] {
  const totalMs = list.reduce((sum, { ms }) => sum + ms, 0)
  let turn = 0
  return (nowMs, atOnce) => {
    let endMs = 0
    const { gateways, queryMs } = list.find(({ ms }) => {
      endMs += ms
      return nowMs % totalMs < endMs
    }) as Phase
    return Array.from({ length: Math.max(0, wanted - atOnce) }, () => ({
      gateway: gateways[turn++ % gateways.length] as number,
      ms: queryMs,
    }))
  }
}
const anyFleet = fc.constantFrom(1, 2, 3, 4, 6, 12).chain((count) => fc.tuple(fc.constant(count), phases(count)))

describe('the queries of a tenant on several gateways', () => {
  it('run if they are 8 of 10 on three gateways, 4, 2 and 2', () => {
    const at = [0, 0, 0, 0, 1, 1, 2, 2].map((gateway) => ({ gateway, ms: 60_000 }))
    const { atOnce, refused } = simulate(3, 3, (nowMs) => (nowMs === 0 ? at : []))
    expect([atOnce.at(-1), refused]).toEqual([8, 0])
  })

  it('are never refused while at most 80 % of the limit run or wait, however they are split and move', () => {
    fc.assert(
      fc.property(anyFleet, ([count, list]) => {
        expect(simulate(count, 30, trafficOf(list, limit * 0.8)).refused).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('use most of the limit if they want more, and soon not more than it, but for one on each gateway', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3, 4, 6, 12), fc.constantFrom(12, 40), (count, wanted) => {
        let turn = 0
        const { atOnce } = simulate(count, 20, (_, now) =>
          Array.from({ length: Math.max(0, wanted - now) }, () => ({ gateway: turn++ % count, ms: 500 })),
        )
        const settled = atOnce.slice(atOnce.length / 2)
        expect(Math.max(...settled)).toBeLessThanOrEqual(limit + count)
        expect(settled.reduce((sum, each) => sum + each, 0) / settled.length).toBeGreaterThanOrEqual(limit * 0.6)
      }),
      { numRuns: 12 },
    )
  })
})
