import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { pageOf, until } from '../src/portal.ts'
import { typeWithCompletion } from '../src/promqlField.ts'

// The preview and the names that the form offers need series of writes, which a new platform has after its first traffic.
test.beforeAll(async ({ platform }) => {
  type Counted = { slos: { sloId: string; figures: { total: number } | null }[] }
  await until(
    'the rules have counted writes',
    () => platform.query<Counted>('sloReads.list', { tenantId: null }),
    ({ slos }) => slos.some(({ sloId, figures }) => sloId === 'ingest-success' && (figures?.total ?? 0) > 0),
    120_000,
  )
})

test('an admin makes an SLO with a preview, exports it, and a weaker one waits for another person', async ({
  browser,
}) => {
  const page = await pageOf(browser, 'platform1', '/slos')
  const other = await pageOf(browser, 'guest', '/slos')
  await expect(other.getByRole('link', { name: /^Writes are accepted/ })).toBeVisible()
  await expect(page.getByText(/^AMP has \d+ of the 2,000 rules that the workspace may have/)).toBeVisible()
  await page.getByRole('link', { name: 'New SLO' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('New SLO')

  await page.getByRole('button', { name: 'Create the SLO' }).click()
  await expect(page.getByRole('textbox', { name: 'Id', exact: true })).toHaveAttribute('aria-invalid', 'true')
  await page.getByRole('combobox', { name: 'Begin with' }).selectOption('ingest-success')
  await page.getByRole('textbox', { name: 'Id', exact: true }).fill('writes-of-all')
  await page.getByRole('textbox', { name: 'Title' }).fill('Writes of all tenants are accepted')
  await page.getByRole('textbox', { name: 'Owner' }).fill('edge')
  const total = page.getByRole('textbox', { name: 'All events' })
  await total.fill('tickwatch_ingest_request_total')
  const preview = page.getByRole('region', { name: 'Preview' })
  await expect(preview.getByText(/^This matched no series of the platform in the last hour/)).toBeVisible()
  await expect(total).toHaveAttribute('aria-invalid', 'true')
  await page.getByRole('textbox', { name: 'Reason' }).fill('One promise for all')
  await page.getByRole('button', { name: 'Create writes-of-all' }).click()
  const again = page.getByRole('alert').filter({ hasText: 'Look at this SLO again' })
  await expect(again.getByText(/^This matched no series of the platform in the last hour/)).toBeVisible()
  await expect(again.getByRole('button', { name: 'Create writes-of-all anyway' })).toBeVisible()
  await inspect(page, 'slo-second-look')
  await again.getByRole('button', { name: 'Change it' }).click()
  await typeWithCompletion(total)
  await expect(total).toHaveText('tickwatch_ingest_requests_total{code!~"429|529"}')
  await expect(preview.getByText(/events (was|were) bad in the last .* may be\. /)).toBeVisible()
  await page.getByRole('textbox', { name: 'Good events, %' }).fill('80')
  await expect(page.getByText(/This alert can never fire: 14.4 × 20 %/)).toBeVisible({ timeout: 60_000 })
  await page.getByRole('textbox', { name: 'Good events, %' }).fill('99.5')
  await expect(page.getByText(/This alert can never fire/)).toHaveCount(0)
  await expect(page.getByText(/^With it AMP has \d+ of the 2,000 rules/)).toBeVisible()
  await inspect(page, 'slo-new')
  await page.getByRole('button', { name: 'Create writes-of-all' }).click()
  await page.waitForURL('**/slos/writes-of-all')
  // A page that is open shows it at once: it asks by itself every 15 s only.
  await expect(other.getByRole('link', { name: /^Writes of all tenants are accepted/ })).toBeVisible({ timeout: 8_000 })
  await other.getByRole('combobox', { name: 'Every owner' }).selectOption('edge')
  await expect(other.getByRole('link', { name: /^Writes are accepted/ })).toHaveCount(0)
  await expect(other.getByRole('link', { name: /^Writes of all tenants are accepted/ })).toBeVisible()
  await other.context().close()
  const rules = page.getByRole('region', { name: 'Rules' })
  await expect(rules.getByText('AMP evaluates these rules.')).toBeVisible({ timeout: 30_000 })

  const download = page.waitForEvent('download')
  await rules.getByRole('button', { name: 'Download as OpenSLO' }).click()
  const yaml = await readFile(await (await download).path(), 'utf8')
  expect(yaml).toContain('target: 0.995')

  await page.getByRole('link', { name: 'Edit', exact: true }).click()
  await page.waitForURL('**/slos/writes-of-all/edit')
  const file = page.getByRole('textbox', { name: 'OpenSLO v1, YAML' })
  await file.fill(yaml.replace('target: 0.995', 'target: 2'))
  await page.getByRole('button', { name: 'Read it into the form' }).click()
  await expect(page.getByText(/^Line \d+, spec\.objectives\[0\]\.target: /)).toBeVisible()
  await file.fill(yaml.replace('target: 0.995', 'target: 0.99'))
  await page.getByRole('button', { name: 'Read it into the form' }).click()
  await expect(page.getByRole('textbox', { name: 'Good events, %' })).toHaveValue('99')
  await expect(page.getByText('The objective falls from 99.5 % to 99 %.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Reason', exact: true }).fill('The edge promises less')
  await inspect(page, 'slo-edit')
  await page.getByRole('button', { name: 'Ask for approval of version 2' }).click()
  const request = page.getByRole('link', { name: 'Open the request' })
  await expect(request).toBeVisible()

  const approver = await pageOf(browser, 'platform2', (await request.getAttribute('href')) ?? '')
  await expect(approver.getByText('The objective falls from 99.5 % to 99 %.').first()).toBeVisible()
  await approver.getByRole('textbox', { name: 'Reason' }).fill('Agreed with the edge')
  await approver.getByRole('button', { name: /^Approve/ }).click()
  await expect(approver.getByText('What became weaker')).toBeVisible()
  await approver.context().close()
  await page.goto('/slos/writes-of-all')
  await expect(page.getByText('99 % in 30 days')).toBeVisible()
  await page.context().close()
})

test('only the platform’s admins open the form', async ({ browser }) => {
  const guest = await pageOf(browser, 'guest', '/slos/freshness')
  await expect(guest.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(guest.getByRole('link', { name: 'Edit', exact: true })).toHaveCount(0)
  await guest.goto('/slos/freshness/edit')
  await expect(guest.getByText('You may not see the form for SLOs')).toBeVisible()
  await guest.context().close()
})
