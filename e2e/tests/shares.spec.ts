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
const everyMs = 250
const warmUpSeconds = 15
/** A tenth of this time is four times the debt that one request may leave. */
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

test('a tenant gets exactly its quota, however its traffic is split over the gateways', async ({
  browser,
  platform,
}) => {
  test.setTimeout(180_000)
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
  let before: number[] = []
  let startedAt = 0
  const under: Promise<void>[] = []
  const firstTick = Date.now()
  for await (const _ of setInterval(everyMs)) {
    if (startedAt === 0 && Date.now() - firstTick > warmUpSeconds * 1_000) {
      // By now the burst is used up and the shares follow the demand.
      before = await Promise.all(tenants.map(accepted))
      startedAt = Date.now()
    }
    if (startedAt > 0 && Date.now() - startedAt > seconds * 1_000) break
    tenants.forEach((tenant, i) => {
      under.push(send(tenant, limits[i] as number))
    })
  }
  await Promise.all(under)
  const elapsed = (Date.now() - startedAt) / 1_000
  const after = await Promise.all(tenants.map(accepted))
  expect([...statuses].sort()).toEqual([204, 429])
  for (const [i, tenant] of tenants.entries()) {
    const used = ((after[i] as number) - (before[i] as number)) / elapsed / (limits[i] as number)
    expect(used, `${tenant}: admitted over quota`).toBeGreaterThan(0.9)
    expect(used, `${tenant}: admitted over quota`).toBeLessThan(1.1)
  }
})
