import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { openSession, pageOf, people, signIn } from '../src/portal.ts'
import { draft, quotasPage } from '../src/quotaPage.ts'

test('an edit that meets an ended session is not applied, says so, and is there again after the sign-in', async ({
  browser,
}) => {
  const page = await pageOf(browser, 'acmeAdmin', quotasPage)
  const drawer = await draft(page, 2_345, 'Written before the session ended')
  // The edit itself is the first that meets the ended session.
  await page.route('**/quota.propose*', async (route) => {
    await page.context().clearCookies()
    const { cookie: _, ...headers } = route.request().headers()
    await route.continue({ headers })
  })
  await drawer.getByRole('button', { name: 'Apply 2,345 samples/s' }).click()
  await page.waitForURL(/\/signin\?/)
  await expect(page.getByText(/^Your session has ended, so your change was not applied\./)).toBeVisible()
  await inspect(page, 'signin-ended')

  await openSession(page.context(), 'acmeAdmin')
  await page.goto(new URL(page.url()).searchParams.get('callbackUrl') ?? '')
  await expect(drawer.getByRole('textbox', { name: 'Samples per second' })).toHaveValue('2345')
  await expect(drawer.getByRole('textbox', { name: 'Reason' })).toHaveValue('Written before the session ended')
  await page.context().close()
})

test('a person whose platform role is removed sees on the open page which role it needs', async ({
  browser,
  platform,
}) => {
  const role = { role: 'platform-approver', tenantId: null, subjectKind: 'person', subject: people.guest }
  const grant = await platform.mutate<{ id: string }>('access.addGrant', role)
  const page = await pageOf(browser, 'guest', '/gateways')
  await expect(page.getByRole('table', { name: 'Gateways' })).toBeVisible()
  await platform.mutate('access.removeGrant', { id: grant.id })
  await expect(page.getByText(/^You need the role/)).toBeVisible({ timeout: 20_000 })
  await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0)
  await page.context().close()
})

test('ages follow the API’s clock, whatever the clock of the browser shows', async ({ browser }) => {
  const context = await browser.newContext()
  await context.addInitScript(() => {
    const slowMs = 300_000
    const Real = Date
    const now = () => Real.now() - slowMs
    globalThis.Date = new Proxy(Real, {
      construct: (_target, [time]: (number | string)[]) => new Real(time ?? now()),
      get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
    })
  })
  const page = await context.newPage()
  await signIn(page, 'platform1', '/gateways')
  const heartbeats = page.getByRole('table', { name: 'Gateways' }).locator('time')
  await expect(heartbeats.first()).toHaveText(/^\d+ s ago$/)
  await expect(page.getByText(/^in \d+ min$/)).toHaveCount(0)
  await context.close()
})

test('a person whose role is removed in mid-edit reads that, and that the edit was not applied', async ({
  browser,
  platform,
}) => {
  const role = { role: 'tenant-admin', tenantId: 'acme', subjectKind: 'person', subject: people.guest }
  const grant = await platform.mutate<{ id: string }>('access.addGrant', role)
  const page = await pageOf(browser, 'guest', quotasPage)
  const drawer = await draft(page, 2_345, 'Written before the role was removed')
  // The edit itself is the first that meets the missing role.
  await page.route('**/quota.propose*', async (route) => {
    await platform.mutate('access.removeGrant', { id: grant.id })
    await route.continue()
  })
  await drawer.getByRole('button', { name: 'Apply 2,345 samples/s' }).click()
  await expect(page.getByRole('heading', { name: 'You no longer have a role for acme' })).toBeVisible()
  await expect(page.getByText('There is no such tenant')).toHaveCount(0)
  await expect(drawer).toHaveCount(0)
  await inspect(page, 'role-removed')
  await page.getByRole('button', { name: 'Go to the overview' }).click()
  await expect(page.getByText('This page shows whether the graphs are current.')).toBeVisible()
  await page.context().close()
})
