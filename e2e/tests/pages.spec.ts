import { expect, type Page } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inSync } from '../src/fleet.ts'
import { axe, everyLook, inspect, picture, settled } from '../src/looks.ts'
import { type PersonKey, pageOf } from '../src/portal.ts'
import { enforcedByAll } from '../src/quotaPage.ts'

type Shown = { name: string; path: string; open?: (page: Page) => Promise<void> }

/** Every page, and its states that need a picture, by the person that sees them. */
const pages: [PersonKey, Shown[]][] = [
  [
    'acmeAdmin',
    [
      { name: 'tenant-overview', path: '/t/acme' },
      { name: 'quotas', path: '/t/acme/quotas' },
      {
        name: 'edit-quota',
        path: '/t/acme/quotas',
        open: async (page) => {
          await page.getByRole('button', { name: 'Edit samples per second' }).click()
          await page.getByRole('dialog', { name: 'Edit quota' }).waitFor()
        },
      },
      {
        name: 'edit-query-limit',
        path: '/t/acme/quotas?edit=query.rangeHoursMax',
        open: async (page) => {
          const drawer = page.getByRole('dialog', { name: 'Edit quota' })
          await drawer.getByRole('button', { name: 'Change another limit with it' }).click()
          const others = page.getByRole('dialog', { name: 'Change another limit' })
          await expect(others.getByRole('button', { name: 'Query timeout' })).toBeInViewport()
          await expect(drawer.getByRole('heading', { name: 'Edit quota' })).toBeInViewport()
        },
      },
      { name: 'readers', path: '/t/acme/readers' },
      {
        name: 'create-reader',
        path: '/t/acme/readers?new=1',
        open: (page) => page.getByRole('textbox', { name: 'Name' }).fill('report'),
      },
      { name: 'created-reader', path: '/t/acme/readers?new=1', open: createReader },
      {
        name: 'revoke-reader',
        path: '/t/acme/readers',
        open: async (page) => {
          await page.getByRole('button', { name: 'Revoke grafana', exact: true }).click()
          await page.getByRole('dialog').waitFor()
        },
      },
      {
        name: 'search',
        path: '/t/acme',
        open: async (page) => {
          await page.getByRole('button', { name: 'Search and commands' }).click()
          await page.getByRole('textbox', { name: 'Search and commands' }).fill('acme')
          await expect(page.getByRole('button', { name: /^Edit quota of Acme Games/ })).toBeVisible()
        },
      },
    ],
  ],
  [
    'acmeViewer',
    [
      { name: 'quotas-viewer', path: '/t/acme/quotas' },
      { name: 'readers-viewer', path: '/t/acme/readers' },
    ],
  ],
  [
    'globexAdmin',
    [
      { name: 'readers-empty', path: '/t/globex/readers' },
      { name: 'incidents-empty', path: '/t/globex/incidents?show=resolved' },
    ],
  ],
  [
    'platform1',
    [
      { name: 'overview', path: '/' },
      { name: 'approvals', path: '/approvals' },
      { name: 'gateways', path: '/gateways' },
      { name: 'policy-version', path: '/gateways', open: (page) => unfoldFirst(page, 'Policy versions') },
      {
        name: 'policy-version-contents',
        path: '/gateways',
        open: async (page) => {
          await unfoldFirst(page, 'Policy versions')
          await page.getByRole('button', { name: /^Show the contents of v/ }).click()
          await page.getByRole('textbox', { name: 'Any tenant, by its id' }).fill('acme')
          await page.getByRole('button', { name: 'Look up' }).click()
          await expect(page.getByText(/^acme is active in v\d+, with/)).toBeVisible()
        },
      },
      { name: 'gateway', path: '/gateways/gateway-1' },
      { name: 'tenants', path: '/tenants' },
      {
        name: 'tenant',
        path: '/tenants?tenant=acme',
        open: (page) => page.getByRole('dialog').getByRole('link', { name: 'Edit acme’s envelope' }).waitFor(),
      },
      {
        name: 'envelope',
        path: '/tenants/acme/envelope',
        open: (page) => page.getByRole('textbox', { name: 'Samples per second, maximum' }).fill('500k'),
      },
      { name: 'access', path: '/access' },
      {
        name: 'remove-role',
        path: '/access',
        open: async (page) => {
          await page
            .getByRole('button', { name: /^Remove/ })
            .first()
            .click()
          await expect(page.getByRole('textbox', { name: /to confirm$/ })).toBeVisible()
        },
      },
      { name: 'notifications', path: '/notifications' },
      {
        name: 'add-receiver',
        path: '/notifications?receiver=new',
        open: (page) => page.getByRole('textbox', { name: 'Integration key' }).fill('not a reference'),
      },
      {
        name: 'change-route',
        path: '/notifications?route=Incidents',
        open: (page) => page.getByRole('heading', { name: 'What this will do' }).waitFor(),
      },
      { name: 'api-tokens', path: '/api-tokens' },
      { name: 'images', path: '/images' },
      {
        name: 'image',
        path: '/images',
        open: async (page) => {
          await page.getByRole('table', { name: 'Images' }).locator('[data-row-control]').last().click()
          await expect(page.getByRole('list', { name: 'Checks' })).toBeVisible()
        },
      },
      { name: 'audit', path: '/audit' },
      { name: 'audit-event', path: '/audit', open: (page) => unfoldFirst(page, 'Audit events') },
      { name: 'not-found', path: '/t/nobody/quotas' },
    ],
  ],
  [
    'auditor',
    [
      { name: 'approvals-auditor', path: '/approvals' },
      { name: 'maintenance-auditor', path: '/maintenance' },
    ],
  ],
  [
    'guest',
    [
      { name: 'guest', path: '/' },
      { name: 'guest-approvals', path: '/approvals' },
    ],
  ],
]

const unfoldFirst = (page: Page, table: string) =>
  page.getByRole('table', { name: table }).locator('[data-row-control]').first().click()

type ReaderList = { items: { id: string; name: string }[] }

/** Creates a token of acme in each state that a page shows. */
test.beforeAll(async ({ acme }) => {
  const create = (name: string, expiresInDays: number) =>
    acme.mutate<{ reader: { id: string } }>('reader.create', { name, expiresInDays })
  await create('grafana', 90)
  await create('on-call-report', 7)
  const { reader } = await create('grafana-old', 90)
  await acme.mutate('reader.revoke', { id: reader.id, confirm: 'grafana-old' })
})
test.afterAll(async ({ acme }) => {
  const { items } = await acme.query<ReaderList>('reader.list')
  for (const { id, name } of items) await acme.mutate('reader.revoke', { id, confirm: name })
})

async function createReader(page: Page) {
  await page.getByRole('textbox', { name: 'Name' }).fill(`seen-${Date.now()}`)
  await page.getByRole('button', { name: /^Create the token/ }).click()
  await enforcedByAll(page.getByRole('dialog'))
}

test('the sign-in pages have no accessibility violations', async ({ page }) => {
  await page.goto('/signin')
  expect(await axe(page)).toEqual([])
  await picture(page, 'signin', 'wide-light')
  await page.getByRole('button', { name: /sign in/i }).click()
  await page.getByLabel('Email').waitFor()
  expect(await axe(page)).toEqual([])
})

for (const [person, shown] of pages) {
  test(`the pages of ${person} have no accessibility violations, wide and narrow, light and dark`, async ({
    browser,
    platform,
  }) => {
    test.setTimeout(300_000)
    await inSync(platform)
    const page = await pageOf(browser, person, '/')
    // `npm run test:long` also opens what a page opens.
    for (const { name, path, open } of everyLook ? shown : shown.filter(({ open }) => !open)) {
      await page.goto(path)
      await settled(page)
      await open?.(page)
      await inspect(page, name)
    }
    await page.context().close()
  })
}
