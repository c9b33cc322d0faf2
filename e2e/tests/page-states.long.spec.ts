import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inSync } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { pageOf, until } from '../src/portal.ts'

test('pages of a tenant without traffic say what they will show, and how to begin', async ({ browser, platform }) => {
  await inSync(platform)
  await platform.mutate('tenant.create', { id: 'hooli', name: 'Hooli Games', plan: 'studio' })
  const page = await pageOf(browser, 'platform1', '/t/hooli')
  await expect(page.getByText(/^Nothing arrives for hooli/)).toBeVisible()
  await inspect(page, 'tenant-overview-empty')
  await page.goto('/t/hooli/quotas')
  await expect(page.getByText(/^Nothing arrives for hooli/)).toBeVisible()
  await inspect(page, 'quotas-empty')
  await page.context().close()
})

test('a suspended tenant’s pages say that everything it sends is refused, and why', async ({ browser, platform }) => {
  await platform.mutate('tenant.suspend', { id: 'initech', reason: 'Certificates were leaked', confirm: 'initech' })
  try {
    const page = await pageOf(browser, 'platform1', '/t/initech')
    await expect(page.getByText(/^initech is suspended/)).toBeVisible()
    await expect(page.getByRole('region', { name: /^Refused/ }).getByText(/suspended/)).toBeVisible()
    await inspect(page, 'tenant-overview-suspended')
    await page.goto('/t/initech/quotas')
    await expect(
      page.getByText(/^initech is suspended: .* suspended it \d+ s ago: “Certificates were leaked”\./),
    ).toBeVisible()
    await inspect(page, 'quotas-suspended')
    await page.context().close()
  } finally {
    await platform.mutate('tenant.resume', { id: 'initech', reason: 'New certificates are out' })
  }
  await until(
    'initech writes again',
    () => platform.query<{ samplesPerSecond: number }>('tenant.get', { id: 'initech' }),
    ({ samplesPerSecond }) => samplesPerSecond > 0,
    60_000,
  )
})
