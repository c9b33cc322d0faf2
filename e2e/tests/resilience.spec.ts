import { expect } from '@playwright/test'
import { callMiniStack, writeToGateway } from '@tickwatch/local'
import { test } from '../src/fixtures.ts'
import { enforced, inSync, propose } from '../src/fleet.ts'
import { parts, platformState } from '../src/platform.ts'
import { caller, pageOf, until } from '../src/portal.ts'
import { producerOf, stored, storedTimes } from '../src/traffic.ts'

const manifestName = (ring: string) => `/tickwatch/local/policy/${ring}/manifest`

async function parameter(ring: string): Promise<string> {
  const answer = await callMiniStack<{ Parameter: { Value: string } }>(
    platformState().addresses.aws,
    'AmazonSSM.GetParameter',
    { Name: manifestName(ring) },
  )
  return answer.Parameter.Value
}
const putByHand = (ring: string, value: string) =>
  callMiniStack(platformState().addresses.aws, 'AmazonSSM.PutParameter', {
    Name: manifestName(ring),
    Value: value,
    Type: 'String',
    Overwrite: true,
  })

// 2 s on an idle machine.
const soonMs = 4_000

test('a gateway killed during an edit is soon shown as away, catches up, and its restart is listed', async ({
  browser,
  acme,
  platform,
}) => {
  await inSync(platform)
  const page = await pageOf(browser, 'platform1', '/gateways')
  await expect(page.getByText(/^All 3 gateways enforce/)).toBeVisible()
  await parts.kill('gateway-2', 'SIGKILL')
  const killedAt = Date.now()
  // Looks at each frame; `expect` would look once a second.
  await page.evaluate(`new Promise((resolve) => {
    const sentence = '2 of 3 gateways in sync: gateway-2 is away for'
    const look = () => (document.body.innerText.includes(sentence) ? resolve() : requestAnimationFrame(look))
    look()
  })`)
  expect(Date.now() - killedAt).toBeLessThan(soonMs)
  const table = page.getByRole('table', { name: 'Gateways' })
  await expect(table.getByText(/^away for/)).toHaveCount(1)
  // Its samples, refusals, series, CPU and memory: the last ones are not those of now.
  await expect(table.getByRole('row').filter({ hasText: 'gateway-2' }).getByTitle('not measured')).toHaveCount(5)
  const revision = await propose(acme, { 'series.activeMax': 21_000 }, 'While a gateway is down')
  await parts.start('gateway-2')
  const { version } = await enforced(acme, revision)
  await inSync(platform, version ?? 0)
  const [restart] =
    await platform.query<{ gatewayId: string; previous: { end: string; at: string } }[]>('gateway.starts')
  expect(restart).toMatchObject({ gatewayId: 'gateway-2', previous: { end: 'lost' } })
  expect(Math.abs(Date.parse(restart?.previous.at ?? '') - killedAt)).toBeLessThan(soonMs)
  for (const path of ['/gateways', '/gateways/gateway-2']) {
    await page.goto(path)
    await expect(
      page
        .getByRole('table', { name: 'Starts' })
        .getByText(/^sent no last heartbeat, last seen /)
        .first(),
    ).toBeVisible()
    await expect(
      page.getByRole('button', { name: /started, the process before it sent no last heartbeat/ }).first(),
    ).toBeVisible()
  }
  await page.context().close()
})

test('without AWS, Postgres and the API traffic flows on the last policy, even after every gateway restarts', async ({
  acme,
  platform,
}) => {
  const before = await inSync(platform)
  for (const part of ['api', 'postgres', 'ministack'] as const) await parts.stop(part)
  try {
    for (const { id } of platformState().addresses.gateways) {
      await parts.kill(id, 'SIGKILL')
      await parts.start(id)
    }
    // With what initech's own servers send, this is within the equal share that a single gateway allows.
    const producer = producerOf('initech', 'alone', 50)
    producer.start()
    await until(
      'samples accepted',
      async () => producer.stats.accepted,
      (accepted) => accepted > 300,
    )
    await producer.stop()
    // Its servers may send what they queued meanwhile as a burst, which is refused and retried; nothing is lost.
    expect(producer.stats.refusedSamples).toBeLessThan(producer.stats.accepted / 2)
    expect(producer.stats).toMatchObject({ rejected: 0, dropped: 0 })
  } finally {
    for (const part of ['ministack', 'postgres', 'api'] as const) await parts.start(part)
  }
  const revision = await propose(acme, { 'series.activeMax': 22_000 }, 'After everything came back')
  const { version } = await enforced(acme, revision)
  const after = await inSync(platform, version ?? 0)
  expect(after.gateways[0]?.appliedVersion).toBeGreaterThan(before.gateways[0]?.appliedVersion ?? 0)
})

test('a manifest changed by hand is put back and audited, and no gateway applies it', async ({ platform, auditor }) => {
  const { gateways } = await inSync(platform)
  const good = await parameter('fleet')
  const forged = JSON.stringify({ ...JSON.parse(good), version: (gateways[0]?.appliedVersion ?? 0) + 1_000 })
  await putByHand('fleet', forged)
  await until(
    'the manifest is back',
    () => parameter('fleet'),
    (value) => value === good,
  )
  const event = await until(
    'the audit log has it',
    () =>
      auditor.query<{ items: { target: string; before: unknown }[] }>('audit.list', {
        action: 'policy.manifest.reconciled',
      }),
    ({ items }) => items.length > 0,
  )
  expect(JSON.stringify(event.items[0])).toContain('fleet')
  const fleet = await inSync(platform)
  expect(fleet.gateways.map((g) => g.appliedVersion)).toEqual(gateways.map((g) => g.appliedVersion))
})

test('a gateway refuses a tampered bundle and an older version, and keeps the one it has', async ({ platform }) => {
  const { gateways } = await inSync(platform)
  const held = gateways.find((g) => g.ring === 'fleet')?.appliedVersion ?? 0
  const good = await parameter('fleet')
  const manifest = JSON.parse(good) as { version: number; signature: string }
  const gateway = platformState().addresses.gateways.find(({ ring }) => ring === 'fleet')
  const metric = async (line: RegExp) => {
    const text = await (await fetch(`${gateway?.httpUrl}/metrics`)).text()
    return text.split('\n').reduce((sum, each) => (line.test(each) ? sum + Number(each.split(' ').at(-1)) : sum), 0)
  }
  const refusals = () => metric(/^tickwatch_policy_refusals_total\{/)
  const cases = {
    'a newer version under the old signature': { ...manifest, version: held + 1 },
    'another signature': { ...manifest, version: held + 2, signature: Buffer.alloc(70).toString('base64') },
    'an older version': { ...manifest, version: held - 1 },
  }
  // Its reconciler would put the manifest back first.
  await parts.stop('api')
  try {
    for (const [name, forged] of Object.entries(cases)) {
      const before = await refusals()
      await putByHand('fleet', JSON.stringify(forged))
      await until(`${name} is refused`, refusals, (count) => count > before, 30_000)
      expect(await metric(/^tickwatch_policy_applied_version /)).toBe(held)
    }
  } finally {
    await putByHand('fleet', good)
    await parts.start('api')
  }
  await inSync(platform)
})

test('the Prometheus agent loses nothing when gateways restart: every scrape of every series is stored', async ({
  platform,
}) => {
  await inSync(platform)
  const age = () => stored('time() - timestamp(up{job="node",tenant="acme"})')
  await until('the agent writes', age, (seconds) => seconds !== null && seconds < 8)
  const startedAt = Date.now()
  // Whichever gateway the agent writes to, it is restarted.
  for (const [i, { id }] of platformState().addresses.gateways.entries()) {
    await parts.kill(id, i === 0 ? 'SIGTERM' : 'SIGKILL')
    await parts.start(id)
  }
  await inSync(platform)
  const restarted = Date.now()
  await until(
    'scrapes from after the restarts are stored',
    () => stored('timestamp(up{job="node",tenant="acme"})'),
    (at) => (at ?? 0) * 1_000 > restarted,
    60_000,
  )
  // From now back to before the first restart, and to the sample before that.
  const rangeSeconds = Math.ceil((Date.now() - startedAt) / 1_000) + 15
  const every = await storedTimes(`{job="node",tenant="acme",__name__=~"up|node_.*"}[${rangeSeconds}s]`)
  expect(every.length).toBeGreaterThan(50)
  const gaps = every.flatMap((times) => times.slice(1).map((t, i) => t - (times[i] as number)))
  expect(gaps.length).toBeGreaterThan(100)
  expect(Math.max(...gaps)).toBeLessThan(1.5 * Math.min(...gaps.filter((gap) => gap > 1)))
})

test('a tenant near its series limit loses none when a gateway dies and its writers move to another and back', async ({
  browser,
  platform,
}) => {
  await inSync(platform)
  // A new tenant, so that no other writer adds series.
  const tenant = 'moving'
  const series = 3_000
  await platform.mutate('tenant.create', { id: tenant, name: 'Moving Studios', plan: 'studio' })
  const envelope = { 'series.activeMax': { min: 1_000, max: 10_000 } }
  await platform.mutate('tenant.setEnvelope', { id: tenant, base: {}, envelope, reason: 'To try its limit' })
  const page = await pageOf(browser, 'platform1')
  const moving = caller(page.request, { tenant })
  await enforced(moving, await propose(moving, { 'series.activeMax': series / 0.8 }, 'At 80 % of it'))
  await page.context().close()

  const [first, second] = platformState().addresses.gateways.map(({ socket }) => socket) as [string, string]
  const statuses = new Set<number>()
  const deliver = (what: string, socket: string) =>
    until(
      what,
      async () => {
        const status = await writeToGateway(socket, tenant, series)
        statuses.add(status)
        return status
      },
      (status) => status === 204,
      30_000,
    )
  await deliver('the first gateway accepts them', first)
  await parts.kill('gateway-1', 'SIGKILL')
  await deliver('the other accepts them', second)
  await parts.start('gateway-1')
  await inSync(platform)
  await deliver('the first accepts them again', first)
  await deliver('the other still accepts them', second)
  // Every sender retries after a 503. After a 400 all of them drop samples, after a 429 some do.
  expect([...statuses].filter((status) => status !== 503)).toEqual([204])
})
