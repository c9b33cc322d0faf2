import { expect, type Page } from '@playwright/test'
import type { ImageFault } from '../../local/src/testing/badImages.ts'
import { steadyMetric } from '../../local/src/testing/steadyLoad.ts'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { parts } from '../src/platform.ts'
import { because, type Caller, pageOf, until } from '../src/portal.ts'
import { askFor, groupNow, judged, over, type Rollout, registerWith, startLoad } from '../src/realRollouts.ts'
import { stored, storedTimes } from '../src/traffic.ts'

// The gateways of these tests are a fleet of four, as in `npm start`, under the load of the simulated game servers, of the
// Prometheus agents, and of writers whose every sample is counted.

type Load = Awaited<ReturnType<typeof startLoad>>
const canary = 'gateways-canary'
const others = ['a', 'b', 'c'].map((zone) => `gateways-us-east-1${zone}`)
const all = [canary, ...others]
const minute = 60_000

let load: Load
/** Until when it was checked that nothing was lost, and what had been accepted then. */
const checked = { atMs: 0, accepted: 0 }

test.beforeAll('traffic', async ({ browser, platform }) => {
  test.setTimeout(2 * minute)
  checked.atMs = Date.now()
  load = await startLoad(browser, platform)
})
test.afterAll(() => load?.stop())

/** Nothing that was sent since the last time was lost on its way. */
async function expectNothingLost() {
  await load.pause()
  const toMs = Date.now()
  const seconds = Math.ceil((toMs - checked.atMs) / 1_000)
  const of = `${steadyMetric}{tenant="${load.tenant}"}[${toMs - checked.atMs}ms] @ ${toMs / 1_000}`
  expect(load.accepted()).toBeGreaterThan(checked.accepted)
  expect(await stored(`sum(count_over_time(${of}))`)).toBe(load.accepted() - checked.accepted)
  // After any other 4xx a sender gives up.
  expect([...load.statuses.keys()].filter((status) => status >= 400 && status < 500 && status !== 429)).toEqual([])
  // The agent scrapes every 5 s, and each game server is measured every 5 s.
  for (const selector of ['{job="node",tenant="acme",__name__=~"up|node_.*"}', 'game_players']) {
    const every = await storedTimes(`${selector}[${seconds + 15}s]`)
    const gaps = every.flatMap((times) => times.slice(1).map((t, i) => t - (times[i] as number)))
    expect(gaps.length, selector).toBeGreaterThan(100)
    expect(Math.max(...gaps), selector).toBeLessThan(7.5)
  }
  const counted = `tickwatch_ingest_lost_samples_total{tenant="tickwatch",reason="upstream"}`
  expect(await stored(`sum(max_over_time(${counted}[${seconds + 15}s])) or vector(0)`)).toBe(0)
  Object.assign(checked, { atMs: toMs, accepted: load.accepted() })
  load.resume()
}

const wavesOn = (page: Page) => page.getByRole('list', { name: 'Waves', exact: true }).locator('> li')

async function expectEveryEvent(page: Page, platform: Caller, { number }: Rollout, kinds: string[]) {
  const { items } = await platform.query<{ items: { kind: string; words: string }[] }>('rollout.events', {
    ...{ number, cursor: null, pageSize: 50 },
  })
  // It may hold for a moment, until the judge is sure.
  const others = items.map(({ kind }) => kind).filter((kind) => kind !== 'holding')
  expect(others.toReversed()).toEqual(kinds)
  const shown = page.getByRole('list', { name: 'Events', exact: true }).locator('> li')
  await expect(shown).toHaveCount(items.length)
  for (const [i, { words }] of items.entries()) await expect(shown.nth(i)).toContainText(words.slice(0, 80))
}

const wave = ['wave started', 'wave complete']
const wholeOnes = ['started', ...wave, ...wave, ...wave, 'succeeded']

test('a rollout of the whole fleet is approved and watched, the judge passes it, and not one sample is lost', async ({
  browser,
  platform,
}) => {
  test.setTimeout(15 * minute)
  const images = await platform.query<{ items: { id: string; version: string }[] }>('image.list', {})
  const image = images.items.find(({ version }) => version === '0.2.0')
  const before = all.map((name) => groupNow(name).instances)
  const rollout = await askFor(platform, image?.id ?? '', (each, i) =>
    i === 0
      ? judged(each, { failPointsMin: 10, passPointsMin: 10, warmUpSeconds: 30 })
      : judged(each, { compares: false, intervalSeconds: 10, warmUpSeconds: 0 }),
  )
  const approver = await pageOf(browser, 'platform2', `/approvals/${rollout.changeRequestId}`)
  await expect(approver.getByText(`rollout ${rollout.number} of gateway 0.2.0 in local`).first()).toBeVisible()
  await because(approver, 'Its figures in staging are good', 'Approve')
  await expect(approver.getByRole('heading', { name: 'Decision' })).toBeVisible()
  await approver.context().close()

  const page = await pageOf(browser, 'platform1', `/rollouts/${rollout.number}`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Rollout ${rollout.number}: gateway 0.2.0`)
  const waves = wavesOn(page)
  await expect(waves).toHaveCount(3)
  for (const i of [0, 1, 2]) {
    await expect(waves.nth(i).getByText('bakes', { exact: true }).first()).toBeVisible({ timeout: 2 * minute })
    await expect(waves.nth(i)).toContainText('complete', { timeout: 8 * minute })
  }
  await expect(page.getByText('All 3 waves run the candidate.')).toBeVisible()
  await expect(waves.getByText('candidate', { exact: true })).toHaveCount(4)
  await expect(page.getByText('The canary is within the hard limits.').first()).toBeVisible()
  await expect(page.getByText('The canary is no worse than the baseline.').first()).toBeVisible()
  await expectEveryEvent(page, platform, rollout, wholeOnes)
  await inspect(page, 'real-rollout')
  await page.context().close()

  const after = all.map((name) => groupNow(name))
  expect(after.map(({ instances }) => instances.length)).toEqual([1, 1, 1, 1])
  expect(after.flatMap(({ instances }) => instances).filter((id) => before.flat().includes(id))).toEqual([])
  expect(after.map(({ refreshes }) => refreshes)).toEqual(all.map(() => ['Successful']))
  await expectNothingLost()
})

const bad: { fault: ImageFault; title: string; maxMs: number; kinds: string[] | null; says: RegExp }[] = [
  {
    ...{ fault: 'neverReady', title: 'that never gets ready', maxMs: 3 * minute },
    kinds: ['started', 'wave started', 'rolling back', 'rolled back'],
    says: /For 30 s no further instance got ready: 0 of \d run the candidate and are ready/,
  },
  {
    ...{ fault: 'errors', title: 'that answers 5xx', maxMs: 4 * minute },
    // They may be found before the wave is complete, or after that.
    kinds: null,
    says: /Within 60 s the canary answered [\d,]+ requests with 5xx/,
  },
  {
    ...{ fault: 'leak', title: 'that leaks memory', maxMs: 5 * minute },
    kinds: ['started', ...wave, 'rolling back', 'rolled back'],
    says: /intervals in a row the canary’s memory was at least 1\.5 times the baseline’s/,
  },
  {
    ...{ fault: 'slow', title: 'that is 30 % slower', maxMs: 10 * minute },
    kinds: ['started', ...wave, 'rolling back', 'rolled back'],
    says: /(CPU per sample|Time to first byte \(p99\)): .* It is worse, in \d+ % of the intervals/,
  },
]

for (const { fault, title, kinds, says, maxMs } of bad) {
  test(`an image ${title} is stopped at the canary and rolled back by itself, with its reason and an incident`, async ({
    browser,
    platform,
    approver,
  }) => {
    test.setTimeout(maxMs + 2 * minute)
    const version = `0.3.0-${fault}`
    const before = { canary: groupNow(canary), others: others.map(groupNow) }
    const image = await registerWith(platform, fault, version)
    expect(image.ready).toBe(true)
    const rollout = await askFor(platform, image.id, (each, i) =>
      i === 0
        ? { ...judged(each, { failPointsMin: 16, passPointsMin: 40, warmUpSeconds: 30 }), progressSeconds: 30 }
        : judged(each, { compares: false }),
    )
    await approver.mutate('changeRequest.approve', { id: rollout.changeRequestId, reason: 'It was signed' })

    const page = await pageOf(browser, 'platform1', `/rollouts/${rollout.number}`)
    const waves = wavesOn(page)
    await expect(waves.nth(0)).toContainText('rolled back', { timeout: maxMs })
    await expect(page.getByText(/^It was rolled back: /).first()).toBeVisible()
    await expect(page.getByText(says).first()).toBeVisible()
    for (const i of [1, 2]) await expect(waves.nth(i)).toContainText('never began')
    await inspect(page, `real-rollout-${fault}`)
    if (kinds) await expectEveryEvent(page, platform, rollout, kinds)

    expect(others.map(groupNow)).toEqual(before.others)
    const after = groupNow(canary)
    expect(after).toMatchObject({
      templateVersion: before.canary.templateVersion,
      versions: before.canary.versions + 1,
    })
    expect(after.refreshes).toEqual(['RollbackSuccessful', ...before.canary.refreshes])
    expect(after.instances).toHaveLength(1)

    await page.goto('/incidents')
    const words = `ollout ${rollout.number} of gateway ${version}`
    await page.getByRole('link', { name: `R${words} rolled itself back` }).click()
    const change = page.getByRole('region', { name: 'What changed' }).getByRole('listitem').first()
    await expect(change).toContainText(`R${words} to local`)
    await expect(change).toContainText('This incident is about it')
    await page.context().close()
    await expectNothingLost()
  })
}

const ranks: Partial<Record<string, number>> = { InProgress: 1, Baking: 2, Successful: 3 }

test('of two rollouts to the same groups one is refused; the other goes on although the API is killed in each step', async ({
  browser,
  platform,
  approver,
}) => {
  test.setTimeout(8 * minute)
  const { id } = await registerWith(platform, null, '0.3.0')
  const before = all.map(groupNow)
  const ask = () => askFor(platform, id, (_, i) => ({ judge: null, bakeSeconds: i === 0 ? 20 : 2 }))
  const both = await Promise.allSettled([ask(), ask()])
  const asked = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  expect(asked).toHaveLength(1)
  const [rollout] = asked as [Rollout]
  await expect(ask()).rejects.toThrow(`The rollout ${rollout.number} has the target ${canary} and is not over.`)
  const page = await pageOf(browser, 'platform1', `/rollouts/new?image=${id}&environment=local`)
  await expect(
    page.getByText(`The rollout ${rollout.number} has the target ${canary} and is not over.`).first(),
  ).toBeVisible()

  await page.goto(`/rollouts/${rollout.number}`)
  await expect(page.getByText(/^It waits for approval/).first()).toBeVisible()
  await approver.mutate('changeRequest.approve', { id: rollout.changeRequestId, reason: 'It was signed' })
  const steps = {
    'the version of the launch template is there': ({ versions }: ReturnType<typeof groupNow>) =>
      versions > (before[0]?.versions ?? 0),
    'instances are replaced': isAtLeast('InProgress'),
    'the wave bakes': isAtLeast('Baking'),
    'the refresh has succeeded': isAtLeast('Successful'),
  }
  for (const [step, isReached] of Object.entries(steps)) {
    await until(step, async () => groupNow(canary), isReached, 2 * minute)
    await parts.kill('api', 'SIGKILL')
    await parts.start('api')
  }
  expect(await over(platform, rollout, 3 * minute)).toMatchObject({ phase: 'succeeded' })
  await expect(page.getByText('All 3 waves run the candidate.')).toBeVisible()
  await expectEveryEvent(page, platform, rollout, wholeOnes)
  await page.context().close()
  // Each call was made once, whoever made it.
  for (const [i, name] of all.entries()) {
    const { versions, refreshes } = before[i] as ReturnType<typeof groupNow>
    expect(groupNow(name)).toMatchObject({ versions: versions + 1, refreshes: ['Successful', ...refreshes] })
  }
  await expectNothingLost()

  /** Of the refresh of this rollout. */
  function isAtLeast(status: string) {
    const least = ranks[status] ?? 0
    return ({ refreshes }: ReturnType<typeof groupNow>) =>
      refreshes.length > (before[0]?.refreshes.length ?? 0) && (ranks[refreshes[0] ?? ''] ?? 0) >= least
  }
})
