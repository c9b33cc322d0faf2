import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import { writeToGateway } from '@tickwatch/local'
import { test } from '../src/fixtures.ts'
import { enforced, inSync, propose } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { platformState } from '../src/platform.ts'
import { because, caller, pageOf, people, until } from '../src/portal.ts'

type Tenant = { envelope: Record<string, { min: number; max: number }> }

test('a tenant is created, gets an envelope, and is suspended and resumed on every gateway', async ({
  browser,
  platform,
}) => {
  await inSync(platform)
  const id = 'piedpiper'
  /** What each gateway answers to a write of the tenant. */
  const answers = (status: number) =>
    until(
      `every gateway answers ${status}`,
      () => Promise.all(platformState().addresses.gateways.map(({ socket }) => writeToGateway(socket, id, 5))),
      (statuses) => statuses.every((each) => each === status),
    )
  const page = await pageOf(browser, 'platform1', '/tenants')
  const drawer = page.getByRole('dialog')

  await test.step('an id that exists already is reported, and what was typed stays', async () => {
    await page.getByRole('button', { name: 'Create a tenant' }).click()
    await drawer.getByRole('textbox', { name: 'Id' }).fill('Acme')
    await drawer.getByRole('textbox', { name: 'Name' }).fill('Pied Piper')
    await drawer.getByRole('button', { name: 'Create the tenant' }).click()
    await expect(drawer.getByText(/^Use 2 to 63 lower-case letters, digits and dashes/)).toBeVisible()
    await drawer.getByRole('textbox', { name: 'Id' }).fill('acme')
    await drawer.getByRole('button', { name: 'Create acme' }).click()
    await expect(drawer.getByText(/A tenant with this id already exists/)).toBeVisible()
    await inspect(page, 'create-tenant')
    await drawer.getByRole('textbox', { name: 'Id' }).fill(id)
    await drawer.getByRole('button', { name: `Create ${id}` }).click()
    await expect(page.getByRole('dialog', { name: 'Pied Piper' })).toBeVisible()
    await expect(page).toHaveURL(new RegExp(`tenant=${id}`))
    await answers(204)
  })

  const envelope = async () => (await platform.query<Tenant>('tenant.get', { id })).envelope
  const rate = { min: 100, max: 5_000 }
  const least = page.getByRole('textbox', { name: 'Samples per second, minimum' })
  const most = page.getByRole('textbox', { name: 'Samples per second, maximum' })
  const send = page.getByRole('button', { name: `Set ${id}’s envelope`, exact: true })
  await test.step('its envelope is set, after its fault is fixed', async () => {
    await drawer.getByRole('link', { name: `Edit ${id}’s envelope` }).click()
    await page.getByRole('switch', { name: /^Samples per second:/ }).check({ force: true })
    await least.fill('1e2')
    await most.fill('50')
    await because(page, 'The indie plan', `Set ${id}’s envelope`)
    await expect(page.getByText('The minimum is above the maximum.')).toBeVisible()
    await expect(least).toBeFocused()
    await most.fill('5k')
    await expect(page.getByText('= 5,000 samples/s')).toBeVisible()
    const preview = page.getByRole('region', { name: 'What this will make possible' })
    await expect(
      preview.getByText(`${id} can set samples per second alone, from 100 to 5,000 samples/s.`),
    ).toBeVisible()
    await expect(preview.getByText('The limit of 10,000 samples/s is above the maximum of 5,000.')).toBeVisible()
    await send.click()
    await expect(page.getByText('Envelope set')).toBeVisible()
    expect(await envelope()).toEqual({ 'ingest.samplesPerSecond': rate })
  })

  await test.step('what was entered survives Escape, Back and a reload', async () => {
    await most.fill('6k')
    await most.press('Escape')
    await page.goBack()
    await expect(drawer).toBeVisible()
    await page.goForward()
    await expect(most).toHaveValue('6k')
    await page.reload()
    await expect(most).toHaveValue('6k')
    await expect(page.getByText('This is what you entered before.')).toBeVisible()
  })

  await test.step('an envelope that someone else set meanwhile is shown, and ours can be set on top', async () => {
    const series = { 'series.activeMax': { min: 1_000, max: 9_000 } }
    const base = await envelope()
    await platform.mutate('tenant.setEnvelope', { id, base, envelope: { ...base, ...series }, reason: 'First of two' })
    await because(page, 'Second of two', `Set ${id}’s envelope`)
    await expect(
      page.getByRole('row', { name: 'Active series by approval only 1,000 to 9,000 as theirs' }),
    ).toBeVisible()
    await expect(
      page.getByRole('row', { name: 'Samples per second 100 to 5,000 100 to 5,000 100 to 6,000' }),
    ).toBeVisible()
    await expect(page.getByRole('button', { name: `Set ${id}’s envelope on top` })).toBeInViewport()
    await inspect(page, 'envelope-conflict')
    await page.getByRole('button', { name: `Set ${id}’s envelope on top` }).click()
    await expect(page.getByText('Envelope set')).toBeVisible()
    expect(await envelope()).toEqual({ 'ingest.samplesPerSecond': { ...rate, max: 6_000 }, ...series })
  })

  await test.step('our own envelope, whose answer was lost, is not shown as someone else’s', async () => {
    await page.route('**/tenant.setEnvelope*', async (route) => {
      await route.fetch()
      await route.abort()
    })
    await most.fill('7000')
    await because(page, 'Its answer is lost', `Set ${id}’s envelope`)
    await expect(send).toHaveCount(0)
    await expect(most).toHaveValue('7,000')
    expect((await envelope())['ingest.samplesPerSecond']).toEqual({ ...rate, max: 7_000 })
    await page.unroute('**/tenant.setEnvelope*')
  })

  await test.step('every gateway refuses its writes while it is suspended, and none afterwards', async () => {
    await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: id }).click()
    await drawer.getByRole('button', { name: `Suspend ${id}…` }).click()
    await because(drawer, 'Its certificate leaked', `Suspend ${id}`)
    await expect(drawer.getByText(`Type the tenant’s id, ${id}.`)).toBeVisible()
    await drawer.getByRole('textbox', { name: `Type ${id} to confirm` }).fill(id)
    await drawer.getByRole('button', { name: `Suspend ${id}`, exact: true }).click()
    await expect(drawer.getByText(`${id} is suspended`)).toBeVisible()
    await answers(403)
    await because(drawer, 'It has a new certificate', `Resume ${id}`)
    await expect(drawer.getByText(`${id} may write again`)).toBeVisible()
    await answers(204)
  })

  await test.step('its overview says why new series over its limit are refused, and names the metric and the label', async () => {
    const tenant = caller(page.request, { tenant: id })
    await enforced(tenant, await propose(tenant, { 'series.activeMax': 1_000 }, 'A small limit'))
    const [gateway] = platformState().addresses.gateways
    // With a 503 the gateway waits for its share of the series.
    await until(
      'the series are refused for good',
      () => writeToGateway(gateway?.socket ?? '', id, 1_200),
      (status) => status === 400,
    )
    await page.goto(`/t/${id}`)
    const why = page.getByRole('region', { name: 'Why it was refused' }).getByRole('article', { name: 'active-series' })
    await expect(why.getByText('game_players', { exact: true })).toBeVisible()
    await expect(why.getByText(/^about \d+ values$/).first()).toBeVisible()
    await expect(why.getByText(/^The label shard_id has the most values\./)).toBeVisible()
  })
  await page.context().close()
})

test('a role applies from the next request until it is removed', async ({ browser }) => {
  const guest = await pageOf(browser, 'guest')
  const navigation = guest.getByRole('navigation', { name: 'Main' })
  const log = navigation.getByRole('link', { name: 'Audit log' })
  await expect(navigation.getByRole('link').first()).toBeVisible()
  await expect(log).toHaveCount(0)

  const page = await pageOf(browser, 'platform1', '/access')
  await page.getByRole('button', { name: 'Give a role' }).click()
  const drawer = page.getByRole('dialog', { name: 'Give a role' })
  await drawer.getByRole('combobox', { name: 'Role' }).click()
  await page.getByRole('option', { name: 'auditor', exact: true }).click()
  await drawer.getByRole('button', { name: 'Give auditor' }).click()
  await expect(drawer.getByText(/^Enter an e-mail address/)).toBeVisible()
  await expect(drawer.getByRole('textbox', { name: 'E-mail address' })).toBeFocused()
  await drawer.getByRole('textbox', { name: 'E-mail address' }).fill(people.guest)
  await drawer.getByRole('textbox', { name: 'Reason' }).fill('Audits in November')
  await inspect(page, 'give-role')
  await drawer.getByRole('button', { name: 'Give auditor' }).click()
  await expect(drawer.getByText(`${people.guest} is auditor`)).toBeVisible()
  await drawer.getByRole('button', { name: 'Close' }).click()

  await guest.reload()
  await log.click()
  await expect(guest.getByRole('table', { name: 'Audit events' })).toBeVisible()

  await page.getByRole('button', { name: `Remove auditor from ${people.guest}` }).click()
  const dialog = page.getByRole('dialog', { name: /^Remove the role auditor/ })
  await dialog.getByRole('textbox', { name: /to confirm$/ }).fill(people.guest)
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('The audit is done')
  await dialog.getByRole('button', { name: 'Remove the role auditor' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('button', { name: `Remove auditor from ${people.guest}` })).toHaveCount(0)

  await guest.reload()
  await expect(guest.getByText('You may not see the audit log')).toBeVisible()
  await expect(log).toHaveCount(0)
  for (const each of [guest, page]) await each.context().close()
})

test('the audit log can be filtered by its URL, paged, verified and exported', async ({ browser, platform }) => {
  const action = 'access.revoke'
  // Two pages of events of one action.
  for (let i = 0; i < 51; i += 1) {
    const grant = { subjectKind: 'group', subject: `crowd-${i}`, role: 'auditor', tenantId: null }
    const { id } = await platform.mutate<{ id: string }>('access.addGrant', grant)
    await platform.mutate('access.removeGrant', { id })
  }
  const page = await pageOf(browser, 'auditor', '/audit')
  const events = page.getByRole('table', { name: 'Audit events' })
  const first = events.locator('tbody tr').first()
  const number = async () => Number((await first.getByRole('button').first().innerText()).replace(/[#,]/g, ''))

  // A part is enough, and the field offers every action.
  await page.getByRole('combobox', { name: 'Action' }).fill('ccess.revo')
  await expect(page).toHaveURL(/action=ccess\.revo/)
  await expect(page.locator(`datalist option[value="${action}"]`)).toHaveCount(1)
  await expect(first.getByText(action)).toBeVisible()
  await expect(events.locator('tbody tr').filter({ hasText: action })).toHaveCount(50)
  const newest = await number()
  await page.getByRole('button', { name: 'Next page' }).click()
  await expect(page).toHaveURL(/cursor=/)
  await expect.poll(number).toBeLessThan(newest - 90)
  await page.reload()
  await expect.poll(number).toBeLessThan(newest - 90)
  await expect(events.getByText('access.grant')).toHaveCount(0)
  await page.getByRole('button', { name: 'First page' }).click()
  await expect.poll(number).toBe(newest)
  const [matching] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export the matching events' }).click(),
  ])
  const matched = (await readFile(await matching.path(), 'utf8')).trimEnd().split('\n')
  expect(matched.length).toBeGreaterThan(50)
  expect(new Set(matched.map((line) => (JSON.parse(line) as { action: string }).action))).toEqual(new Set([action]))
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await expect(page).not.toHaveURL(/action=/)
  await expect(events.getByText('access.grant').first()).toBeVisible()

  await test.step('an event has a link, which shows it also when newer events fill a page', async () => {
    const fifth = events.locator('[data-row-control]').nth(4)
    const title = await fifth.innerText()
    await events.getByRole('button', { name: title, exact: true }).click()
    await events.getByRole('link', { name: `event ${title}` }).click()
    await expect(first.getByRole('button', { name: title, exact: true })).toHaveAttribute('aria-expanded', 'true')
    await expect(events.getByRole('link', { name: `event ${title}` })).toBeVisible()
    await page.getByRole('button', { name: 'First page' }).click()
  })

  await page.getByRole('button', { name: 'Verify the chain now' }).click()
  const upTo = async () =>
    Number(
      /up to #([\d,]+)/
        .exec(await page.getByRole('status').filter({ hasText: 'Chain' }).innerText())?.[1]
        ?.replaceAll(',', ''),
    )
  await expect.poll(upTo).toBeGreaterThanOrEqual(newest)

  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export the whole log' }).click(),
  ])
  expect(file.suggestedFilename()).toMatch(/^tickwatch-audit-\d{4}-\d{2}-\d{2}\.ndjson$/)
  const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\n')
  await expect(page.getByText(`${lines.length.toLocaleString('en')} events saved`)).toBeVisible()
  const seqs = lines.map((line) => (JSON.parse(line) as { seq: number }).seq)
  expect(seqs).toEqual(seqs.map((_, i) => i + 1))
  expect(seqs.length).toBeGreaterThanOrEqual(newest)
  await page.context().close()
})
