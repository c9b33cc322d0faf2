import { expect } from '@playwright/test'
import { tools } from '../../local/src/process/tools.ts'
import { test } from '../src/fixtures.ts'
import { enforced, propose, type Quota } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { ampLink, parts, platformState } from '../src/platform.ts'
import { pageOf, until } from '../src/portal.ts'

const rate = 'ingest.samplesPerSecond'
/** As *Graphs are current*, but strict, of one tenant, and with windows of half a minute: a step has 10 s here. */
const definition = {
  ...{ id: 'acme-current', title: 'Graphs of acme are current', owner: 'platform', runbookUrl: '' },
  sli: {
    ...{ kind: 'latency', histogram: 'tickwatch_probe_age_seconds{tenant_id="acme"}' },
    ...{ thresholdSeconds: 2, nativeSchema: 0 },
  },
  ...{ objective: 0.9, window: { days: 1 }, groupBy: ['tenant_id'] },
  alerting: { burns: [{ severity: 'page', factor: 2, longMinutes: 90, shortMinutes: 60 }], badEventsMin: 1 },
}
const title = '“Graphs of acme are current” burns its budget too fast for acme'
/** Of each request to AMP. A probe writes and reads, so it takes more than the threshold. */
const delayMs = 1_500

type Received = { incidents: { key: string; state: string }[]; slack: { threadTs: string | null; text: string }[] }
/** What the servers that stand in for PagerDuty and Slack have of an incident. */
async function receivedOf(number: number): Promise<{ pagerDuty: string[]; slack: string[] }> {
  const answer = await fetch(`${platformState().addresses.receivers}/messages`)
  const { incidents, slack } = (await answer.json()) as Received
  const roots = slack.filter(({ threadTs, text }) => threadTs === null && text.includes(`/incidents/${number}|`))
  return {
    pagerDuty: incidents.filter(({ key }) => key === `local/inc-${number}/1`).map(({ state }) => state),
    slack: roots.map(({ text }) => text.split('\n')[0] ?? ''),
  }
}
const received = (number: number, state: string, slackLine: string) =>
  until(
    `PagerDuty and Slack have incident ${number} once, as ${state}`,
    () => receivedOf(number),
    ({ pagerDuty, slack }) => pagerDuty.join() === state && slack.join() === slackLine,
  )

test('a delay burns freshness and opens an incident, which names the change behind it; its revert ends all of it', async ({
  browser,
  acme,
  platform,
}) => {
  test.skip(!tools().alertmanager, 'Alertmanager can’t be had on this machine')
  test.setTimeout(300_000)
  const page = await pageOf(browser, 'platform1', '/incidents')
  const before = (await acme.query<Quota>('quota.current')).resolved[rate] ?? 0
  // The test plays what the change does: the delay begins and ends with it.
  await enforced(acme, await propose(acme, { [rate]: before - 1 }, 'one sample less'))
  await ampLink.delay(delayMs)
  try {
    await platform.mutate('slo.save', {
      ...{ definition, baseVersion: 0, reason: 'Acme plays a final' },
      withoutPreview: true,
    })

    const row = page.getByRole('row').filter({ hasText: title })
    await expect(row).toContainText('open, pages', { timeout: 120_000 })
    await expect(row).toContainText('lowered limits of acme')
    await row.getByRole('link').first().click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Incident \d+$/)
    const number = Number(new URL(page.url()).pathname.split('/').at(-1))
    await received(number, 'triggered', `🔴 *Open: ${title}*`)

    await page.getByRole('button', { name: 'Acknowledge the incident' }).click()
    await expect(page.getByText('acknowledged, pages')).toBeVisible()
    await received(number, 'acknowledged', `🟡 *Acknowledged: ${title}*`)
    await page.getByRole('textbox', { name: 'Note' }).fill('We revert it.')
    await page.getByRole('button', { name: 'Add the note' }).click()
    const timeline = page.getByRole('region', { name: 'Timeline' })
    await expect(timeline).toContainText('We revert it.')

    const first = page.getByRole('region', { name: 'What changed' }).getByRole('listitem').first()
    await expect(first).toContainText('lowered limits of acme')
    await expect(first).toContainText('It concerns acme, which this incident harms')
    await first.getByRole('button', { name: /^Revert/ }).click()
    await first.getByRole('button', { name: 'Restore what was before' }).click()
    await expect(first).toContainText('Reverted')
    const { revision, resolved } = await acme.query<Quota>('quota.current')
    expect(resolved[rate]).toBe(before)
    await enforced(acme, revision)
    await ampLink.delay(0)
    await expect(timeline).toContainText('Reverted a change')

    // While the alert ends.
    await inspect(page, 'incident')
    await page.goto('/incidents')
    await expect(row).toContainText('acknowledged, pages')
    await inspect(page, 'incidents')

    await page.goto(`/incidents/${number}`)
    await expect(page.getByText('resolved', { exact: true })).toBeVisible({ timeout: 120_000 })
    await expect(timeline).toContainText('An alert ended: SloBurnPage of acme')
    await received(number, 'resolved', `🟢 *Resolved: ${title}*`)

    const owner = await pageOf(browser, 'acmeAdmin', '/t/acme/incidents?show=resolved')
    // The selectors of this SLO name a tenant, so only the platform team may see its title.
    await owner.getByRole('link', { name: '“acme-current” burns its budget too fast for acme' }).click()
    await expect(owner.getByRole('region', { name: 'Timeline' })).toContainText('Acknowledged')
    await expect(owner.getByText(/We revert it|Reverted/)).toHaveCount(0)
    await inspect(owner, 'tenant-incident')
    const other = await pageOf(browser, 'globexAdmin', '/t/globex/incidents?show=resolved')
    await expect(other.getByRole('heading', { level: 1 })).toHaveText('Incidents')
    await expect(other.getByText('acme')).toHaveCount(0)
  } finally {
    await ampLink.delay(0)
  }
})

test('a probe that is killed in mid-incident leaves it open, as blind, until it has measured again', async ({
  browser,
  platform,
}) => {
  test.skip(!tools().alertmanager, 'Alertmanager can’t be had on this machine')
  test.setTimeout(300_000)
  const page = await pageOf(browser, 'platform1', '/incidents')
  const blindTitle = title.replace('acme are', 'acme stay')
  const row = page.getByRole('row').filter({ hasText: blindTitle })
  await ampLink.delay(delayMs)
  try {
    await platform.mutate('slo.save', {
      definition: { ...definition, id: 'acme-stays-current', title: 'Graphs of acme stay current' },
      ...{ baseVersion: 0, reason: 'Acme plays another final', withoutPreview: true },
    })
    await expect(row).toContainText('open, pages', { timeout: 120_000 })
    await row.getByRole('link').first().click()
    const timeline = page.getByRole('region', { name: 'Timeline' })
    await parts.kill('probe', 'SIGKILL')
    // The harm ends, and nobody can see that.
    await ampLink.delay(0)
    await expect(page.getByText('open, blind')).toBeVisible({ timeout: 180_000 })
    await expect(timeline).toContainText('There is no data any more: nobody knows whether the harm has ended')
    await expect(timeline).not.toContainText('Resolved')
    await inspect(page, 'incident-blind')

    await parts.start('probe')
    await expect(page.getByText('resolved', { exact: true })).toBeVisible({ timeout: 120_000 })
    await expect(timeline).toContainText('There are data again')
  } finally {
    await ampLink.delay(0)
    await parts.start('probe')
  }
})
