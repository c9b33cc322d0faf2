import { expect, type Page } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { backToNormal, inSync, propose } from '../src/fleet.ts'
import { axe, settled } from '../src/looks.ts'
import { pageOf, signIn, until } from '../src/portal.ts'
import { enforcedByAll } from '../src/quotaPage.ts'
import { producerOf } from '../src/traffic.ts'

const quotasPage = '/t/acme/quotas'
const editor = (page: Page) => page.getByRole('dialog', { name: 'Edit quota' })
const samplesField = (page: Page) => editor(page).getByRole('textbox', { name: 'Samples per second' })

test('with the keyboard only: search opens the editor, Escape keeps the draft, Enter applies it', async ({
  page,
  platform,
  acme,
}) => {
  await inSync(platform)
  await signIn(page, 'acmeAdmin', '/t/acme')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.locator('#content')).toBeFocused()

  await page.keyboard.press('Control+K')
  await page.getByRole('textbox', { name: 'Search and commands' }).fill('burst')
  await expect(page.getByRole('button', { name: /^Edit burst of Acme Games/ })).toBeVisible()
  await page.getByRole('textbox', { name: 'Search and commands' }).fill('edit quota of acme')
  await expect(page.getByRole('button', { name: /^Edit quota of Acme Games/ })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(samplesField(page)).toBeFocused()
  await samplesField(page).fill('2300')
  await page.keyboard.press('Escape')
  await expect(editor(page)).toBeHidden()
  await expect(page.locator('#content')).toBeFocused()

  await page.goto(`${quotasPage}?edit=ingest.samplesPerSecond`)
  await expect(samplesField(page)).toHaveValue('2300')
  await editor(page).getByRole('textbox', { name: 'Reason' }).fill('By keyboard')
  await page.keyboard.press('Enter')
  await enforcedByAll(page)
  await page.goBack()
  await expect(page).not.toHaveURL(/follow=/)
  await backToNormal(acme)
})

test('a chart: a marker opens its change, dragging zooms, a double-click goes back, a link shows the same', async ({
  page,
  acme,
}) => {
  const revision = await propose(acme, { 'ingest.samplesPerSecond': 2_050 }, 'Marked on the chart')
  await propose(acme, { 'ingest.samplesPerSecond': 2_000 }, 'Back to normal')
  await signIn(page, 'acmeAdmin', quotasPage)
  // The two changes are a moment apart, so they are one marker.
  await page
    .getByRole('button', { name: /^\d+ changes: .*Marked on the chart/ })
    .last()
    .click()
  await expect(page.getByRole('button', { name: `Revert change ${revision}`, exact: true })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('button', { name: /^Revert change/ })).toHaveCount(0)

  const plot = page.locator('.recharts-surface').first()
  const box = await plot.boundingBox()
  if (!box) throw new Error('the chart has no place')
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * 0.3, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.7, y, { steps: 8 })
  await page.mouse.up()
  await expect(page).toHaveURL(/from=\d+&to=\d+/)
  const zoomed = page.url()
  await expect(page.getByText('in this range', { exact: false }).first()).toBeVisible()
  await page.mouse.dblclick(box.x + box.width / 2, y)
  await expect(page).not.toHaveURL(/from=/)

  await page.goto(zoomed)
  await expect(page.getByText('in this range', { exact: false }).first()).toBeVisible()
  await page.getByRole('button', { name: 'Show as table' }).click()
  await expect(page.getByRole('columnheader', { name: 'Used, samples/s' })).toBeVisible()
})

test('a chart does not show a fall at its end, where values are not measured yet', async ({ page, acme }) => {
  const producer = producerOf('acme', 'end-of-chart', 500)
  await signIn(page, 'acmeAdmin', quotasPage)
  const points = async () => {
    const now = Date.now()
    const range = { from: new Date(now - 3_600_000).toISOString(), to: new Date(now + 60_000).toISOString() }
    const history = await acme.query<{ points: { t: number; used: number | null }[] }>('usage.history', {
      limit: 'ingest.samplesPerSecond',
      ...range,
    })
    return history.points.filter((point) => point.used !== null)
  }
  producer.start()
  try {
    const measured = await until('use is measured', points, (known) => known.length > 0, 60_000)
    expect(measured.at(-1)?.t).toBeLessThanOrEqual(Date.now() / 1000)
  } finally {
    await producer.stop()
  }
})

test('times are exact on hover, and in UTC if the person asks for it', async ({ browser }) => {
  const context = await browser.newContext({ timezoneId: 'America/New_York' })
  const page = await context.newPage()
  await signIn(page, 'auditor', '/audit')
  const first = page.locator('tbody time').first()
  await expect(first).toHaveAttribute('title', /(EST|EDT|GMT-[45])$/)
  await page.getByRole('button', { name: /account$/ }).click()
  await page.getByRole('switch', { name: 'Times in UTC' }).check({ force: true })
  await expect(first).toHaveAttribute('title', /UTC$/)
  await context.close()
})

test('of more than 50 gateways a person finds one by typing', async ({ browser }) => {
  const page = await pageOf(browser, 'platform1', '/tenants')
  await page.route(/gateway\.fleetLive/, (route) => route.fulfill({ status: 500, body: 'no stream' }))
  await page.route(/gateway\.fleet(?!Live)/, async (route) => {
    const response = await route.fetch()
    const names = new URL(route.request().url()).pathname.split('/').at(-1)?.split(',') ?? []
    const body = await response.json()
    const fleet = [body].flat()[names.indexOf('gateway.fleet')].result.data as { gateways: { gatewayId: string }[] }
    const [one] = fleet.gateways
    fleet.gateways = Array.from({ length: 60 }, (_, n) => ({ ...one, gatewayId: `many-${n + 1}` }))
    await route.fulfill({ response, json: body })
  })
  await page.goto('/gateways')
  const table = page.getByRole('table', { name: 'Gateways' })
  await page.getByRole('searchbox', { name: 'Search gateways' }).fill('MANY-7')
  await expect(page.getByText('1 of 60')).toBeVisible()
  await expect(table.getByRole('row')).toHaveCount(2)
  await expect(table.getByRole('link', { name: 'many-7' })).toBeVisible()
  await page.context().close()
})

test('on a narrow screen tables are cards, and a list chooses their order', async ({ browser }) => {
  const page = await pageOf(browser, 'platform1', '/tenants')
  await expect(page.getByRole('columnheader').first()).toBeVisible()
  await expect(
    page.getByRole('row', { name: /^acme/ }).getByRole('cell', { name: /^[\d.]+ % of [a-z ]+$/ }),
  ).toBeVisible()
  await page.getByRole('button', { name: 'Most used limit' }).click()
  await expect(page).toHaveURL(/sort=-usedRatio/)
  await expect(page.getByRole('columnheader', { name: 'Most used limit' })).toHaveAttribute('aria-sort', 'descending')
  const shares = page.getByRole('cell', { name: /^[\d.]+ % of / })
  const inOrder = async () => {
    const read = (await shares.allInnerTexts()).map((text) =>
      Number.parseFloat(text.replace(/[^\d.]*([\d.]+) %.*/s, '$1')),
    )
    return read.length > 2 && read.every((share, i) => share <= (read[i - 1] ?? share))
  }
  await expect.poll(inOrder).toBe(true)
  await page.setViewportSize({ width: 390, height: 844 })
  await expect(page.getByRole('columnheader')).toHaveCount(0)
  await page.getByRole('combobox', { name: 'Order of tenants' }).selectOption({ label: 'Tenant, descending' })
  await expect(page).toHaveURL(/sort=-id/)
  await expect(page.locator('tbody [data-row-control]').first()).toHaveText('tickwatch')
  expect(await axe(page)).toEqual([])
  await page.goto('/approvals')
  await settled(page)
  expect(await axe(page)).toEqual([])

  await test.step('the Quotas page has its tables folded, and unfolds them', async () => {
    await page.goto(quotasPage)
    await settled(page)
    const history = page.getByRole('table', { name: 'History' })
    await expect(history).toBeHidden()
    expect(await page.evaluate<number>('document.documentElement.scrollHeight')).toBeLessThan(2_800)
    await page.getByRole('button', { name: 'Show history' }).click()
    await expect(history).toBeVisible()
    await expect(page).toHaveURL(/sections-open=history/)
    await page.getByRole('button', { name: 'Show query limits' }).click()
    await expect(page.getByRole('table', { name: 'Query limits' })).toBeVisible()
    expect(await axe(page)).toEqual([])
    await page.getByRole('button', { name: 'Hide history' }).click()
    await expect(history).toBeHidden()
  })
  await page.context().close()
})

test('a policy version unfolds to the time at which each gateway enforced it, and the search finds a gateway and a version', async ({
  browser,
}) => {
  const page = await pageOf(browser, 'platform1', '/gateways')
  const versions = page.getByRole('table', { name: 'Policy versions' })
  await versions.getByRole('button').first().click()
  await expect(versions.getByText('gateway-1 (canary)')).toBeVisible()
  await expect(versions.getByText('gateway-2 (fleet)')).toBeVisible()

  await page.keyboard.press('Control+K')
  await page.getByRole('textbox', { name: 'Search and commands' }).fill('gateway-2')
  await expect(page.getByRole('button', { name: /^Go to gateway-2/ })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'gateway-2' })).toBeVisible()

  await page.keyboard.press('Control+K')
  await page.getByRole('textbox', { name: 'Search and commands' }).fill('version 1')
  await expect(page.getByRole('button', { name: /^Policy version 1\b/ })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Gateways' })).toBeVisible()
  await expect(versions.getByRole('button', { name: 'v1', exact: true })).toHaveAttribute('aria-expanded', 'true')
  await page.context().close()
})

test('a role is removed only after the name of its holder is typed', async ({ browser }) => {
  const page = await pageOf(browser, 'platform1', '/access')
  await page.getByRole('button', { name: 'Remove tenant viewer of acme from acme-viewers' }).click()
  const dialog = page.getByRole('dialog', { name: /acme-viewers/ })
  await dialog.getByRole('button', { name: 'Remove the role tenant viewer of acme' }).click()
  await expect(dialog.getByText('Type acme-viewers.')).toBeVisible()
  await dialog.getByRole('button', { name: 'Keep it' }).click()
  await expect(dialog).toBeHidden()
  await page.context().close()
})
