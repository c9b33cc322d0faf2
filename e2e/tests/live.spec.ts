import { expect, type Page } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { enforced, inSync, propose } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { accessTokenSeconds, parts } from '../src/platform.ts'
import { pageOf } from '../src/portal.ts'
import { quotasPage } from '../src/quotaPage.ts'

const stream = '**/gateway.fleetLive*'
/** A live view ends when its token expires, and starts again with the next token. */
const tokenEnds = { timeout: accessTokenSeconds * 1_000 + 10_000 }
const inWindow = { timeout: 12_000 }

/** Records the requests of the page to the API from now on, and counts them by procedure. */
function asking(page: Page) {
  const asked: { procedures: string; status: number }[] = []
  page.on('response', (response) => {
    const procedures = /\/api\/trpc\/(?:p|t\/[^/]+)\/([^?]+)/.exec(response.url())?.[1]
    if (procedures) asked.push({ procedures, status: response.status() })
  })
  const count = (procedure: string) =>
    asked.filter(({ procedures }) => procedures.split(',').includes(procedure)).length
  return { asked, count }
}

test('a page stays live after its token expired, polls while the stream fails, and is live again afterwards', async ({
  browser,
  platform,
  acme,
}) => {
  await inSync(platform)
  const page = await pageOf(browser, 'platform1', '/gateways')
  const { asked, count } = asking(page)
  const table = page.getByRole('table', { name: 'Gateways' })
  const showsVersion = (version: number) => expect(table.getByText(`v${version}`, { exact: true }).first())
  let series = 20_000
  /** @returns the version that every gateway then enforces. */
  const change = async (reason: string) => {
    series += 1
    const { version } = await enforced(acme, await propose(acme, { 'series.activeMax': series }, reason))
    return version ?? 0
  }

  // The token expires, and with it the stream.
  await expect.poll(() => count('gateway.fleetLive'), tokenEnds).toBeGreaterThan(0)
  expect(asked.filter(({ status }) => status >= 400)).toEqual([])

  await page.route(stream, (route) => route.fulfill({ status: 500, body: 'no stream today' }))
  await expect.poll(() => asked.filter(({ status }) => status === 500).length, tokenEnds).toBeGreaterThan(0)
  const polled = count('gateway.fleet')
  await showsVersion(await change('While live views fail')).toBeVisible(inWindow)
  expect(count('gateway.fleet')).toBeGreaterThan(polled)
  // Polled values are at most a few seconds old, so the page shows no warning.
  await expect(page.getByText(/^Updates of the fleet stopped/)).toHaveCount(0)

  await page.unroute(stream)
  await page.waitForResponse((response) => response.url().includes('fleetLive') && response.ok())
  const before = count('gateway.fleet')
  await showsVersion(await change('While live views are back')).toBeVisible(inWindow)
  expect(count('gateway.fleet') - before).toBeLessThanOrEqual(1)
  expect(page.url()).toContain('/gateways')
  await page.context().close()
})

test('a page names the storage or the database that hangs within seconds, and the rest of it works', async ({
  browser,
  platform,
}) => {
  await inSync(platform)
  const page = await pageOf(browser, 'acmeAdmin')
  const gateway = await pageOf(browser, 'platform1')
  const inSeconds = { timeout: 8_000 }
  await parts.freeze('prometheus')
  try {
    await page.goto(quotasPage)
    await expect(page.getByRole('meter').first()).toBeVisible(inSeconds)
    await expect(page.getByText(/^History is missing: the metrics store does not answer/).first()).toBeVisible(
      inSeconds,
    )
    await gateway.goto('/gateways/gateway-1')
    await expect(gateway.getByRole('table', { name: 'Policies it enforced' })).toBeVisible(inSeconds)
    await expect(
      gateway.getByRole('region', { name: 'Traffic' }).getByText(/^History is missing: the metrics store does not/),
    ).toBeVisible(inSeconds)
  } finally {
    parts.thaw('prometheus')
  }
  await gateway.context().close()
  await parts.freeze('postgres')
  try {
    await page.reload()
    await expect(page.getByRole('heading', { name: 'The control plane’s database does not answer' })).toBeVisible(
      inSeconds,
    )
    await inspect(page, 'database-hangs')
  } finally {
    parts.thaw('postgres')
  }
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('meter').first()).toBeVisible()
  await page.context().close()
})
