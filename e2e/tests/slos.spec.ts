import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { parts } from '../src/platform.ts'
import { pageOf } from '../src/portal.ts'
import { writeSloEvents, writeSloPage } from '../src/sloEvents.ts'

/** A group that nothing else of the platform writes. */
const burning = { tenant_id: 'umbrella' }

test.beforeAll(async () => {
  await writeSloEvents(50, (ago) => [
    { slo: 'ingest-success', labels: burning, bad: ago < 20 ? 150 : 0, total: 1_000 },
    { slo: 'ingest-success', labels: { tenant_id: 'acme' }, bad: 0, total: 1_000 },
    { slo: 'ingest-first-byte', bad: 1, total: 400 },
  ])
  await writeSloPage('ingest-success', burning, 12)
})

test('the platform team sees what burns first, how it burns, and what another objective would have paged', async ({
  browser,
}) => {
  test.setTimeout(240_000)
  const page = await pageOf(browser, 'platform1', '/slos')
  const table = page.getByRole('table', { name: 'SLOs' })
  const first = table.getByRole('row').nth(1)
  await expect(first).toContainText('Writes are accepted')
  await expect(first).toContainText('umbrella')
  await expect(first).toContainText('pages')
  await expect(page.getByText(/^Of 6 SLOs .*used up the budget/)).toBeVisible()
  await inspect(page, 'slos')

  await page.getByRole('combobox', { name: 'Every kind' }).selectOption('Latency')
  await expect(table.getByRole('link', { name: /^Writes are accepted/ })).toHaveCount(0)
  await page.getByRole('combobox', { name: 'Every kind' }).selectOption('')
  await page.getByRole('searchbox', { name: 'Tenant' }).fill('acme')
  await expect(table.getByRole('row').nth(1)).toContainText('acme')
  await expect(table.getByText('umbrella')).toHaveCount(0)
  await page.getByRole('searchbox', { name: 'Tenant' }).fill('')
  await expect(first).toContainText('umbrella')

  await first.getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Writes are accepted: umbrella')
  await expect(
    page.getByText(
      /^The budget of 30 days is overspent by [\d,]+ % of it\. In the last hour it burnt [\d.]+ times as fast/,
    ),
  ).toBeVisible()
  const alerts = page.getByRole('region', { name: 'Alerts' })
  await expect(alerts.getByText(/^A page fires for umbrella, since 1\d min ago/)).toBeVisible()
  await expect(alerts.getByRole('row', { name: /^Page above 14.4× in 1 h and 5 min .* fires$/ })).toBeVisible()
  await expect(alerts.getByText(/^By the rules’ own formula these fired in the last 30 days: page once/)).toBeVisible()
  await expect(
    page.getByRole('region', { name: 'Over time' }).getByText(/% of the events were bad in the last 30 days/),
  ).toBeVisible()

  const whatIf = page.getByRole('region', { name: 'What if' })
  await whatIf.getByRole('textbox', { name: 'Objective, %' }).fill('99,5')
  await expect(whatIf.getByText('Enter a number from 50 to 99.999')).toBeVisible()
  await whatIf.getByRole('textbox', { name: 'Objective, %' }).fill('50')
  await whatIf.getByRole('button', { name: 'Replay the last 30 days' }).click()
  await expect(whatIf.getByText(/This alert can never fire: 14.4 × 50 %/)).toBeVisible()
  for (const name of [/^Page above, × in 1 h/, /^Page above, × in 6 h/, /^Ticket above, × in 24 h/])
    await whatIf.getByRole('textbox', { name }).fill('')
  await whatIf.getByRole('button', { name: 'Replay the last 30 days' }).click()
  await expect(
    whatIf.getByText(/^At 50 %: nothing would have fired, 8\d % of the budget left\. With .* page once/),
  ).toBeVisible()

  await expect(page.getByRole('region', { name: 'Rules' }).getByText('record: "slo:events:step"')).toBeVisible()
  await page
    .getByRole('group', { name: 'Time range' })
    .or(page.getByRole('radiogroup', { name: 'Time range' }))
    .getByText('1 h')
    .click()
  await expect(page.getByRole('region', { name: 'Over time' }).getByText(/bad in the last hour/)).toBeVisible()
  await inspect(page, 'slo')
  await page.context().close()
})

test('a tenant’s people see their own budget, and a guest that of all together', async ({ browser }) => {
  test.setTimeout(120_000)
  const admin = await pageOf(browser, 'acmeAdmin', '/slos')
  const own = admin.getByRole('link', { name: /^Writes are accepted/ })
  await expect(own).toContainText('acme')
  await expect(admin.getByText('umbrella')).toHaveCount(0)
  await own.click()
  await expect(admin.getByRole('heading', { level: 1 })).toHaveText('Writes are accepted: acme')
  await expect(
    admin.getByText(/^100 % of the budget of 30 days is left\. Nothing was bad in the last hour\.$/),
  ).toBeVisible()
  await admin.goto(`/slos/ingest-success?group=${encodeURIComponent('[["tenant_id","umbrella"]]')}`)
  await expect(admin.getByText('No such group')).toBeVisible()
  await admin.context().close()

  const guest = await pageOf(browser, 'guest', '/slos')
  const together = guest.getByRole('link', { name: /^Writes are accepted/ })
  await expect(together).toContainText('all together')
  await together.click()
  await expect(guest.getByText(/You may see none of them, so this page has the events of all together/)).toBeVisible()
  await expect(guest.getByText(/umbrella|acme/)).toHaveCount(0)
  await inspect(guest, 'slo-guest')
  await guest.context().close()
})

test('while the metrics store is away, the pages show the definitions and say what is missing', async ({ browser }) => {
  test.setTimeout(180_000)
  const page = await pageOf(browser, 'guest', '/slos')
  await expect(page.getByRole('table', { name: 'SLOs' })).toBeVisible()
  await parts.freeze('prometheus')
  try {
    await page.goto('/slos/policy-propagation')
    await expect(
      page.getByText('New figures are missing: the metrics store does not answer right now.').first(),
    ).toBeVisible()
    await expect(page.getByText('99 % in 30 days')).toBeVisible()
    await expect(page.getByRole('region', { name: 'Rules' })).toBeVisible()
    await inspect(page, 'slo-away')
    await page.goto('/slos')
    await expect(page.getByRole('table', { name: 'SLOs' }).getByText('Writes are accepted')).toBeVisible()
    await inspect(page, 'slos-away')
  } finally {
    parts.thaw('prometheus')
  }
  await page.context().close()
})
