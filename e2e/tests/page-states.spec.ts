import { verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { enforced, propose } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { platformState } from '../src/platform.ts'
import { pageOf } from '../src/portal.ts'

test('a person who may not see a page reads which role it needs, and who has that role', async ({ browser }) => {
  const page = await pageOf(browser, 'acmeAdmin', '/gateways')
  await expect(page.getByText('You may not see the fleet')).toBeVisible()
  await expect(
    page.getByText(
      /^You need the role .*\. Held by group auditors, group platform-admins and group platform-approvers\. /,
    ),
  ).toBeVisible()
  await inspect(page, 'no-permission')
  await page.context().close()
})

test('the platform sees a gateway’s traffic over time, what a version holds, and its signed bytes', async ({
  browser,
  acme,
}) => {
  const revision = await propose(acme, { 'series.activeMax': 20_500 }, 'To be found in its version')
  const { version } = await enforced(acme, revision)
  const page = await pageOf(browser, 'platform1', '/gateways')
  const traffic = page.getByRole('region', { name: 'Traffic' })
  // Of a gateway that has just started nothing is measured yet. The page asks again every 30 s.
  const measured = { timeout: 60_000 }
  await expect(traffic.getByText(/^Most accepted in the last hour.*: [\d.]+ k? ?samples\/s; /)).toBeVisible(measured)
  await expect(traffic.getByText('accepted', { exact: true })).toBeVisible()

  const versions = page.getByRole('table', { name: 'Policy versions' })
  await versions.getByRole('button', { name: `v${version}` }).click()
  await page.getByRole('button', { name: `Show the contents of v${version}` }).click()
  const held = page.getByRole('region', { name: `acme in v${version}` })
  await expect(held.getByText('20,500 series')).toBeVisible()
  await page.getByRole('textbox', { name: 'Any tenant, by its id' }).fill('nobody')
  await page.getByRole('button', { name: 'Look up' }).click()
  await expect(page.getByText(`nobody is not in v${version}`)).toBeVisible()

  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the signed bundle' }).click(),
  ])
  expect(file.suggestedFilename()).toBe(`tickwatch-policy-v${version}.json`)
  const command = await page
    .getByRole('figure', { name: /^Check its signature/ })
    .locator('pre')
    .innerText()
  const signature = Buffer.from(/echo '(.*)'/.exec(command)?.[1] ?? '', 'base64')
  const bundle = await readFile(await file.path())
  const publicKey = readFileSync(platformState().pki.policyPublicKeys)
  expect(verify('sha256', bundle, publicKey, signature)).toBe(true)

  await page.goto('/gateways/gateway-2')
  await expect(traffic.getByText(/^Most accepted in the last hour/)).toBeVisible(measured)
  const marker = traffic.getByRole('button', { name: new RegExp(`policy v${version} applied`) })
  await expect(marker).toBeVisible({ timeout: 30_000 })
  await traffic.getByRole('button', { name: 'Show as table' }).click()
  await expect(traffic.getByRole('columnheader', { name: 'Accepted, samples/s' })).toBeVisible()
  await page.context().close()
})
