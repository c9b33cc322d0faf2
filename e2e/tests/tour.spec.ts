import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inSync } from '../src/fleet.ts'
import { screenshots } from '../src/platform.ts'
import { signIn } from '../src/portal.ts'
import { edit, enforcedByBoth, quotasPage } from '../src/quotaPage.ts'

/** Minutes that the shares test, which runs before, has filled with traffic over the limit. */
const minutes = 4

test('the chart of the last minutes shows what was used and refused, the limit and its changes', async ({
  page,
  platform,
}) => {
  await inSync(platform)
  await signIn(page, 'acmeAdmin', quotasPage)
  await edit(page, 8_000, 'Launch weekend in eu-central', 'Apply')
  await enforcedByBoth(page)
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
