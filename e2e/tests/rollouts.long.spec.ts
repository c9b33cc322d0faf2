import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { pageOf } from '../src/portal.ts'
import { answersOf, answerWith, rolloutStates } from '../src/rolloutAnswers.ts'

const shown: [state: keyof typeof rolloutStates, says: RegExp[]][] = [
  [
    'runs',
    [/^1 of 2 runs the candidate and is ready/, /^Auto Scaling was read \d+ s ago\./, /^Nothing was judged yet\./],
  ],
  ['waits', [/^The instances are not known yet/, /^1 of 2 approved$/, /^Seen in staging$/]],
  ['aws-away', [/^AWS has not answered since .* 5 min ago/, /^gateway-canary could not be read/]],
  [
    'inconclusive',
    [/^Not decided yet\. There is no traffic to judge/, /^The next wave starts only when the judge passes this one\./],
  ],
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
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.context().close()
  })
}
