import { expect, type Page } from '@playwright/test'
import { alertsQueueUrl, callMiniStack } from '../../local/src/parts/aws/awsBootstrap.ts'
import { tools } from '../../local/src/process/tools.ts'
import { fireAlert } from '../src/alerts.ts'
import { test } from '../src/fixtures.ts'
import { platformState } from '../src/platform.ts'
import { because, caller, pageOf, signIn, until } from '../src/portal.ts'

type Receiver = { id: string; name: string; settings: { kind: string; token?: string; channel?: string } }
const receiver = 'e2e-slack'
const route = 'Limits of acme'

const row = (page: Page) =>
  page.getByRole('table', { name: 'Receivers' }).getByRole('row', { name: new RegExp(receiver) })
const outcome = (page: Page) => page.getByRole('region', { name: 'Your change' })

test('a receiver is added, tested, corrected and sent to again; a route leads to it, and both are removed', async ({
  browser,
  page,
  platform,
}) => {
  const { items } = await platform.query<{ items: Receiver[] }>('notification.receivers')
  const { token = '', channel = '' } = items.find(({ settings }) => settings.kind === 'slack')?.settings ?? {}
  await signIn(page, 'platform1', '/notifications')
  const drawer = page.getByRole('dialog')

  await test.step('the form says at each field what is wrong', async () => {
    await page.getByRole('button', { name: 'Add a receiver' }).click()
    await drawer.getByRole('combobox', { name: 'Kind' }).click()
    await page.getByRole('option', { name: 'Slack' }).click()
    await drawer.getByRole('textbox', { name: 'Name' }).fill(receiver)
    await drawer.getByRole('textbox', { name: 'Bot token' }).fill('xoxb-a-key')
    await drawer.getByRole('textbox', { name: 'Channel id' }).fill('#alerts')
    await drawer.getByRole('button', { name: `Add ${receiver}` }).click()
    await expect(drawer.getByText(/^Use secretsmanager: and the ARN of a secret/)).toBeVisible()
    await expect(drawer.getByText(/^Use the id of a channel/)).toBeVisible()
    await drawer.getByRole('textbox', { name: 'Bot token' }).fill(token)
    await drawer.getByRole('textbox', { name: 'Channel id' }).fill('C0WRONGCHANNEL')
    await drawer.getByRole('button', { name: `Add ${receiver}` }).click()
    await expect(drawer).toBeHidden()
    await expect(row(page).getByText('nothing sent yet')).toBeVisible()
  })

  await test.step('a test that the receiver refuses shows its answer, and waits for a decision', async () => {
    await row(page)
      .getByRole('button', { name: `Send a test to ${receiver}` })
      .click()
    await expect(outcome(page).getByText('The test failed, and is not tried again.')).toBeVisible()
    await expect(outcome(page).getByText('It refused the message: channel_not_found.')).toBeVisible()
    await expect(row(page).getByText('2 failed')).toBeVisible()
    await page.getByText('To decide', { exact: true }).click()
    await expect(page).toHaveURL(/show=undecided/)
  })

  await test.step('with the right channel it is sent again, and arrives', async () => {
    await row(page).getByRole('button', { name: receiver, exact: true }).click()
    await drawer.getByRole('textbox', { name: 'Channel id' }).fill(channel)
    await drawer.getByRole('button', { name: `Save ${receiver}` }).click()
    await expect(drawer).toBeHidden()
    const messages = page.getByRole('table', { name: 'Messages' }).getByRole('row').filter({ hasText: receiver })
    await expect(messages).toHaveCount(2)
    await messages
      .last()
      .getByRole('button', { name: /^Send again/ })
      .click()
    await drawer.getByRole('button', { name: 'Send it again' }).click()
    await expect(drawer).toBeHidden()
    await expect(messages).toHaveCount(0)
    await expect(outcome(page).getByText('The test arrived: an incident that opened and resolved.')).toBeVisible()
    await expect(row(page).getByText('all sent')).toBeVisible()
    const at = await page.context().newPage()
    await at.goto(platformState().addresses.receivers)
    const slack = at.locator('section').filter({ has: at.getByRole('heading', { name: 'Slack' }) })
    await expect(slack.getByText('Resolved: Test of this receiver').first()).toBeVisible()
    await at.close()
  })

  await test.step('a route is tried on the last notifications and alerts before it is added', async () => {
    // A page that is open shows the incident at once: it asks by itself every minute only.
    const incidents = await page.context().newPage()
    await incidents.goto('/incidents')
    await expect(incidents.getByRole('heading', { level: 1 })).toHaveText('Incidents')
    const owner = await pageOf(browser, 'acmeViewer', '/t/acme/incidents')
    await expect(owner.getByRole('heading', { level: 1 })).toHaveText('Incidents')
    const ofOwner = owner.getByRole('row').filter({ hasText: 'E2eTried fires: acme' })
    const end = await fireAlert(platform, {
      ...{ labels: { alertname: 'E2eTried', tenant: 'acme', severity: 'ticket' }, fingerprint: '00000000000e2e01' },
    })
    const opened = incidents.getByRole('row').filter({ hasText: 'E2eTried fires: acme' })
    await expect(opened).toBeVisible()
    await expect(ofOwner).toBeVisible()
    await ofOwner.getByRole('link').first().click()
    const state = owner.getByText(/^(open|reopened)$/)
    await expect(state).toBeVisible()
    await end()
    await expect(opened).toHaveCount(0)
    await expect(state).toHaveCount(0)
    await expect(owner.getByRole('region', { name: 'Timeline' })).toContainText('Resolved')
    await owner.context().close()
    await incidents.close()
    await page.getByRole('button', { name: 'Add a route' }).click()
    await drawer.getByRole('button', { name: 'Add the route' }).click()
    await expect(drawer.getByText('Choose at least one receiver.')).toBeVisible()
    await drawer.getByRole('textbox', { name: 'Name' }).fill(route)
    await drawer.getByRole('checkbox', { name: 'Changes' }).check()
    await drawer.getByRole('checkbox', { name: `Slack ${receiver}` }).check()
    await drawer.getByLabel('Tenants').fill('acme')
    await page.keyboard.press('Enter')
    await expect(drawer.getByText(`Changes of acme go to Slack ${receiver}.`)).toBeVisible()
    await expect(
      drawer.getByText(/^Of the last \d+ notifications? that went to any receiver, it fits \d+\.$/),
    ).toBeVisible()
    await expect(drawer.getByText(/^Of the last \d+ alerts? it would have taken 0\./)).toBeVisible()
    await drawer.getByRole('checkbox', { name: 'Incidents' }).check()
    await expect(drawer.getByText(/^Of the last \d+ alerts? it would have taken [1-9]\d*\./)).toBeVisible()
    await expect(
      drawer.getByRole('list', { name: 'Alerts that it fits' }).getByText('E2eTried of acme, ticket').first(),
    ).toBeVisible()
    await drawer.getByRole('checkbox', { name: 'Incidents' }).uncheck()
    await because(drawer, 'The team wants to see them', 'Add the route')
    await expect(drawer).toBeHidden()
    await expect(page.getByRole('list', { name: 'Routes' }).getByText(`go to Slack ${receiver}.`)).toBeVisible()
  })

  await test.step('a receiver that a route names can’t be removed; then the route goes first', async () => {
    const remove = async () => {
      await row(page)
        .getByRole('button', { name: `Remove ${receiver}` })
        .click()
      await drawer.getByRole('textbox').fill(receiver)
      await drawer.getByRole('button', { name: `Remove ${receiver}` }).click()
    }
    await remove()
    await expect(
      drawer.getByText(`The receiver ${receiver} is in the routes ${route}. Remove it there first.`),
    ).toBeVisible()
    await drawer.getByRole('button', { name: 'Keep it' }).click()
    await page.getByRole('button', { name: `Remove the route ${route}` }).click()
    await because(drawer, 'Only a test', 'Remove the route')
    await expect(drawer).toBeHidden()
    await remove()
    await expect(drawer).toBeHidden()
    await expect(row(page)).toHaveCount(0)
  })
})

test('somebody who edits an older version of the routes sees both, and loses nothing', async ({ page, platform }) => {
  type Routes = { version: number; routes: { name: string }[] }
  await signIn(page, 'platform1', '/notifications?route=Changes')
  const drawer = page.getByRole('dialog')
  await drawer.getByRole('checkbox', { name: 'Page', exact: true }).check()
  const before = await platform.query<Routes>('notification.routes')
  const other = before.routes.map((one) => (one.name === 'Notices' ? { ...one, name: 'All notices' } : one))
  await platform.mutate('notification.setRoutes', { baseVersion: before.version, routes: other, reason: 'Better name' })
  await because(drawer, 'Only urgent ones', 'Save the route')
  await expect(drawer.getByText('Someone else changed the routes')).toBeVisible()
  await expect(drawer.getByText(/^All notices · Notices go to /)).toBeVisible()
  await drawer.getByRole('button', { name: 'Save the route' }).click()
  await expect(drawer).toBeHidden()
  const routes = page.getByRole('list', { name: 'Routes' })
  await expect(routes.getByText(/^Changes of severity page go to/)).toBeVisible()
  await expect(routes.getByText('All notices')).toBeVisible()
  const { version: baseVersion } = await platform.query<Routes>('notification.routes')
  await platform.mutate('notification.setRoutes', { baseVersion, routes: before.routes, reason: 'As before' })
})

test('messages about alerts that could not be read are counted on the page of incidents until a person deletes them', async ({
  page,
  platform,
}) => {
  test.skip(!tools().alertmanager, 'Alertmanager can’t be had on this machine')
  const { aws } = platformState().addresses
  const queue = alertsQueueUrl(aws)
  type Intake = { queue: { deadLetters: number | null } | null }
  const dead = (count: number) =>
    until(
      `${count} messages are in the dead-letter queue`,
      () => platform.query<Intake>('incident.intake'),
      (intake) => intake.queue?.deadLetters === count,
    )
  await callMiniStack(aws, 'AmazonSQS.SendMessage', { QueueUrl: queue, MessageBody: 'nobody can read this' })
  await dead(1)
  await signIn(page, 'platform1', '/incidents')
  await expect(page.getByText(/^1 message about alerts could not be read\. AMP was asked/)).toBeVisible()
  await callMiniStack(aws, 'AmazonSQS.PurgeQueue', { QueueUrl: `${queue}-dead` })
  await dead(0)
})

test('an API token is shown once, its use is shown, and after it is revoked the API refuses it', async ({
  page,
  request,
}) => {
  const name = 'e2e-alertmanager'
  await signIn(page, 'platform1', '/api-tokens')
  await page.getByRole('button', { name: 'Create a token' }).first().click()
  const drawer = page.getByRole('dialog')
  await drawer.getByRole('button', { name: 'Create the token' }).click()
  await expect(drawer.getByText(/letters, digits, dots, dashes and underscores/)).toBeVisible()
  await drawer.getByRole('textbox', { name: 'Name' }).fill(name)
  await drawer.getByText('30 d', { exact: true }).click()
  await drawer.getByRole('button', { name: `Create the token ${name}` }).click()
  const token = await drawer.getByRole('figure', { name: 'Token' }).locator('pre').innerText()
  expect(token).toMatch(/^tw_a_[A-Za-z0-9_-]{43}$/)
  await page.keyboard.press('Escape')
  await drawer.getByRole('button', { name: 'I have stored the token' }).click()
  await expect(drawer).toBeHidden()

  const post = (authorization: string) =>
    request.post(`${platformState().addresses.api}/v1/alertmanager/webhook`, {
      headers: { authorization },
      data: { version: '4', alerts: [] },
    })
  expect([401, 403]).not.toContain((await post(`Bearer ${token}`)).status())
  await page.reload()
  const live = page.getByRole('row', { name: new RegExp(name) })
  await expect(live.locator('[data-label="Last used"]')).toHaveText(/^\d+ s ago$/)
  expect((await page.content()).includes(token)).toBe(false)

  await live.getByRole('button', { name: `Revoke ${name}` }).click()
  await drawer.getByRole('textbox').fill(name)
  await drawer.getByRole('button', { name: `Revoke ${name}` }).click()
  await expect(page.getByRole('table', { name: 'Revoked and expired tokens' }).getByText(name)).toBeVisible()
  expect((await post(`Bearer ${token}`)).status()).toBe(401)
})

test('an auditor sees where notifications go, can’t change anything, and reads why', async ({ browser }) => {
  const page = await pageOf(browser, 'auditor', '/notifications?receiver=new')
  await expect(page.getByRole('table', { name: 'Receivers' }).getByRole('row', { name: /slack/ }).first()).toBeVisible()
  await expect(page.getByText('To change or test this you need the role platform admin.')).toBeVisible()
  await expect(page.getByRole('button', { name: /^(Add|Send|Change|Remove)/ })).toHaveCount(0)
  await expect(page.getByRole('dialog')).toHaveCount(0)
  const auditor = caller(page.context().request, 'platform')
  const id = '00000000-0000-4000-8000-000000000002'
  await expect(auditor.mutate('notification.test', { id })).rejects.toThrow('You need the role')
  await page.goto('/api-tokens')
  await expect(page.getByText('To create and revoke tokens you need the role platform admin.')).toBeVisible()
  await page.context().close()
})
