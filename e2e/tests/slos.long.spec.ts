import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { parts } from '../src/platform.ts'
import { pageOf } from '../src/portal.ts'

test('while the metrics store is away, the pages show the definitions and say what is missing', async ({ browser }) => {
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

    const admin = await pageOf(browser, 'platform1', '/slos/new')
    const total = admin.getByRole('textbox', { name: 'All events' })
    await total.pressSequentially(`metric_${process.pid}{c`)
    const notice = 'No names can be offered: the metrics store does not answer right now. Type them in full.'
    await expect(admin.getByText(notice)).toBeVisible({ timeout: 20_000 })
    await admin.keyboard.type('ode="2"}')
    await expect(total).toHaveText(`metric_${process.pid}{code="2"}`)
    await admin.context().close()
  } finally {
    parts.thaw('prometheus')
  }
  await page.context().close()
})

test('while the database hangs, the pages show the definitions that were read last, and say so', async ({
  browser,
}) => {
  const page = await pageOf(browser, 'platform1', '/slos')
  const table = page.getByRole('table', { name: 'SLOs' })
  await expect(table).toBeVisible()
  const notice = page.getByText(
    /^The control plane’s database does not answer\. The definitions are from .*, and you see what a person without a role sees\./,
  )
  const gateways = page.getByRole('link', { name: 'Gateways', exact: true })
  const inSeconds = { timeout: 20_000 }
  await parts.freeze('postgres')
  try {
    await page.goto('/slos')
    await expect(notice).toBeVisible(inSeconds)
    await expect(table.getByText('Writes are accepted')).toBeVisible()
    await expect(gateways).toHaveCount(0)
    await inspect(page, 'slos-database-hangs')
    await page.goto('/slos/policy-propagation')
    await expect(notice).toBeVisible(inSeconds)
    await expect(page.getByText('99 % in 30 days')).toBeVisible()
    await page.getByRole('link', { name: 'Overview', exact: true }).click()
    await expect(page.getByRole('heading', { name: 'The control plane’s database does not answer' })).toBeVisible(
      inSeconds,
    )
    await page.getByRole('main').getByRole('link', { name: 'SLOs' }).click()
    await expect(notice).toBeVisible(inSeconds)
    await page.goto('/status')
    await expect(page.getByRole('region', { name: 'Open incidents' })).toContainText(
      'Which incidents are open now is not known, because the control plane’s database does not answer.',
      inSeconds,
    )
    await page.goto('/slos')
    await expect(notice).toBeVisible(inSeconds)
  } finally {
    parts.thaw('postgres')
  }
  await expect(notice).toHaveCount(0, inSeconds)
  await expect(gateways).toBeVisible(inSeconds)
  await page.context().close()
})
