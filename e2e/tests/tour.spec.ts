import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inSync } from '../src/fleet.ts'
import { screenshots } from '../src/platform.ts'
import { signIn } from '../src/portal.ts'

/** Minutes that the shares test, which runs before, has filled with traffic over the limit. */
const minutes = 4

test('the chart of the last minutes shows what was used and refused, the limit and its changes', async ({
  page,
  platform,
}) => {
  await inSync(platform)
  await signIn(page, 'acmeAdmin', '/t/acme/quotas')
  await page.getByRole('button', { name: 'Edit samples per second' }).click()
  const drawer = page.getByRole('dialog', { name: 'Edit quota' })
  await drawer.getByRole('textbox', { name: 'Samples per second' }).fill('8000')
  await drawer.getByRole('textbox', { name: 'Reason' }).fill('Launch weekend in eu-central')
  await drawer.getByRole('button', { name: 'Apply 8,000 samples/s' }).click()
  await expect(page.getByText(/^Fleet enforces 2 of 2/).first()).toBeVisible({ timeout: 20_000 })
  const url = new URL(page.url())
  url.searchParams.set('from', String(Date.now() - minutes * 60_000))
  url.searchParams.set('to', String(Date.now()))
  await page.goto(url.href)
  await expect(page.getByText(/^Highest use/)).toBeVisible()
  await expect(page.getByText(/refused for/).first()).toBeVisible()
  await expect(page.locator('.recharts-surface').first()).toBeVisible()
  // The README's picture, copied to docs/quotas.png by hand when the page changes.
  await page.screenshot({ path: join(screenshots, 'raised-quota-wide-light.png') })
})
