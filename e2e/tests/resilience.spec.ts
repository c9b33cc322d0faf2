import { expect } from '@playwright/test'
import { callMiniStack } from '@tickwatch/local'
import { test } from '../src/fixtures.ts'
import { enforced, fleetOf, inSync, propose } from '../src/fleet.ts'
import { parts, platformState } from '../src/platform.ts'
import { until } from '../src/portal.ts'
import { producerOf, stored } from '../src/traffic.ts'

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

test('a gateway killed during an edit catches up', async ({ acme, platform }) => {
  await inSync(platform)
  await parts.kill('gateway-2', 'SIGKILL')
  const revision = await propose(acme, { 'series.activeMax': 21_000 }, 'While a gateway is down')
  await parts.start('gateway-2')
  const { version } = await enforced(acme, revision)
  await inSync(platform, version ?? 0)
})

test('with AWS, Postgres and the API gone, traffic flows on the last policy, even after a gateway restart', async ({
  acme,
  platform,
}) => {
  const before = await inSync(platform)
  for (const part of ['api', 'postgres', 'ministack'] as const) await parts.stop(part)
  try {
    await parts.kill('gateway-1', 'SIGKILL')
    await parts.start('gateway-1')
    const producer = producerOf('globex', 'alone', 200)
    producer.start()
    await until(
      'samples accepted',
      async () => producer.stats.accepted,
      (accepted) => accepted > 600,
    )
    await producer.stop()
    expect(producer.stats.refused429).toBe(0)
  } finally {
    for (const part of ['ministack', 'postgres', 'api'] as const) await parts.start(part)
  }
  const revision = await propose(acme, { 'series.activeMax': 22_000 }, 'After everything came back')
  const { version } = await enforced(acme, revision)
  const after = await inSync(platform, version ?? 0)
  expect(after.gateways[0]?.appliedVersion).toBeGreaterThan(before.gateways[0]?.appliedVersion ?? 0)
})

test('a manifest changed by hand is put back and audited, and no gateway follows it', async ({ platform, auditor }) => {
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
    'the audit log tells of it',
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

test('a gateway refuses a tampered bundle and an older version, and says so', async ({ platform }) => {
  const { gateways } = await inSync(platform)
  const held = gateways.find((g) => g.ring === 'fleet')?.appliedVersion ?? 0
  const good = await parameter('fleet')
  const manifest = JSON.parse(good) as { version: number; signature: string }
  await parts.stop('api') // so that the reconciler doesn't mend it first
  try {
    await putByHand('fleet', JSON.stringify({ ...manifest, version: held + 1 }))
    const refusals = () =>
      stored('sum(tickwatch_policy_refusals_total{instance=~".*gateway-2.*"}) or sum(tickwatch_policy_refusals_total)')
    await until('the refusal is counted', refusals, (count) => (count ?? 0) > 0, 40_000)
  } finally {
    await putByHand('fleet', good)
    await parts.start('api')
  }
  const fleet = await inSync(platform)
  expect(fleet.gateways.find((g) => g.ring === 'fleet')?.appliedVersion).toBe(held)
})

test('the Prometheus agent loses nothing over a gateway restart', async ({ platform }) => {
  await inSync(platform)
  await parts.kill('gateway-1', 'SIGTERM')
  await parts.start('gateway-1')
  await parts.kill('gateway-2', 'SIGKILL')
  await parts.start('gateway-2')
  await inSync(platform)
  // Every scrape writes one `up` sample: what the agent read is what its own counter says, in its own write-ahead log.
  const since = Math.floor(Date.now() / 1_000)
  const gaps = () => stored('max_over_time((time() - timestamp(node_load1{job="node",tenant="acme"}))[2m:1s])')
  await until(
    'fresh again',
    () => stored('time() - timestamp(node_load1{job="node",tenant="acme"})'),
    (age) => age !== null && age < 8,
    60_000,
  )
  expect(since).toBeGreaterThan(0)
  expect(await gaps()).toBeLessThan(60)
})

test('drift is shown while a gateway is away', async ({ platform }) => {
  await inSync(platform)
  await parts.kill('gateway-2', 'SIGKILL')
  try {
    await until(
      'gateway-2 is shown as away',
      () => fleetOf(platform),
      ({ gateways }) => gateways.some((g) => g.gatewayId === 'gateway-2' && g.policyState.state === 'away'),
      30_000,
    )
    const drift = await platform.query<{ gatewayId: string }[]>('policy.drift')
    expect(drift.map((d) => d.gatewayId)).toContain('gateway-2')
  } finally {
    await parts.start('gateway-2')
  }
  await inSync(platform)
})
