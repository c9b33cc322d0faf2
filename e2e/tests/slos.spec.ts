import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { inspect } from '../src/looks.ts'
import { caller, pageOf } from '../src/portal.ts'
import { writeSloEvents } from '../src/sloEvents.ts'

/** A group that nothing else of the platform writes. */
const burning = { tenant_id: `umbrella-${process.pid}` }
const { tenant_id: umbrella } = burning

test.beforeAll(async () => {
  const bad = { bad: 150, why: { upstream: 100, fault: 40 } }
  await writeSloEvents(50, (ago) => [
    { slo: 'ingest-success', labels: burning, total: 1_000, ...(ago < 20 ? bad : { bad: 0 }) },
  ])
})

test('the platform team sees what burns first, how it burns, and what another objective would have paged', async ({
  browser,
}) => {
  const page = await pageOf(browser, 'platform1', '/slos')
  const table = page.getByRole('table', { name: 'SLOs' })
  const first = table.getByRole('row').nth(1)
  const ofTenant = page.getByRole('searchbox', { name: 'Tenant' })
  // Without it the row is of the tenant that burns most, and other tests make tenants burn too.
  await ofTenant.fill(umbrella)
  await expect(first).toContainText('Writes are accepted')
  await expect(first).toContainText(umbrella)
  // The real rule fires for what was written.
  await expect(first).toContainText('pages', { timeout: 60_000 })
  await expect(first).toContainText(/Spent: platform [\d,]+ %, AMP or AWS [\d,]+ %, not known [\d,]+ %/)
  await ofTenant.fill('')
  await expect(page.getByText(/^Of \d SLOs .*used up (the|their) budgets?/)).toBeVisible()
  await inspect(page, 'slos')

  await page.getByRole('combobox', { name: 'Every kind' }).selectOption('Latency')
  await expect(table.getByRole('link', { name: /^Writes are accepted/ })).toHaveCount(0)
  await page.getByRole('combobox', { name: 'Every kind' }).selectOption('')
  await ofTenant.fill('acme')
  await expect(table.getByRole('row').nth(1)).toContainText('acme', { timeout: 90_000 })
  await expect(table.getByText(umbrella)).toHaveCount(0)
  await ofTenant.fill(umbrella)
  await expect(first).toContainText(umbrella)

  await first.getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Writes are accepted: ${umbrella}`)
  await expect(
    page.getByText(
      /^The budget of 30 days is overspent by [\d,]+ % of it\. In the last hour it burnt [\d.]+ times as fast/,
    ),
  ).toBeVisible()
  const alerts = page.getByRole('region', { name: 'Alerts' })
  await expect(alerts.getByText(new RegExp(`^A page fires for ${umbrella}, since`))).toBeVisible()
  await expect(alerts.getByRole('row', { name: /^Page above 14.4× in 10 min and 50 s .* fires$/ })).toBeVisible()
  await expect(alerts.getByText(/^By the rules’ own formula these fired in the last 30 days: page once/)).toBeVisible()
  await expect(
    page.getByRole('region', { name: 'Over time' }).getByText(/% of the events were bad in the last 30 days/),
  ).toBeVisible()

  // The incident that the real alert opened, on the chart and in the list below it.
  const marks = page.getByRole('region', { name: 'Incidents and changes' })
  const ofIncident = marks.getByRole('link', { name: /^Incident \d+: “Writes are accepted” burns its budget/ }).first()
  await expect(ofIncident).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('button', { name: /^(Incident:|\d+ incidents)/ }).first()).toBeVisible()
  const path = await ofIncident.getAttribute('href')
  await ofIncident.click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Incident ${path?.split('/').at(-1)}`)
  const budgets = page.getByRole('region', { name: 'Budgets of those it harms' })
  await expect(budgets.getByRole('row', { name: new RegExp(`${umbrella}.*overspent by`) })).toBeVisible()

  await page
    .getByRole('textbox', { name: 'Note' })
    .fill('We **look** at it.\n\n![graph](https://grafana.example/1.png)')
  const preview = page.getByRole('region', { name: 'Preview of the note' })
  await expect(preview.locator('strong')).toHaveText('look')
  await page.getByRole('button', { name: 'Add the note' }).click()
  const timeline = page.getByRole('region', { name: 'Timeline' })
  await expect(timeline.locator('strong')).toHaveText('look')
  await expect(timeline.getByRole('link', { name: 'Picture: graph' })).toHaveAttribute('rel', /noreferrer/)
  await expect(timeline.locator('img')).toHaveCount(0)
  // Scrolled, the header would cover a part of a mark on the chart.
  await page.evaluate('scrollTo(0, 0)')
  await inspect(page, 'incident-note')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download the report' }).click()
  const saved = await download
  expect(saved.suggestedFilename()).toBe(`incident-${path?.split('/').at(-1)}.md`)
  const report = await readFile(await saved.path(), 'utf8')
  expect(report).toMatch(/^# Incident \d+: “Writes are accepted” burns its budget/)
  expect(report).toContain('## What changed before')
  expect(report).toContain('  > We **look** at it.')
  await page.goBack()

  const whatIf = page.getByRole('region', { name: 'What if' })
  await whatIf.getByRole('textbox', { name: 'Objective, %' }).fill('99,5')
  await expect(whatIf.getByText('Enter a number from 50 to 99.999')).toBeVisible()
  await whatIf.getByRole('textbox', { name: 'Objective, %' }).fill('50')
  await whatIf.getByRole('button', { name: 'Replay the last 30 days' }).click()
  await expect(whatIf.getByText(/This alert can never fire: 14.4 × 50 %/)).toBeVisible()
  for (const name of [/^Page above, × in 1 h/, /^Page above, × in 6 h/, /^Ticket above, × in 24 h/])
    await whatIf.getByRole('textbox', { name }).fill('')
  await whatIf.getByRole('button', { name: 'Replay the last 30 days' }).click()
  await expect(
    whatIf.getByText(/^At 50 %: nothing would have fired, 8\d % of the budget left\. With .* page once/),
  ).toBeVisible()

  await expect(page.getByRole('region', { name: 'Rules' }).getByText('record: "slo:events:step"')).toBeVisible()
  await page
    .getByRole('group', { name: 'Time range' })
    .or(page.getByRole('radiogroup', { name: 'Time range' }))
    .getByText('1 h')
    .click()
  await expect(page.getByRole('region', { name: 'Over time' }).getByText(/bad in the last hour/)).toBeVisible()
  await inspect(page, 'slo')
  await page.context().close()
})

test('a tenant’s people see their own budget, and a guest that of all together', async ({ browser }) => {
  const admin = await pageOf(browser, 'acmeAdmin', '/slos')
  const acme = caller(admin.context().request, { tenant: 'acme' })
  const { revision, resolved } = await acme.query<{ revision: number; resolved: Record<string, number> }>(
    'quota.current',
  )
  const limit = 'ingest.samplesPerSecond'
  const limits = { [limit]: (resolved[limit] ?? 0) - 1 }
  await acme.mutate('quota.propose', { limits, reason: 'a mark on a chart', baseRevision: revision })
  const own = admin.getByRole('link', { name: /^Graphs are current/ })
  await expect(own).toContainText('acme', { timeout: 90_000 })
  await expect(admin.getByText(/umbrella|globex/)).toHaveCount(0)
  await own.click()
  await expect(admin.getByRole('heading', { level: 1 })).toHaveText('Graphs are current: acme')
  await expect(admin.getByText(/budget of 30 days is (left|used up|overspent)/)).toBeVisible()
  const marks = admin.getByRole('region', { name: 'Incidents and changes' })
  await expect(marks).toContainText('Of your tenants only')
  await expect(marks.getByRole('listitem').filter({ hasText: 'a mark on a chart' }).getByRole('link')).toHaveAttribute(
    'href',
    '/t/acme/quotas',
  )
  await expect(admin.getByRole('button', { name: /^(Change:|\d+ (incidents and )?changes:)/ }).first()).toBeVisible()
  for (const [slo, tenant] of [
    ['freshness', 'globex'],
    ['ingest-success', umbrella],
  ]) {
    await admin.goto(`/slos/${slo}?group=${encodeURIComponent(JSON.stringify([['tenant_id', tenant]]))}`)
    await expect(admin.getByText('No such group')).toBeVisible()
  }
  await admin.context().close()

  const guest = await pageOf(browser, 'guest', '/slos')
  const together = guest.getByRole('link', { name: /^Graphs are current/ })
  await expect(together).toContainText('all together')
  await together.click()
  await expect(guest.getByText(/You may see none of them, so this page has the events of all together/)).toBeVisible()
  const none = guest.getByRole('region', { name: 'Incidents and changes' })
  await expect(none).toContainText('You may see none of them, because they name tenants.')
  await expect(none.getByRole('listitem')).toHaveCount(0)
  await expect(guest.getByText(/umbrella|acme|globex/)).toHaveCount(0)
  await inspect(guest, 'slo-guest')
  await guest.context().close()
})
