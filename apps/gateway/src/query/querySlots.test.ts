import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Tenant } from '../tenant/tenant.ts'
import { policyOf, tenantsOf } from '../testing/tenants.ts'
import { QuerySlots, waitMs } from './querySlots.ts'

const ids = ['acme', 'globex', 'initech', 'hooli'] as const
type Id = (typeof ids)[number]

/** Tenants that may run 10 queries each, at a gateway that may send this many to the storage. */
function fleetOf(max: number) {
  const tenants = tenantsOf({})
  tenants.apply(policyOf(ids.map((id) => ({ id, limits: { 'query.concurrentMax': 10 } }))), 0)
  const slots = new QuerySlots(() => max)
  const tenant = (id: Id) => tenants.forQuery(id, 0) as Tenant
  return {
    tenant,
    take: async (id: Id, gone = new AbortController().signal) => (await slots.take(tenant(id), gone, () => {})).hold(),
  }
}
const noWait = AbortSignal.abort()

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('of the queries that the storage runs, a tenant gets', () => {
  it.each([
    ['half when it is alone', 20, ['acme'], [10]],
    ['half of an odd number, rounded up', 7, ['acme'], [4]],
    ['a third beside another', 6, ['acme', 'globex'], [2, 2]],
    ['one of the least, so that another tenant gets the other one', 2, ['acme', 'globex'], [1, 1]],
    ['one of the least even if the gateways are many', 0.1, ['acme', 'globex'], [1, 1]],
  ] as const)('%s', async (_what, max, greedy, expected) => {
    const { take, tenant } = fleetOf(max)
    for (let round = 0; round < 30; round++) {
      for (const id of greedy) await take(id, noWait).catch(() => {})
    }
    expect(greedy.map((id) => tenant(id).queriesRunning)).toEqual(expected)
  })

  it('no more than its own limit', async () => {
    const { take } = fleetOf(1_000)
    for (let i = 0; i < 10; i++) await take('acme')
    const over = take('acme')
    vi.advanceTimersByTime(waitMs)
    await expect(over).rejects.toMatchObject({ status: 429, reason: 'query-concurrent' })
  })

  it('one at least, whatever one other tenant does', async () => {
    const queries = fc.array(fc.record({ takes: fc.boolean(), which: fc.nat() }), { maxLength: 100 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 30 }), queries, async (max, steps) => {
        const { take } = fleetOf(max)
        const held: (() => void)[] = []
        for (const { takes, which } of steps) {
          if (takes)
            await take('acme', noWait).then(
              (letGo) => held.push(letGo),
              () => {},
            )
          else held.splice(which % (held.length + 1), 1)[0]?.()
        }
        const letGo = await take('globex', noWait)
        letGo()
      }),
      { numRuns: 200 },
    )
  })
})

describe('a query that finds no slot', () => {
  it('waits for one, and gets the first that is free', async () => {
    const { take, tenant } = fleetOf(2)
    const letGo = await take('acme')
    const waiting = take('acme')
    vi.advanceTimersByTime(waitMs - 100)
    letGo()
    letGo()
    ;(await waiting)()
    expect(tenant('acme').queriesRunning).toBe(0)
  })

  it('is refused after two seconds, with what uses the slots', async () => {
    const { take } = fleetOf(4)
    for (const id of ['acme', 'acme', 'globex', 'initech'] as const) await take(id)
    const [busy, full] = [take('acme'), take('hooli')]
    vi.advanceTimersByTime(waitMs)
    await expect(busy).rejects.toMatchObject({ status: 429, reason: 'query-busy', retryAfterSeconds: 1 })
    await expect(busy).rejects.toThrow('4 queries run through this gateway, 2 of them yours')
    await expect(full).rejects.toMatchObject({ status: 503, reason: 'query-busy' })
  })

  it('leaves the queue when its reader goes away', async () => {
    const { take, tenant } = fleetOf(2)
    const letGo = await take('acme')
    const reader = new AbortController()
    const waiting = take('acme', reader.signal)
    reader.abort()
    await expect(waiting).rejects.toThrow('the reader went away')
    letGo()
    expect(tenant('acme').queriesRunning).toBe(0)
  })
})
