import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { backToNormal, inSync } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { parts } from '../src/platform.ts'
import { pageOf, until } from '../src/portal.ts'
import { draft, enforcedByAll, quotasPage } from '../src/quotaPage.ts'

test('without the API pages keep their last values with their age, new pages say what failed, and all recover', async ({
  browser,
  platform,
  acme,
}) => {
  test.setTimeout(360_000)
  await inSync(platform)
  const fleet = await pageOf(browser, 'platform1', '/gateways')
  const overview = await pageOf(browser, 'platform1')
  const quotas = await pageOf(browser, 'acmeAdmin', quotasPage)
  await expect(quotas.getByRole('meter').first()).toBeVisible()
  // What was never loaded can't be shown with its age.
  await expect(quotas.locator('.recharts-surface').first()).toBeVisible()
  await expect(fleet.getByRole('table', { name: 'Gateways' })).toBeVisible()
  const sentences = overview.getByRole('list', { name: 'State of the platform' })
  await expect(sentences.getByText(/^All \d+ gateways enforce/)).toBeVisible()
  await parts.kill('api', 'SIGKILL')
  try {
    await expect(fleet.getByText(/^Updates of the fleet stopped; these values are from/)).toBeVisible({
      timeout: 30_000,
    })
    await inspect(fleet, 'gateways-stale')
    await expect(quotas.getByText(/^Updates of the use of acme stopped; these values are from/)).toBeVisible({
      timeout: 30_000,
    })
    await expect(quotas.getByText(/^Updates of past use stopped; these values are from/)).toBeVisible({
      timeout: 45_000,
    })
    await expect(quotas.getByText('Could not load past use')).toHaveCount(0)
    await inspect(quotas, 'quotas-stale')
    await expect(sentences.getByText(/^All \d+ gateways enforce .* Last updated .* ago\.$/)).toBeVisible()
    await inspect(overview, 'overview-stale')

    // The change fails, and what was typed stays.
    const drawer = await draft(quotas, 2_100, 'While the API is gone')
    await drawer.getByRole('button', { name: 'Apply 2,100 samples/s' }).click()
    await expect(drawer.getByRole('alert')).toBeVisible()
    await inspect(quotas, 'edit-quota-error')

    // Inside the portal the frame stays, and the part that failed says so.
    await overview.getByRole('link', { name: 'Tenants' }).first().click()
    await expect(overview.getByText('Could not load tenants')).toBeVisible({ timeout: 30_000 })
    await expect(overview.getByRole('button', { name: /request id/ }).first()).toBeVisible()
    await inspect(overview, 'tenants-error')

    await fleet.reload()
    await expect(fleet.getByRole('heading', { name: 'The portal can’t reach its API' })).toBeVisible()
    await expect(fleet.getByText(/^Request [0-9a-f-]{36}$/)).toBeVisible()
    await inspect(fleet, 'unreachable')
  } finally {
    await parts.start('api')
  }
  await quotas
    .getByRole('dialog', { name: 'Edit quota' })
    .getByRole('button', { name: 'Apply 2,100 samples/s' })
    .click()
  await enforcedByAll(quotas)
  await expect(quotas.getByText(/^Updates of/)).toHaveCount(0)
  await backToNormal(acme)
  await expect(overview.getByRole('table', { name: 'Tenants' })).toBeVisible({ timeout: 30_000 })
  await fleet.getByRole('button', { name: 'Try again' }).click()
  await expect(fleet.getByRole('heading', { name: 'Gateways' })).toBeVisible()
  await until(
    'all is well',
    async () => fleet.getByText(/^Updates of/).count(),
    (count) => count === 0,
  )
  for (const page of [fleet, overview, quotas]) await page.context().close()
})
