import { setInterval } from 'node:timers/promises'
import { expect } from '@playwright/test'
import { writeToGateway } from '@tickwatch/local'
import { test } from '../src/fixtures.ts'
import { inSync, type Quota } from '../src/fleet.ts'
import { platformState } from '../src/platform.ts'
import { caller, pageOf } from '../src/portal.ts'

/** Which part of each tenant's requests goes to the first gateway. All three send at once, each over its quota. */
const splits = { initech: 1, globex: 0.5, acme: 0.9 }
type Tenant = keyof typeof splits
const tenants = Object.keys(splits) as Tenant[]

/** Each tenant sends this many times its quota. */
const overload = 3
const everyMs = 100
const warmUpSeconds = 15
/** A request has 0.3 s of a quota. A tenth of this time is ten times the debt that one may leave. */
const seconds = 30

/** The samples of a tenant that all gateways together have accepted, from any writer. */
async function accepted(tenant: Tenant): Promise<number> {
  const counts = platformState().addresses.gateways.map(async ({ httpUrl }) => {
    const text = await (await fetch(`${httpUrl}/metrics`)).text()
    return Number(
      new RegExp(`^tickwatch_ingest_samples_total\\{tenant_id="${tenant}"\\} (.*)$`, 'm').exec(text)?.[1] ?? 0,
    )
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

/** What was accepted of each tenant at a moment between these times. */
type Reading = { accepted: number[]; startedMs: number; endedMs: number }

async function read(): Promise<Reading> {
  const startedMs = Date.now()
  return { accepted: await Promise.all(tenants.map(accepted)), startedMs, endedMs: Date.now() }
}

test('a tenant gets exactly its quota, however its traffic is split over the gateways', async ({
  browser,
  platform,
}) => {
  await inSync(platform)
  const page = await pageOf(browser, 'platform1')
  const limits = await Promise.all(
    tenants.map(async (tenant) => {
      const { resolved } = await caller(page.request, { tenant }).query<Quota>('quota.current')
      return resolved['ingest.samplesPerSecond'] as number
    }),
  )
  await page.context().close()
  const [first, second] = platformState().addresses.gateways.map(({ socket }) => socket) as [string, string]

  const statuses = new Set<number>()
  const sent = new Map<Tenant, number>()
  const send = async (tenant: Tenant, limit: number) => {
    const count = (sent.get(tenant) ?? 0) + 1
    sent.set(tenant, count)
    // With a split of 0.9, nine of ten requests go to the first gateway.
    const socket = count % 10 < splits[tenant] * 10 ? first : second
    statuses.add(await writeToGateway(socket, tenant, Math.round((limit * overload * everyMs) / 1_000)))
  }
  let before: Reading | null = null
  const under: Promise<void>[] = []
  const firstTick = Date.now()
  for await (const _ of setInterval(everyMs)) {
    // By then the burst is used up and the shares follow the demand.
    if (!before && Date.now() - firstTick > warmUpSeconds * 1_000) before = await read()
    if (before && Date.now() - before.endedMs > seconds * 1_000) break
    tenants.forEach((tenant, i) => {
      under.push(send(tenant, limits[i] as number))
    })
  }
  await Promise.all(under)
  const from = before as Reading
  const to = await read()
  expect([...statuses].sort()).toEqual([204, 429])
  // On a busy machine a reading takes a while, and each gateway may have answered at any moment of it.
  const longestSeconds = (to.endedMs - from.startedMs) / 1_000
  const shortestSeconds = (to.startedMs - from.endedMs) / 1_000
  for (const [i, tenant] of tenants.entries()) {
    const quotas = ((to.accepted[i] as number) - (from.accepted[i] as number)) / (limits[i] as number)
    expect(quotas / shortestSeconds, `${tenant}: admitted over quota`).toBeGreaterThan(0.9)
    expect(quotas / longestSeconds, `${tenant}: admitted over quota`).toBeLessThan(1.1)
  }
})
