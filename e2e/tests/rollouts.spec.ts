import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { because, pageOf } from '../src/portal.ts'
import { answersOf, answerWith, rolloutStates } from '../src/rolloutAnswers.ts'

const shown: [state: keyof typeof rolloutStates, says: RegExp[]][] = [
  [
    'runs',
    [/^1 of 2 runs the candidate and is ready/, /^Auto Scaling was read \d+ s ago\./, /^Nothing was judged yet\./],
  ],
  ['waits', [/^The instances are not known yet/, /^1 of 2 approved$/, /^Seen in staging$/]],
  ['aws-away', [/^AWS has not answered since .* 5 min ago/, /^gateway-canary could not be read/]],
  ['inconclusive', [/^Not decided yet\. There is no traffic to judge/, /^The rollout holds until the judge is sure\./]],
  ['rolls-back', [/^The canary fails\. Time to first byte \(p99\): 41 ms beside the baseline’s 30 ms/]],
  [
    'rollback-failed',
    [/^No rollout touches these groups any more\./, /^The instances as they were when the rollout ended/],
  ],
]

for (const [state, says] of shown) {
  test(`the page of a rollout is right: ${state}`, async ({ browser }) => {
    const page = await pageOf(browser, 'platform1')
    await answerWith(page, answersOf(state))
    await page.goto('/rollouts/4711')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Rollout 4711: gateway 0.3.0')
    for (const words of says) await expect(page.getByText(words).first()).toBeVisible()
    const hasCharts = rolloutStates[state].verdicts.length > 0
    await expect(page.getByRole('button', { name: 'Show as table' })).toHaveCount(hasCharts ? 2 : 0)
    await inspect(page, `rollout-${state}`)
    await page.context().close()
  })
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
  await page.context().close()

  const auditor = await pageOf(browser, 'auditor')
  await answerWith(auditor, answersOf('runs'))
  await auditor.goto('/rollouts/4711')
  await expect(auditor.getByText(/^To stop a rollout you need the role platform admin\./)).toBeVisible()
  await auditor.context().close()
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
