import { expect, type Page } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { pageOf } from '../src/portal.ts'
import { writeSloEvents } from '../src/sloEvents.ts'

/** A group that nothing else of the platform writes, which had an outage in the last quarter of an hour. */
const hooli = `hooli-${process.pid}`
const ofHooli = `/slos/ingest-success?group=${encodeURIComponent(JSON.stringify([['tenant_id', hooli]]))}`

test.beforeAll(async () => {
  await writeSloEvents(50, (ago) => [
    { slo: 'ingest-success', labels: { tenant_id: hooli }, bad: ago < 15 ? 150 : 0, total: 1_000 },
  ])
})

/** A time as a field has it. */
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 16)
const left = (page: Page) => page.getByText(/of the budget of 30 days|^The budget of 30 days/).first()

test('a window is planned, approved by another person, drawn on the chart, and its time does not count', async ({
  browser,
}) => {
  const page = await pageOf(browser, 'platform1', ofHooli)
  await expect(left(page)).toHaveText(/^The budget of 30 days is overspent by/, { timeout: 60_000 })

  await page.getByRole('link', { name: 'Maintenance windows' }).first().click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Maintenance windows')
  await page.getByRole('button', { name: 'Plan a window' }).click()
  const drawer = page.getByRole('dialog', { name: 'Plan a window' })
  const preview = drawer.getByRole('region', { name: 'What it would exclude' })
  await drawer.getByRole('combobox', { name: 'SLO' }).selectOption('Writes are accepted')
  await drawer.getByRole('textbox', { name: 'tenant_id' }).fill(hooli)
  await drawer.getByLabel(/^From/).fill(inMinutes(-90))
  await expect(preview.getByText(/^It began more than 1 h ago, and budgets of that time are settled\./)).toBeVisible()
  await drawer.getByLabel(/^From/).fill(inMinutes(10))
  await expect(preview.getByText('It lies in the future, so nothing that was counted changes.')).toBeVisible()
  await drawer.getByLabel(/^From/).fill(inMinutes(-30))
  await expect(
    preview.getByText(/^Writes are accepted: [\d,]+ events, [\d,]+ of them bad, do not count any more\..* → 100 %\.$/),
  ).toBeVisible({ timeout: 30_000 })
  await drawer.getByRole('button', { name: 'Ask for approval' }).click()
  await expect(drawer.getByRole('textbox', { name: 'Reason' })).toHaveAttribute('aria-invalid', 'true')
  await drawer.getByRole('textbox', { name: 'Reason' }).fill('The storage is moved')
  await inspect(page, 'maintenance-plan')
  await drawer.getByRole('button', { name: 'Ask for approval' }).click()
  const request = drawer.getByRole('link', { name: 'Open the request' })
  await expect(request).toBeVisible()
  const path = (await request.getAttribute('href')) ?? ''
  await page.goto(path)
  await expect(page.getByText('You asked for this, so someone else must decide.')).toBeVisible()

  const approver = await pageOf(browser, 'platform2', path)
  await expect(approver.getByText(/of them bad, do not count any more\./)).toBeVisible()
  await inspect(approver, 'maintenance-request')
  await approver.getByRole('textbox', { name: 'Reason' }).fill('Agreed with the storage team')
  await approver.getByRole('button', { name: 'Approve', exact: true }).click()
  await expect(approver.getByText('What was asked for')).toBeVisible()
  await approver.context().close()

  await page.goto('/maintenance')
  const row = page.getByRole('table', { name: 'Windows now and coming' }).getByRole('row').filter({ hasText: hooli })
  await expect(row).toContainText('holds now')
  await expect(row).toContainText(/approved 3\d min after it began/)
  await inspect(page, 'maintenance')

  await page.goto(ofHooli)
  await expect(page.getByText(/^In maintenance until .*Alerts still fire\./)).toBeVisible({ timeout: 30_000 })
  await expect(left(page)).toHaveText(/^100 % of the budget of 30 days is left\./, { timeout: 60_000 })
  await page
    .getByRole('group', { name: 'Time range' })
    .or(page.getByRole('radiogroup', { name: 'Time range' }))
    .getByText('1 h')
    .click()
  const charts = page.getByRole('region', { name: 'Over time' })
  await expect(charts.locator('.recharts-reference-area:has([fill^="url(#"])')).toHaveCount(2)
  await expect(charts.getByText(/% of the events were bad in the last hour/)).toBeVisible()
  await expect(charts.getByText(/^Maintenance from .* does not count for the budget\./)).toBeVisible()
  await inspect(page, 'slo-maintenance')

  await page.goto('/maintenance')
  await row.getByRole('button', { name: /^End the window of/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Done sooner')
  await dialog.getByRole('button', { name: 'End the window' }).click()
  const past = page.getByRole('table', { name: 'Past windows' }).getByRole('row').filter({ hasText: hooli })
  await expect(past).toContainText('ended early')
  await expect(past).toContainText('Done sooner')
  await page.context().close()
})

test('a guest sees no window of a tenant, no reason, and can’t plan one', async ({ browser }) => {
  const guest = await pageOf(browser, 'guest', '/maintenance?new=1')
  await expect(guest.getByRole('heading', { level: 1 })).toHaveText('Maintenance windows')
  await expect(guest.getByText(/need the role platform admin/)).toBeVisible()
  await expect(guest.getByText('No window that you may see is over.')).toBeVisible()
  await expect(guest.getByRole('dialog')).toHaveCount(0)
  await expect(guest.getByText(hooli)).toHaveCount(0)
  await inspect(guest, 'maintenance-guest')
  await guest.context().close()
})
