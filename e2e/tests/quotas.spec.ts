import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { backToNormal, inSync, type Quota } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { signIn, until } from '../src/portal.ts'
import { draft, edit, enforcedByAll, quotasPage } from '../src/quotaPage.ts'

const rate = 'ingest.samplesPerSecond'
const burst = 'ingest.burstSamples'

test('two limits change together as a boost, which can be ended early', async ({ page, acme, platform }) => {
  await inSync(platform)
  const limits = async () => {
    const { resolved } = await acme.query<Quota>('quota.current')
    return [resolved[rate], resolved[burst]]
  }
  const before = await limits()
  await signIn(page, 'acmeAdmin', quotasPage)
  const drawer = await draft(page, 2_300, 'A boost for the evening')

  await test.step('the slider and the number always show the same value', async () => {
    const slider = drawer.getByRole('slider', { name: 'Samples per second, slider' })
    const number = drawer.getByRole('textbox', { name: 'Samples per second' })
    await expect(slider).toHaveAttribute('aria-valuetext', '2,300 samples/s')
    await slider.press('ArrowRight')
    const moved = Number(await slider.inputValue())
    expect(moved).toBeGreaterThan(2_300)
    await expect(number).toHaveValue(moved.toLocaleString('en'))
    await slider.press('End')
    await expect(drawer.getByText(/waits for a platform approver/)).toBeVisible()
    await slider.press('Home')
    // Not below the lowest value that the platform allows.
    await expect(number).toHaveValue('1')
    await number.fill('2300')
    await expect(slider).toHaveAttribute('aria-valuetext', '2,300 samples/s')
  })

  await drawer.getByRole('button', { name: 'Change another limit with it' }).click()
  await page.getByRole('dialog', { name: 'Change another limit' }).getByRole('button', { name: 'Burst' }).click()
  await drawer.getByRole('textbox', { name: 'Burst' }).fill('9000')
  await drawer.getByRole('combobox', { name: 'How long' }).selectOption({ label: 'For 1 hour, then back' })
  await drawer.getByRole('button', { name: 'Apply 2 changes' }).click()
  await enforcedByAll(page)
  // Screen readers announce it too.
  await expect(
    page
      .getByRole('status')
      .filter({ hasText: /every gateway/i })
      .first(),
  ).toBeAttached()
  expect(await limits()).toEqual([2_300, 9_000])

  const pending = page.getByRole('region', { name: 'Pending and scheduled changes' })
  await expect(pending.getByText(/^automatically in .*, when the boost of change \d+ ends$/)).toBeVisible()
  await pending.getByRole('link', { name: 'End the boost now' }).click()
  const [oldRate = 0, oldBurst = 0] = before
  await expect(drawer.getByRole('textbox', { name: 'Samples per second' })).toHaveValue(oldRate.toLocaleString('en'))
  await expect(drawer.getByRole('textbox', { name: 'Burst' })).toHaveValue(oldBurst.toLocaleString('en'))
  await drawer.getByRole('button', { name: 'Apply 2 changes' }).click()
  await expect(drawer).toBeHidden()
  await enforcedByAll(page)
  await expect(pending.getByText('No request waits for an approval, and no boost is running.')).toBeVisible()
  expect(await limits()).toEqual(before)
})

test('a number is read as people write it, and what can’t be read stays in the field', async ({ page, acme }) => {
  await signIn(page, 'acmeAdmin', quotasPage)
  await page.getByRole('button', { name: 'Edit samples per second' }).click()
  const drawer = page.getByRole('dialog', { name: 'Edit quota of acme' })
  const number = drawer.getByRole('textbox', { name: 'Samples per second' })
  await drawer.getByRole('textbox', { name: 'Reason' }).fill('Written as people write')
  for (const [typed, fault] of [
    ['12.5', '12.5 is not a whole number.'],
    ['1.500', /can mean 1500 or 1\.5/],
    ['5x', /^“5x” is not a number/],
    ['-5', /^-5 is too low/],
    ['0', /^0 is too low/],
    ['99999999999999999999', /is too high: enter 1 to 1,600,000 samples\/s\.$/],
  ] as const) {
    await number.fill(typed)
    await expect(drawer.getByText(fault)).toBeVisible()
    await expect(number).toHaveValue(typed)
    await expect(drawer.getByText(/waits for a platform approver|applies at once/)).toHaveCount(0)
    await drawer.getByRole('button', { name: 'Apply', exact: true }).click()
    await expect(number).toBeFocused()
  }
  await inspect(page, 'edit-quota-fault')
  await number.fill('5k')
  await expect(drawer.getByText('= 5,000 samples/s')).toBeVisible()
  await expect(number).toHaveValue('5k')
  await drawer.getByRole('button', { name: 'Apply 5,000 samples/s' }).click()
  await expect(drawer).toBeHidden()
  await until(
    'the limit is 5,000',
    () => acme.query<Quota>('quota.current'),
    ({ resolved }) => resolved[rate] === 5_000,
  )
  await backToNormal(acme)
})

test('the requester withdraws a request', async ({ page, acme }) => {
  await signIn(page, 'acmeAdmin', quotasPage)
  await edit(page, 15_500, 'Asked in vain', 'Ask for')
  const pending = page.getByRole('region', { name: 'Pending and scheduled changes' })
  await expect(pending.getByText('Asked in vain')).toBeVisible()
  await test.step('and finds it in the search', async () => {
    await page.keyboard.press('Control+K')
    await page.getByRole('textbox', { name: 'Search and commands' }).fill('request 15,500')
    await page
      .getByRole('button', { name: /^Request of Acme Games: Samples per second .* → 15,500 samples\/s/ })
      .click()
    await expect(page.getByRole('dialog', { name: 'Request' }).getByText('Asked in vain')).toBeVisible()
    await page.keyboard.press('Escape')
  })
  await pending.getByRole('button', { name: 'Withdraw the request' }).click()
  await expect(pending.getByText('Asked in vain')).toHaveCount(0)
  await until(
    'nothing waits',
    () => acme.query<{ pending: unknown[] }>('quota.current'),
    (quota) => quota.pending.length === 0,
  )
})

test('the time range of the chart is in the URL, whether preset or custom', async ({ page }) => {
  await signIn(page, 'acmeAdmin', quotasPage)
  const ranges = page.getByRole('radiogroup', { name: 'Time range' })
  const sentence = (words: RegExp) => expect(page.getByText(words).first()).toBeVisible()
  for (const [choice, inUrl, words] of [
    ['24 h', '24h', /in the last 24 h/],
    ['7 d', '7d', /in the last 7 days/],
    ['30 d', '30d', /in the last 30 days/],
  ] as const) {
    await ranges.getByText(choice, { exact: true }).click()
    await expect(page).toHaveURL(new RegExp(`range=${inUrl}`))
    await sentence(words)
  }
  await page.reload()
  await expect(ranges.getByRole('radio', { name: '30 d' })).toBeChecked()
  await sentence(/in the last 30 days/)

  // Until the new range has an answer, the chart and its sentence are those of the range before.
  const answered = Promise.withResolvers<void>()
  await page.route('**/usage.history*', async (route) => {
    await answered.promise
    await route.continue()
  })
  await ranges.getByText('1 h', { exact: true }).click()
  await expect(ranges.getByRole('radio', { name: '1 h' })).toBeChecked()
  await sentence(/in the last 30 days/)
  answered.resolve()
  await sentence(/in the last hour/)
  await page.unroute('**/usage.history*')

  await page.getByRole('button', { name: 'Custom' }).click()
  const own = page.getByRole('dialog', { name: 'Custom range' })
  const at = (msAgo: number) => new Date(Date.now() - msAgo).toISOString().slice(0, 16)
  await own.getByLabel(/^From/).fill(at(600_000))
  await own.getByLabel(/^To/).fill(at(1_200_000))
  await own.getByRole('button', { name: 'Show this range' }).click()
  await expect(own.getByText('The end must be after the start.')).toBeVisible()
  await own.getByLabel(/^From/).fill(at(7_200_000))
  await own.getByRole('button', { name: 'Show this range' }).click()
  await expect(page).toHaveURL(/from=\d+&to=\d+/)
  await sentence(/in this range/)
})
