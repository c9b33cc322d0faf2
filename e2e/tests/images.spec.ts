import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { registerImage } from '../src/images.ts'
import { inspect } from '../src/looks.ts'
import { pageOf } from '../src/portal.ts'

const name = `e2e-${process.pid}`

test('the platform starts with two images, and says which may roll out and why the other may not', async ({
  browser,
}) => {
  const page = await pageOf(browser, 'auditor', '/images')
  const rows = page.getByRole('table', { name: 'Images' }).getByRole('row')
  const ready = rows.filter({ hasText: 'gateway 0.2.0' })
  await expect(ready).toContainText('may roll out')
  await expect(ready).toContainText('1 low')
  const refused = rows.filter({ hasText: 'gateway 0.1.0' })
  await expect(refused).toContainText('EXAMPLE-2026-0001 of openssl-libs is high.')
  await inspect(page, 'images')
  await ready.getByRole('link', { name: 'gateway 0.2.0' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('gateway 0.2.0')
  const checks = page.getByRole('list', { name: 'Checks' })
  await expect(checks.getByText(/: passed$/)).toHaveCount(8)
  await expect(checks).toContainText('The key local-images signed the attestation')

  await page.getByRole('combobox', { name: 'From version' }).selectOption('0.1.0')
  await expect(page.getByRole('table', { name: 'Packages that differ' })).toContainText('3.0.7 → 3.0.8')
  await expect(page.getByRole('table', { name: 'Vulnerabilities that differ' })).toContainText('gone')
  await expect(page.getByRole('table', { name: 'Values of the manifest that differ' })).toContainText('65536 → 262144')
  await page.getByRole('searchbox', { name: 'Search packages' }).fill('zlib')
  await expect(page.getByText('1 package.', { exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: /^Allow/ })).toHaveCount(0)
  await inspect(page, 'image-compared')

  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the SBOM for x86_64' }).click(),
  ])
  expect(file.suggestedFilename()).toBe('gateway-0.2.0-x86_64-sbom.json')
  expect(await readFile(await file.path(), 'utf8')).toContain('"bomFormat":"CycloneDX"')
  await page.context().close()
})

test('a platform admin allows a vulnerability for a time, the image may roll out, and not once the exception ends', async ({
  browser,
  platform,
}) => {
  const vulnerabilities = [
    { id: 'EXAMPLE-2026-0009', severity: 'Critical', package: 'zlib', version: '1.2.11', fixedIn: ['1.3.1'] },
  ]
  const { id, ready } = await registerImage(platform, { name, version: '1.0.0' }, { vulnerabilities })
  expect(ready).toBe(false)
  const page = await pageOf(browser, 'platform1', `/images/${id}`)
  await expect(page.getByText('It may not roll out.')).toBeVisible()
  await expect(page.getByText('Update zlib to 1.3.1. Or let a platform admin make an exception.')).toBeVisible()
  await page.getByRole('button', { name: 'Allow EXAMPLE-2026-0009 of zlib' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Allow it for 14 days' }).click()
  await expect(dialog.getByRole('textbox', { name: 'Reason' })).toHaveAttribute('aria-invalid', 'true')
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Nothing in it reads zlib streams from outside')
  await inspect(page, 'image-allow')
  await dialog.getByRole('button', { name: 'Allow it for 14 days' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(page.getByText('It may roll out.')).toBeVisible()
  const exceptions = page.getByRole('table', { name: 'Exceptions' })
  await expect(exceptions).toContainText('Nothing in it reads zlib streams from outside')
  await inspect(page, 'image-excepted')

  await exceptions.getByRole('button', { name: /^End the exception for EXAMPLE-2026-0009/ }).click()
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('A fixed build is there')
  await dialog.getByRole('button', { name: 'End the exception' }).click()
  await expect(page.getByText('It may not roll out.')).toBeVisible()
  await expect(exceptions).toContainText('ended')
  await page.context().close()
})

test('a person of a tenant may not see images, and an id of none is not found', async ({ browser }) => {
  const tenant = await pageOf(browser, 'acmeAdmin', '/images')
  await expect(tenant.getByText('You may not see golden images')).toBeVisible()
  await tenant.context().close()
  const page = await pageOf(browser, 'auditor', '/images/nothing')
  await expect(page.getByText('No such image')).toBeVisible()
  await page.context().close()
})
