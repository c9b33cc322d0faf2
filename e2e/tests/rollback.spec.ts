import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { fleetEnforces, inSync, propose, type Quota } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { because, pageOf } from '../src/portal.ts'

test('the fleet is rolled back to an earlier version after a preview, and every gateway enforces it', async ({
  browser,
  platform,
  acme,
}) => {
  const rate = 'ingest.samplesPerSecond'
  const now = async () => (await acme.query<Quota>('quota.current')).resolved[rate] as number
  const { gateways } = await inSync(platform)
  const name = `v${gateways[0]?.desiredVersion}`
  const before = await now()
  await propose(acme, { [rate]: before + 500 }, 'A number that does harm')
  const page = await pageOf(browser, 'platform1', '/gateways')
  await page.getByRole('table', { name: 'Policy versions' }).getByRole('button', { name, exact: true }).click()
  await page.getByRole('button', { name: `Roll the fleet back to ${name}…` }).click()
  const dialog = page.getByRole('dialog', { name: `Roll the fleet back to ${name}?` })
  const change = (from: number) =>
    dialog
      .getByRole('listitem')
      .filter({ hasText: `${from.toLocaleString('en')} → ${before.toLocaleString('en')} samples/s` })
  const button = `Roll 1 tenant back to ${name}`
  await expect(
    change(before + 500)
      .filter({ hasText: 'acme' })
      .first(),
  ).toBeVisible()
  await because(dialog, 'It refuses too much', button)
  await expect(dialog.getByText(`Type the version, ${name}.`)).toBeVisible()
  await inspect(page, 'roll-back')

  await propose(acme, { [rate]: before + 600 }, 'While the dialog is open')
  await dialog.getByRole('textbox', { name: `Type ${name} to confirm` }).fill(name)
  await dialog.getByRole('button', { name: button }).click()
  await expect(dialog.getByText(/Limits changed since this preview\. Nothing was rolled back/)).toBeVisible()
  await expect(change(before + 600).first()).toBeVisible()
  expect(await now()).toBe(before + 600)
  await dialog.getByRole('button', { name: button }).click()
  const done = page.getByRole('dialog', { name: `Rollback to ${name}` })
  await expect(done.getByText(`1 tenant rolled back to ${name}`)).toBeVisible()
  await expect(done.getByText(fleetEnforces)).toBeVisible({ timeout: 20_000 })
  await inspect(page, 'rolled-back')
  await done.getByRole('button', { name: 'Done' }).click()
  expect(await now()).toBe(before)
  await page.goto('/t/acme/quotas')
  const history = page.getByRole('table', { name: 'History' })
  await expect(history.getByText(`rolled back to policy version ${name.slice(1)}: It refuses too much`)).toBeVisible()
  await page.context().close()
})
