import { expect, type Page } from '@playwright/test'
import { fireAlert } from '../src/alerts.ts'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { pageOf, until } from '../src/portal.ts'

// A new platform has counted nothing until its first traffic and a step of 10 s, and the API keeps the days for 30 s.
test.beforeAll(async ({ platform }) => {
  type Days = { slos: { days: { state: string }[] | null }[] }
  await until(
    'a day is measured',
    () => platform.query<Days>('status.get'),
    ({ slos }) => slos.some(({ days }) => days?.some(({ state }) => state !== 'withoutData')),
    120_000,
  )
})

/** The SLOs are there, and no tenant's name is. */
async function showsStatus(page: Page) {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Status')
  await expect(page.getByRole('list', { name: 'SLOs' }).getByRole('heading', { level: 2 })).toHaveCount(6)
  await expect(page.getByText(/^\d+ days? of 90 (was|were) measured\. /).first()).toBeVisible()
  for (const tenant of ['acme', 'globex', 'initech']) expect(await page.content()).not.toContain(tenant)
}

test('a person without a role sees the status of all tenants together', async ({ browser }) => {
  const page = await pageOf(browser, 'guest')
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Status' }).click()
  await page.waitForURL('**/status')
  await showsStatus(page)
  await inspect(page, 'status')
  await page.getByRole('link', { name: 'Open the portal' }).click()
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible()
  await page.context().close()
})

test('a link shows the status without a sign-in until it is revoked, and no server sees it in a URL', async ({
  browser,
}) => {
  const name = 'e2e-status-link'
  const admin = await pageOf(browser, 'platform1', '/api-tokens')
  await admin.getByRole('button', { name: 'Create a link' }).click()
  const drawer = admin.getByRole('dialog')
  await expect(drawer.getByRole('checkbox', { name: 'See the status page' })).toBeChecked()
  await expect(drawer.getByRole('checkbox', { name: 'See names of tenants on the status page' })).not.toBeChecked()
  await drawer.getByRole('textbox', { name: 'Name' }).fill(name)
  await drawer.getByRole('button', { name: `Create the token ${name}` }).click()
  const link = await drawer.getByRole('figure', { name: 'Link' }).locator('pre').innerText()
  const token = new URL(link).hash.slice(1)
  expect(token).toMatch(/^tw_a_[A-Za-z0-9_-]{43}$/)
  await drawer.getByRole('button', { name: 'I have stored the token' }).click()

  const stranger = await (await browser.newContext()).newPage()
  const sent: string[] = []
  stranger.on('request', (request) => sent.push(request.url(), request.headers().referer ?? ''))
  await stranger.goto('/status')
  await expect(stranger.getByText('Sign in, or open a link')).toBeVisible()
  await inspect(stranger, 'status-without-link')
  await stranger.goto(link)
  await stranger.reload()
  await showsStatus(stranger)
  expect(sent.some((url) => url.includes('/api/status'))).toBe(true)
  // Playwright names a page with its fragment, which the browser does not send.
  const urls = sent.map((url) => url.split('#')[0])
  expect(urls.filter((url) => url?.includes(token))).toEqual([])
  expect((await stranger.request.get('/api/trpc/p/status.get')).status()).toBe(401)

  await admin.getByRole('button', { name: `Revoke ${name}` }).click()
  await drawer.getByRole('textbox').fill(name)
  await drawer.getByRole('button', { name: `Revoke ${name}` }).click()
  await expect(drawer).toBeHidden()
  await stranger.reload()
  await expect(stranger.getByText('This link does not work')).toBeVisible()
  await inspect(stranger, 'status-link-revoked')
  await stranger.context().close()
  await admin.context().close()
})

test('an incident is on the page while it is open and after that, and only some links name its tenant', async ({
  browser,
  platform,
}) => {
  const labels = { alertname: 'SloBurnTicket', slo: 'freshness', tenant: 'tickwatch', severity: 'ticket' }
  const end = await fireAlert(platform, {
    ...{ labels: { ...labels, tenant_id: 'acme' }, fingerprint: '00000000000e2e02' },
  })
  const { items } = await platform.query<{ items: { number: number }[] }>('incident.list', {
    ...{ slo: 'freshness', tenantId: 'acme', state: 'open' },
  })
  const [{ number } = { number: 0 }] = items
  await platform.mutate('incident.acknowledge', { number })
  const shown = (page: Page, region: string) =>
    page.getByRole('region', { name: region }).getByRole('listitem').filter({ hasText: '“Graphs are current”' }).first()

  const guest = await pageOf(browser, 'guest', '/status')
  await expect(shown(guest, 'Open incidents')).toContainText('Somebody works on it.')
  await showsStatus(guest)
  await inspect(guest, 'status-incident')
  const { token } = await platform.mutate<{ token: string }>('apiToken.create', {
    ...{ name: 'e2e-status-names', scopes: ['status:read', 'status:tenants'], expiresInDays: 1 },
  })
  const team = await (await browser.newContext()).newPage()
  await team.goto(`/status#${token}`)
  await expect(shown(team, 'Open incidents')).toContainText('It concerns acme.')

  await platform.mutate('incident.resolve', { number, reason: 'acme is fine again', evenIfFiring: true })
  await end()
  await guest.reload()
  await expect(shown(guest, 'Resolved incidents')).toContainText('was not as promised. That was resolved')
  await showsStatus(guest)
  for (const page of [guest, team]) await page.context().close()
})
