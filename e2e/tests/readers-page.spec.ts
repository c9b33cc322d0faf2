import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inSync } from '../src/fleet.ts'
import { platformState } from '../src/platform.ts'
import { caller, pageOf, signIn, signInByHand, until } from '../src/portal.ts'
import { enforcedByAll } from '../src/quotaPage.ts'

const readersPage = '/t/acme/readers'
const name = 'e2e-dashboard'

/** How many gateways have the token's hash in the policy on their disk, from which they boot. */
async function gatewaysThatKnow(token: string): Promise<number> {
  const sha256 = createHash('sha256').update(token).digest('hex')
  const { stateDir, addresses } = platformState()
  const policies = await Promise.all(
    addresses.gateways.map(({ id }) => readFile(join(stateDir, 'gateways', id, 'policy.json'), 'utf8')),
  )
  const bundles = policies.map((policy) => {
    const { gzipBase64 } = JSON.parse(policy) as { gzipBase64: string }
    return gunzipSync(Buffer.from(gzipBase64, 'base64')).toString()
  })
  return bundles.filter((bundle) => bundle.includes(sha256)).length
}

test('a token is created, shown once, enforced by every gateway, and revoked', async ({ page, acme, platform }) => {
  await inSync(platform)
  await signInByHand(page, 'acmeAdmin', readersPage)
  await page.getByRole('button', { name: 'Create a token' }).first().click()
  const drawer = page.getByRole('dialog')
  await drawer.getByRole('button', { name: 'Create the token' }).click()
  await expect(drawer.getByText(/letters, digits, dots, dashes and underscores/)).toBeVisible()
  await drawer.getByRole('textbox', { name: 'Name' }).fill(name)
  await drawer.getByText('7 d', { exact: true }).click()
  await expect(drawer.getByText(/can query every metric of acme, and nothing else/)).toBeVisible()
  await drawer.getByRole('button', { name: `Create the token ${name}` }).click()

  const shown = drawer.getByRole('figure', { name: 'Token' }).locator('pre')
  const token = await shown.innerText()
  expect(token).toMatch(/^tw_r_[A-Za-z0-9_-]{43}$/)
  const readers = `https://localhost:${9444 + platformState().portOffset}`
  await expect(drawer.getByText(`'Authorization: Bearer ${token}' '${readers}/api/v1/query`)).toBeVisible()
  await expect(drawer.getByText(`httpHeaderValue1: Bearer ${token}`)).toBeVisible()
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await drawer.getByRole('button', { name: 'Copy: Token' }).click()
  await expect(drawer.getByText('Copied')).toBeVisible()
  expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(token)
  await enforcedByAll(drawer)
  expect(await gatewaysThatKnow(token)).toBe(platformState().addresses.gateways.length)

  // The command works as it is copied, and its use is shown.
  const command = await drawer
    .getByRole('figure', { name: /^Try it/ })
    .locator('pre')
    .innerText()
  const { stdout } = await promisify(execFile)('sh', ['-c', command])
  expect(JSON.parse(stdout)).toMatchObject({ status: 'success' })
  await until(
    'the use of the token is stored',
    () => acme.query<{ items: { name: string; lastUsedAt: string | null }[] }>('reader.list'),
    ({ items }) => items.some((reader) => reader.name === name && reader.lastUsedAt !== null),
  )

  // A slip of the finger must not close the only view of the token.
  await page.keyboard.press('Escape')
  await expect(shown).toBeVisible()
  await drawer.getByRole('button', { name: 'I have stored the token' }).click()
  await expect(drawer).toBeHidden()
  await expect(page.getByRole('heading', { name: `${name} is created` })).toBeVisible()
  const row = page.getByRole('row', { name: new RegExp(name) })
  await expect(row.getByText('expires soon')).toBeVisible()
  await expect(row.getByText(/^v\d+, enforced in /)).toBeVisible()
  await page.reload()
  await expect(row.locator('[data-label="Last used"]')).toHaveText(/^\d+ s ago$/)
  expect((await page.content()).includes(token)).toBe(false)

  await row.getByRole('button', { name: `Revoke ${name}` }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox').fill('e2e')
  await dialog.getByRole('button', { name: `Revoke ${name}` }).click()
  await expect(dialog.getByText(`Type the token’s name, ${name}.`)).toBeVisible()
  await dialog.getByRole('textbox').fill(name)
  await dialog.getByRole('button', { name: `Revoke ${name}` }).click()
  await expect(page.getByRole('heading', { name: `${name} is revoked` })).toBeVisible()
  await enforcedByAll(page)
  expect(await gatewaysThatKnow(token)).toBe(0)
  const ended = page.getByRole('table', { name: 'Revoked and expired tokens' })
  await expect(ended.getByRole('row', { name: new RegExp(name) }).first()).toBeVisible()
})

test('when one token is revoked, another one stays valid', async ({ acme, platform }) => {
  type Created = { reader: { id: string }; token: string }
  const create = (of: string) => acme.mutate<Created>('reader.create', { name: of, expiresInDays: 1 })
  const [kept, gone] = [await create('e2e-kept'), await create('e2e-gone')]
  const known = (token: string, count: number) =>
    until(
      `${count} gateways know a token`,
      () => gatewaysThatKnow(token),
      (knowing) => knowing === count,
    )
  const everyGateway = platformState().addresses.gateways.length
  await known(gone.token, everyGateway)
  await acme.mutate('reader.revoke', { id: gone.reader.id, confirm: 'e2e-gone' })
  await known(gone.token, 0)
  expect(await gatewaysThatKnow(kept.token)).toBe(everyGateway)
  await acme.mutate('reader.revoke', { id: kept.reader.id, confirm: 'e2e-kept' })
  await known(kept.token, 0)
  await inSync(platform)
})

test('a viewer sees the tokens, can’t create or revoke any, and reads why', async ({ page, acme }) => {
  const { reader } = await acme.mutate<{ reader: { id: string } }>('reader.create', {
    name: 'e2e-seen',
    expiresInDays: 1,
  })
  await signIn(page, 'acmeViewer', readersPage)
  await expect(page.getByRole('row', { name: /e2e-seen/ }).getByText('not used since it was made')).toBeVisible()
  await expect(page.getByText('you need the role tenant admin of acme')).toBeVisible()
  await expect(page.getByRole('button', { name: /^(Create a token|Revoke)/ })).toHaveCount(0)
  await page.goto(`${readersPage}?new=1`)
  await expect(page.getByRole('row', { name: /e2e-seen/ })).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  const viewer = caller(page.context().request, { tenant: 'acme' })
  await expect(viewer.mutate('reader.create', { name: 'e2e-forged', expiresInDays: 1 })).rejects.toThrow(
    'You need the role',
  )
  await expect(viewer.mutate('reader.revoke', { id: reader.id, confirm: 'e2e-seen' })).rejects.toThrow(
    'You need the role',
  )
  await acme.mutate('reader.revoke', { id: reader.id, confirm: 'e2e-seen' })
})

test("another tenant's readers are not found", async ({ browser }) => {
  const page = await pageOf(browser, 'globexAdmin', '/t/globex/readers')
  await page.goto(readersPage)
  await expect(page.getByText(/not found|no such/i).first()).toBeVisible()
  const stranger = caller(page.context().request, { tenant: 'acme' })
  await expect(stranger.query('reader.list')).rejects.toThrow('There is no such tenant')
  await page.context().close()
})
