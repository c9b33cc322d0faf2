import { expect } from '@playwright/test'
import { fireAlert } from '../src/alerts.ts'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { caller, pageOf, until } from '../src/portal.ts'

const rate = 'ingest.samplesPerSecond'
type Quota = { revision: number; resolved: Record<string, number> }

test('an alert opens an incident with the change first, which is reverted from it; it ends when the alert does', async ({
  browser,
}) => {
  const page = await pageOf(browser, 'platform1')
  const acme = caller(page.context().request, { tenant: 'acme' })
  const { revision: baseRevision, resolved } = await acme.query<Quota>('quota.current')
  const before = resolved[rate] ?? 0
  await acme.mutate('quota.propose', { limits: { [rate]: before - 1 }, reason: 'one sample less', baseRevision })

  const end = await fireAlert({ alertname: 'E2eHarm', tenant: 'acme', severity: 'page' })
  await page.goto('/incidents')
  const row = page.getByRole('row').filter({ hasText: 'E2eHarm fires: acme' })
  await expect(row).toContainText('open, pages')
  await expect(row).toContainText('lowered limits of acme')
  await inspect(page, 'incidents')
  await row.getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Incident')

  const changed = page.getByRole('region', { name: 'What changed' })
  const first = changed.getByRole('listitem').first()
  await expect(first).toContainText('It concerns acme, which this incident harms')
  await page.getByRole('button', { name: 'Acknowledge the incident' }).click()
  await expect(page.getByText('acknowledged, pages')).toBeVisible()
  await page.getByRole('textbox', { name: 'Note' }).fill('We revert it.')
  await page.getByRole('button', { name: 'Add the note' }).click()
  const timeline = page.getByRole('region', { name: 'Timeline' })
  await expect(timeline).toContainText('We revert it.')
  await inspect(page, 'incident')
  await first.getByRole('button', { name: /^Revert/ }).click()
  await first.getByRole('button', { name: 'Restore what was before' }).click()
  await until(
    'the limit is back',
    () => acme.query<Quota>('quota.current'),
    (now) => now.resolved[rate] === before,
  )

  await end()
  await expect(page.getByText('resolved', { exact: true })).toBeVisible({ timeout: 30_000 })
  await expect(timeline).toContainText('Reverted a change')

  const owner = await pageOf(browser, 'acmeAdmin', '/t/acme/incidents?show=resolved')
  await owner
    .getByRole('link', { name: /E2eHarm fires/ })
    .first()
    .click()
  await expect(owner.getByRole('region', { name: 'Timeline' })).toContainText('Acknowledged')
  await expect(owner.getByText('We revert it.')).toHaveCount(0)
  const other = await pageOf(browser, 'globexAdmin', '/t/globex/incidents?show=resolved')
  await expect(other.getByText('E2eHarm')).toHaveCount(0)
})
