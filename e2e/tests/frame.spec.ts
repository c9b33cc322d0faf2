import { expect, type Page } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { axe, inspect } from '../src/looks.ts'
import { platformState } from '../src/platform.ts'
import { pageOf, signIn, signInByHand } from '../src/portal.ts'
import { quotasPage } from '../src/quotaPage.ts'

const _main = ['/', quotasPage, '/gateways', '/approvals', '/tenants', '/access', '/notifications', '/audit']

test('a request that waits is in the approver’s bell and in a mail, once, and the bell is empty of new ones when it was opened', async ({
  page,
  acme,
  approver,
}) => {
  const { revision: baseRevision } = await acme.query<{ revision: number }>('quota.current')
  const { changeRequestId: id } = await acme.mutate<{ changeRequestId: string }>('quota.propose', {
    limits: { 'ingest.samplesPerSecond': 18_000 },
    reason: 'Seen in the bell',
    baseRevision,
  })
  await signIn(page, 'platform2')
  const bell = page.getByRole('button', { name: /^Notices/ })
  await expect(bell).toHaveAccessibleName(/new$/)
  await bell.click()
  const notices = page.getByRole('list', { name: 'Notices' }).getByRole('listitem')
  const notice = notices.filter({ hasText: 'Seen in the bell' })
  await expect(notice).toHaveCount(1)
  await inspect(page, 'bell')
  await expect(bell).toHaveAccessibleName('Notices')
  // To look at it in another size closed it.
  await bell.click()
  await notice.getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`/approvals/${id}$`))
  await approver.mutate('changeRequest.decline', { id, reason: 'Only looked at' })
  await page.goto(platformState().addresses.receivers)
  await expect(page.getByRole('article').filter({ hasText: 'Seen in the bell' })).toHaveCount(1)
})

test('the frame stays as a person left it, until they sign out', async ({ page }) => {
  await signInByHand(page, 'platform1', quotasPage)
  const side = page.getByRole('complementary')
  const width = async () => (await side.boundingBox())?.width ?? 0

  await test.step('the navigation collapses', async () => {
    expect(await width()).toBe(232)
    await page.getByRole('button', { name: 'Collapse navigation' }).click()
    await expect.poll(width).toBeLessThan(80)
    await page.reload()
    expect(await width()).toBeLessThan(80)
    await side.getByRole('link', { name: 'Gateways' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Gateways' })).toBeVisible()
    await page.getByRole('button', { name: 'Show navigation' }).click()
    await expect.poll(width).toBe(232)
  })

  await test.step('a few keys open the same page of another tenant', async () => {
    await page.goto(quotasPage)
    await side.getByRole('button', { name: /Acme Games/ }).click()
    await page.getByRole('textbox', { name: 'Find a tenant' }).fill('glob')
    await expect(page.getByRole('option')).toHaveCount(1)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/\/t\/globex\/quotas$/)
    await expect(side.getByRole('button', { name: /Globex/ })).toBeVisible()
  })

  await test.step('the theme is the person’s, or the system’s', async () => {
    const scheme = (name: string) => expect(page.locator(`html[data-mantine-color-scheme=${name}]`)).toBeAttached()
    await page.emulateMedia({ colorScheme: 'light' })
    await page.getByRole('button', { name: 'Theme' }).click()
    await page.getByRole('radio', { name: 'Dark' }).check()
    await scheme('dark')
    await page.reload()
    await scheme('dark')
    await page.getByRole('button', { name: 'Theme' }).click()
    await page.getByRole('radio', { name: 'Same as system' }).check()
    await scheme('light')
  })

  const cookies = await page.context().cookies()
  await test.step('after signing out nothing can be seen', async () => {
    await page.getByRole('button', { name: /account$/ }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/\/signin/)
    await page.goto(quotasPage)
    await expect(page).toHaveURL(/\/signin/)
    await expect(page.getByRole('button', { name: /sign in/i })).toBeVisible()
    expect((await page.context().cookies()).filter(({ name }) => /session-token/.test(name))).toEqual([])
    expect(cookies.filter(({ name }) => /session-token/.test(name))).not.toEqual([])
  })

  await test.step('and a copy of the session’s cookies is refused', async () => {
    await page.context().addCookies(cookies)
    expect((await page.request.get('/api/trpc/p/access.me')).status()).toBe(401)
    // If the access token has expired meanwhile, the answer deleted the cookies.
    await page.context().addCookies(cookies)
    await page.goto('/')
    await expect(page).toHaveURL(/\/signin/)
    await expect(page.getByText('Your session has ended. Sign in to return to your page.')).toBeVisible()
  })
})

test('on a narrow screen the navigation is a drawer, and the header says why graphs are late', async ({ browser }) => {
  const page = await pageOf(browser, 'platform1')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Open navigation' }).click()
  const drawer = page.getByRole('dialog', { name: 'Tickwatch' })
  await inspect(page, 'navigation-drawer')
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await axe(page)).toEqual([])
  await drawer.getByRole('link', { name: 'Gateways' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Gateways' })).toBeVisible()
  await expect(drawer).toHaveCount(0)

  const header = page.getByRole('region', { name: 'Header' })
  await answerFreshness(page, 'current')
  const current = header.getByText('Graphs current')
  await expect.poll(async () => (await current.boundingBox())?.width ?? 0).toBeGreaterThan(60)
  await page.unrouteAll({ behavior: 'wait' })
  for (const [state, kind, words] of [
    ['late', 'warning', 'Graphs late'],
    ['stale', 'bad', 'Graphs stale'],
  ] as const) {
    await answerFreshness(page, state)
    await expect(header.locator(`[data-kind=${kind}]`).first()).toBeVisible({ timeout: 12_000 })
    await expect(header.getByText(words)).toBeVisible()
    await expect(header.getByText('no gateway takes samples')).toBeVisible()
    await page.unrouteAll({ behavior: 'wait' })
  }
  await answerFreshness(page, 'stale')
  await expect(header.getByText('Graphs stale')).toBeVisible()
  await inspect(page, 'freshness-stale')
  await page.context().close()
})

/** Changes the state of the graphs in the API's answers. */
const answerFreshness = (page: Page, state: 'current' | 'late' | 'stale') =>
  page.route(/usage\.freshness/, async (route) => {
    const response = await route.fetch()
    const asked = new URL(route.request().url()).pathname.split('/').at(-1)?.split(',') ?? []
    const answers = [await response.json()].flat() as { result: { data: object } }[]
    const at = asked.indexOf('usage.freshness')
    const answer = answers[at]
    if (answer)
      answer.result.data = { ...answer.result.data, state, ageSeconds: 400, reason: 'no gateway takes samples' }
    await route.fulfill({ response, json: answers.length === 1 && asked.length === 1 ? answers[0] : answers })
  })
