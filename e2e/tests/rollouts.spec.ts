import { type Browser, expect, type Page } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { because, pageOf } from '../src/portal.ts'
import { answersOf, answerWith, draftOf, listAnswers, requestAnswer, rolloutStates } from '../src/rolloutAnswers.ts'

/** Without waiting for calls that are under way. */
async function leave(page: Page) {
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.context().close()
}

test('a rollout is paused with a reason, and a person who may not stop it reads which role it takes', async ({
  browser,
}) => {
  const page = await pageOf(browser, 'platform1')
  await answerWith(page, answersOf('runs'))
  const acts: unknown[] = []
  await page.route(/rollout\.act/, async (route) => {
    acts.push(route.request().postDataJSON())
    await route.fulfill({ json: [{ result: { data: { id: rolloutStates.runs.id } } }] })
  })
  await page.goto('/rollouts/4711')
  await expect(page.getByRole('button', { name: 'Resume the rollout…' })).toHaveCount(0)
  await page.getByRole('button', { name: 'Pause the rollout…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Pause rollout 4711?' })
  await dialog.getByRole('button', { name: 'Pause the rollout' }).click()
  await expect(dialog.getByRole('textbox', { name: 'Reason' })).toHaveAttribute('aria-invalid', 'true')
  await inspect(page, 'rollout-pause')
  await because(dialog, 'The launch comes first', 'Pause the rollout')
  await expect(dialog).toHaveCount(0)
  expect(acts).toEqual([{ 0: { id: rolloutStates.runs.id, kind: 'pause', reason: 'The launch comes first' } }])
  await leave(page)

  const auditor = await pageOf(browser, 'auditor')
  await answerWith(auditor, answersOf('runs'))
  await auditor.goto('/rollouts/4711')
  await expect(auditor.getByText(/^To stop a rollout you need the role platform admin\./)).toBeVisible()
  await leave(auditor)
})

test('the list says of each rollout where it stands', async ({ browser }) => {
  const page = await pageOf(browser, 'platform1')
  await answerWith(page, listAnswers)
  await page.goto('/rollouts')
  const rows = page.getByRole('table', { name: 'Open rollouts' }).getByRole('row')
  await expect(rows).toHaveCount(5)
  await expect(page.getByText('4 rollouts are open: 1 runs, 1 holds, 1 rolls back, 1 waits to start.')).toBeVisible()
  await expect(rows.nth(2)).toContainText('1 of 3: canary')
  await inspect(page, 'rollouts')
  await page.getByRole('link', { name: 'Ask for a rollout' }).click()
  await expect(page).toHaveURL(/\/rollouts\/new$/)
  await leave(page)
})

/** The form that asks for a rollout, and what it sends. */
async function openForm(browser: Browser) {
  const page = await pageOf(browser, 'platform1', '/images')
  await answerWith(page, { ...listAnswers, 'rollout.draft': draftOf(), ...answersOf('waits') })
  await page.route(/rollout\.check/, async (route) => {
    const { plan } = route.request().postDataJSON()
    await route.fulfill({ json: { result: { data: draftOf(plan) } } })
  })
  const asked = Promise.withResolvers<{ plan: ReturnType<typeof draftOf>['plan']; reason: string }>()
  await page.route(/rollout\.ask/, async (route) => {
    asked.resolve(route.request().postDataJSON()[0])
    await route.fulfill({ json: [{ result: { data: { id: 'x', number: 4_711, changeRequestId: 'y' } } }] })
  })
  await page.getByRole('link', { name: 'gateway 0.2.0' }).click()
  await page.getByRole('link', { name: 'Ask for a rollout' }).click()
  await expect(page.getByRole('combobox', { name: 'Environment' })).toHaveValue('production')
  return { page, asked: asked.promise }
}

test('the form that asks for a rollout says what blocks it and what it would do, and sends what was typed', async ({
  browser,
}) => {
  const { page, asked } = await openForm(browser)
  const canary = page.getByRole('region', { name: 'Wave 1: canary' })
  const preview = page.getByRole('region', { name: 'Preview' })
  await expect(preview.getByText('Nothing blocks it.')).toBeVisible()
  await expect(preview.getByText('9 instances are replaced. It takes at least 1 h 39 min.')).toBeVisible()
  await expect(preview.getByText(/^eu-central-1c: replaces i-0b/)).toBeVisible()
  await inspect(page, 'rollout-new')

  await canary.getByRole('textbox', { name: 'Bake', exact: true }).fill('10')
  await expect(preview.getByText('The wave canary bakes for 10 s.')).toBeVisible()
  await expect(page.getByText('It can’t be asked for while 1 thing blocks it.')).toBeVisible()
  await canary.getByRole('textbox', { name: 'Maximum healthy' }).fill('300')
  await expect(canary.getByText('Enter a whole number from 100 to 200 %.')).toBeVisible()
  await canary.getByRole('textbox', { name: 'Checkpoints, %' }).fill('half')
  await expect(canary.getByText(/^Enter whole percentages/)).toBeVisible()
  await inspect(page, 'rollout-new-blocked')

  await canary.getByRole('textbox', { name: 'Bake', exact: true }).fill('20 min')
  await expect(canary.getByText(/“20 min” is not a number/)).toBeVisible()
  await canary.getByRole('textbox', { name: 'Bake', exact: true }).fill('1,200')
  await canary.getByRole('textbox', { name: 'Maximum healthy' }).fill('150')
  await canary.getByRole('textbox', { name: 'Checkpoints, %' }).fill('')
  await canary.getByRole('combobox', { name: 'Judge' }).selectOption('Hard limits alone')
  await page.getByRole('button', { name: 'Ask for the rollout' }).click()
  await expect(page.getByRole('textbox', { name: 'Reason' })).toHaveAttribute('aria-invalid', 'true')
  await because(page, 'Fewer bytes for each series', 'Ask for the rollout')
  const sent = await asked
  expect(sent).toMatchObject({ environment: 'production', reason: 'Fewer bytes for each series' })
  expect(sent.plan.waves).toMatchObject([
    { bakeSeconds: 1_200, maxHealthyPercent: 150, checkpointPercents: [], judge: { compares: false } },
    draftOf().plan.waves[1],
    draftOf().plan.waves[2],
  ])
  await expect(page).toHaveURL(/\/rollouts\/4711$/)
  await expect(page.getByText('It waits for approval, at most until 2026-12-04 12:00 UTC.')).toBeVisible()
  await leave(page)
})

test('the form says by itself that what blocked a plan has ended', async ({ browser }) => {
  const { page } = await openForm(browser)
  const preview = page.getByRole('region', { name: 'Preview' })
  await expect(preview.getByText('Checked every 10 s, and again before each wave.')).toBeVisible()
  await page.clock.install()
  const bake = page.getByRole('region', { name: 'Wave 1: canary' }).getByRole('textbox', { name: 'Bake', exact: true })
  await bake.fill('10')
  await expect(preview.getByText('The wave canary bakes for 10 s.')).toBeVisible()
  await page.route(/rollout\.check/, (route) => route.fulfill({ json: { result: { data: draftOf() } } }))
  await page.clock.fastForward(10_000)
  await expect(preview.getByText('Nothing blocks it.')).toBeVisible()
  await leave(page)
})

test('a group is moved to another wave and to one of its own, and what makes no sense is refused where it stands', async ({
  browser,
}) => {
  const { page, asked } = await openForm(browser)
  const place = (group: string) => page.getByRole('combobox', { name: `Wave of ${group}` })
  await place('gateway-a').selectOption('1: canary')
  await expect(page.getByText(/^gateway-a is of the ring fleet\./)).toBeVisible()
  const emptied = page.getByRole('region', { name: 'Wave 2: eu-central-1a' })
  await expect(emptied.getByText('Choose at least one group, or remove the wave.')).toBeVisible()
  const preview = page.getByRole('region', { name: 'Preview' })
  await expect(preview.getByText('It is checked once what the form marks is corrected.')).toBeVisible()
  await expect(preview.getByText('Nothing blocks it.')).toHaveCount(0)
  await inspect(page, 'rollout-new-moved')
  await emptied.getByRole('button', { name: 'Remove wave 2' }).click()
  await expect(emptied).toHaveCount(0)
  await expect(place('gateway-canary')).toBeFocused()

  await place('gateway-a').press('End')
  await expect(place('gateway-a')).toBeFocused()
  await expect(page.getByRole('region', { name: 'Wave 3: gateway-a' })).toBeVisible()
  await expect(preview.getByText(/^gateway-a: at least/)).toBeVisible()
  await expect(page.getByText(/^gateway-a is of the ring fleet\./)).toHaveCount(0)
  await because(page, 'The zone last', 'Ask for the rollout')
  expect((await asked).plan.waves).toMatchObject([
    { name: 'canary', groups: ['gateway-canary'] },
    { name: 'the rest', groups: ['gateway-bc'] },
    { name: 'gateway-a', groups: ['gateway-a'], judge: { compares: false } },
  ])
  await leave(page)
})

test('the inbox says how many of the two approvers of a rollout have approved it', async ({ browser }) => {
  const page = await pageOf(browser, 'platform2')
  const answers: Record<string, unknown> = { 'changeRequest.get': requestAnswer }
  await answerWith(page, answers)
  await page.goto(`/approvals/${requestAnswer.id}`)
  const title = page.getByRole('heading', { level: 2 })
  await expect(title).toHaveText('Tickwatch: rollout 4711 of gateway 0.3.0 in production')
  await expect(page.getByText('1 of 2 approved, waits for another decision')).toBeVisible()
  await expect(page.getByText('Quentin Approver approved it')).toBeVisible()
  await inspect(page, 'rollout-request')
  await page.route(/changeRequest\.approve/, (route) => {
    answers['changeRequest.get'] = { ...requestAnswer, mayNotDecide: 'You approved it already.' }
    return route.fulfill({ json: [{ result: { data: answers['changeRequest.get'] } }] })
  })
  await because(page, 'The figures of staging are good', 'Approve as 2 of 2')
  await expect(page.getByText('You approved it already.')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Decision' })).toBeFocused()
  await leave(page)
})

test('a freeze window is planned, is said where rollouts are, and ends with a reason', async ({ browser }) => {
  const page = await pageOf(browser, 'platform1', '/rollouts')
  await page.getByRole('link', { name: 'Freeze windows' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Freeze windows')
  await page.getByRole('button', { name: 'Plan a freeze' }).click()
  const drawer = page.getByRole('dialog', { name: 'Plan a freeze' })
  await drawer.getByLabel(/^From/).fill(new Date(Date.now() - 60_000).toISOString().slice(0, 16))
  await drawer.getByRole('button', { name: 'Plan the freeze' }).click()
  await expect(drawer.getByRole('textbox', { name: 'Reason' })).toHaveAttribute('aria-invalid', 'true')
  await inspect(page, 'freeze-plan')
  await because(drawer, 'The launch of the winter season', 'Plan the freeze')
  await expect(drawer).toHaveCount(0)
  await expect(page.getByText('No wave of a rollout starts now in any environment.')).toBeVisible()
  const row = page.getByRole('table', { name: 'Freeze windows now and coming' }).getByRole('row').last()
  await expect(row).toContainText('holds now')
  await inspect(page, 'freezes')
  await page.getByRole('link', { name: 'All rollouts' }).click()
  await expect(page.getByText(/^Frozen: no wave starts in all environments until/)).toBeVisible()
  await inspect(page, 'rollouts-frozen')
  await page.goBack()
  await row.getByRole('button', { name: 'End the freeze of all environments' }).click()
  await because(page.getByRole('dialog'), 'The launch went well', 'End the freeze')
  await expect(page.getByText('Nothing is frozen.')).toBeVisible()
  const past = page.getByRole('table', { name: 'Past freeze windows' })
  await expect(past).toContainText('ended early')
  await expect(past).toContainText('The launch went well')
  await page.context().close()
})

test('a person of a tenant may not see rollouts, and a number of none is not found', async ({ browser }) => {
  const tenant = await pageOf(browser, 'acmeAdmin', '/rollouts')
  await expect(tenant.getByText('You may not see rollouts')).toBeVisible()
  await tenant.context().close()
  const page = await pageOf(browser, 'auditor', '/rollouts/999999')
  await expect(page.getByText('There is no such rollout')).toBeVisible()
  await page.context().close()
})
