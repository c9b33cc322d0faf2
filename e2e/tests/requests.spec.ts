import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { backToNormal, enforced, propose } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { caller, pageOf, signIn } from '../src/portal.ts'
import { draft, quotasPage } from '../src/quotaPage.ts'

type Quota = { revision: number }

test('an approver decides on the page of the request; the requester reads there that someone else must decide', async ({
  browser,
  approver,
}) => {
  const page = await pageOf(browser, 'platform1', quotasPage)
  const asker = caller(page.context().request, { tenant: 'acme' })
  const { revision: baseRevision } = await asker.query<Quota>('quota.current')
  const { changeRequestId: id } = await asker.mutate<{ changeRequestId: string }>('quota.propose', {
    limits: { 'ingest.samplesPerSecond': 17_000 },
    reason: 'Seen on the page of the request',
    baseRevision,
  })
  try {
    await page.goto(`/approvals/${id}`)
    await expect(page.getByText('You asked for this, so someone else must decide.')).toBeVisible()
    await expect(page.getByRole('button', { name: /^(Approve|Decline)/ })).toHaveCount(0)
    await inspect(page, 'request-asker')

    const other = await pageOf(browser, 'platform2', `/approvals/${id}`)
    await expect(other.getByRole('button', { name: 'Approve 17,000 samples/s' })).toBeVisible()
    await other.getByRole('textbox', { name: 'Reason' }).fill('Typed and not sent')
    await other.getByRole('link', { name: 'Gateways' }).click()
    await other.getByRole('heading', { level: 1, name: 'Gateways' }).waitFor()
    await other.goBack()
    await expect(other.getByRole('textbox', { name: 'Reason' })).toHaveValue('Typed and not sent')
    await inspect(other, 'request')
    await other.context().close()
  } finally {
    await approver.mutate('changeRequest.decline', { id, reason: 'Only looked at' })
  }
  await expect(page.getByText('Only looked at')).toBeVisible()
  await page.context().close()
})

// In 2 s on an idle machine. The page would ask only every 10 s.
const inTime = { timeout: 5_000 }

test('a question, its answer and a decision show at once on the open pages, with who and why, and less than asked is said', async ({
  page,
  acme,
  approver,
  browser,
}) => {
  await signIn(page, 'acmeAdmin', quotasPage)
  const drawer = await draft(page, 18_000, 'Wanted for a launch')
  await drawer.getByRole('button', { name: 'Ask for 18,000 samples/s' }).click()
  const notice = page.getByRole('region', { name: 'Your change' })
  await expect(notice.getByText(/^It waits for a platform approver/)).toBeVisible()
  const { pending } = await acme.query<{ pending: { id: string }[] }>('quota.current')
  const id = pending.at(-1)?.id ?? ''
  await page.getByRole('link', { name: 'Open the request' }).last().click()
  const panel = page.getByRole('dialog', { name: 'Request' })
  await expect(panel.getByText('Wanted for a launch')).toBeVisible()
  await inspect(page, 'request-own')
  await page.keyboard.press('Escape')

  await approver.mutate('changeRequest.decline', { id, reason: 'The storage has no room' })
  await expect(notice.getByText(/declined it .*: “The storage has no room”/)).toBeVisible(inTime)
  const decided = page.getByRole('table', { name: 'Decided requests' })
  await expect(decided.getByText(/: “The storage has no room”/)).toBeVisible()
  await inspect(page, 'quotas-declined')
  await notice.getByRole('link', { name: 'Ask again' }).click()
  await expect(drawer.getByRole('textbox', { name: 'Samples per second' })).toHaveValue('18,000')
  await expect(drawer.getByRole('textbox', { name: 'Reason' })).toHaveValue('Wanted for a launch')
  await drawer.getByRole('textbox', { name: 'Reason' }).fill('Wanted for another launch')
  await drawer.getByRole('button', { name: 'Ask for 18,000 samples/s' }).click()
  await expect(notice.getByText(/^It waits for a platform approver/)).toBeVisible()

  const again = await acme.query<{ pending: { id: string }[] }>('quota.current')
  const deciding = await pageOf(browser, 'platform2', `/approvals/${again.pending.at(-1)?.id}`)
  await expect(deciding.getByText(/^How much the platform carries is not known/)).toBeVisible()
  await deciding.getByRole('button', { name: 'Ask a question' }).click()
  await deciding.getByRole('textbox', { name: 'Question' }).fill('Is less enough?')
  await deciding.getByRole('button', { name: 'Send the question' }).click()
  await expect(deciding.getByRole('log').getByText('Is less enough?')).toBeVisible()
  await expect(notice.getByText(/asks: “Is less enough\?”/)).toBeVisible(inTime)
  const thread = page.getByRole('log', { name: 'Questions and answers' })
  await expect(thread.getByText('Is less enough?')).toBeVisible(inTime)
  await inspect(page, 'quotas-question')
  await page.getByRole('textbox', { name: 'Answer' }).fill('16,000 are enough')
  await page.getByRole('button', { name: 'Answer' }).click()
  await expect(thread.getByText('16,000 are enough')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Answer' })).toHaveCount(0)
  await expect(deciding.getByRole('log').getByText('16,000 are enough')).toBeVisible()

  const value = deciding.getByRole('textbox', { name: 'Samples per second to approve' })
  await value.fill('19k')
  await expect(
    deciding.getByText(/^Enter a number from [\d,]+, the present limit, to 18,000, the requested/),
  ).toBeVisible()
  await value.fill('16k')
  await deciding.getByRole('textbox', { name: 'Reason' }).fill('Now it has room')
  await inspect(deciding, 'request-less')
  await deciding.getByRole('button', { name: 'Approve 16,000 samples/s instead of 18,000' }).click()
  await expect(deciding.getByRole('heading', { name: 'Decision' })).toBeFocused()
  await expect(deciding.getByRole('status').getByText('The request is approved.')).toBeAttached()
  const parts = 'sked for 18,000, approved 16,000 samples/s'
  await expect(deciding.getByText(`A${parts}.`)).toBeVisible()
  await deciding.context().close()

  const both = new RegExp(`approved a part of it .*: a${parts}\\. “Now it has room”`)
  await expect(notice.getByText(both)).toBeVisible(inTime)
  await expect(page.getByRole('meter', { name: /^Samples per second/ })).toHaveAttribute(
    'aria-valuemax',
    '16000',
    inTime,
  )
  const history = page.getByRole('table', { name: 'History' })
  await expect(history.getByText(new RegExp(`approved in part by .*: a${parts}\\. “Now it has room”`))).toBeVisible()
  await backToNormal(acme)
})

test('an approver looks again at a reduction below present use; when it is withdrawn, it is not called declined', async ({
  browser,
  acme,
}) => {
  const { revision: baseRevision } = await acme.query<Quota>('quota.current')
  const { changeRequestId: id } = await acme.mutate<{ changeRequestId: string }>('quota.propose', {
    limits: { 'ingest.samplesPerSecond': 50 },
    reason: 'Far below its use',
    baseRevision,
  })
  const page = await pageOf(browser, 'platform2', `/approvals/${id}`)
  await page.getByRole('textbox', { name: 'Reason' }).fill('Looked at twice')
  await page.getByRole('button', { name: 'Approve 50 samples/s' }).click()
  const harm = page.getByRole('alert').getByText(/^acme uses [\d,]+ samples\/s now\. At 50, [\d,]+ samples\/s would be/)
  await expect(harm).toBeVisible()
  await expect(page.getByRole('button', { name: 'Approve 50 samples/s anyway' })).toBeVisible()
  await page.getByRole('button', { name: 'Do not approve yet' }).click()
  await expect(harm).toHaveCount(0)
  await page.keyboard.press('Control+K')
  await page.getByRole('textbox', { name: 'Search and commands' }).fill('request 50')
  await expect(page.getByRole('button', { name: /^Request of Acme Games: .* → 50 samples\/s/ }).first()).toBeVisible()
  await page.keyboard.press('Escape')
  await acme.mutate('quota.withdraw', { id })
  await expect(page.getByText(/withdrew the request\. Nothing changed\.$/)).toBeVisible()
  await expect(page.getByText('Declined', { exact: true })).toHaveCount(0)
  await page.context().close()
})

test('a change is reverted from the history: the editor opens with the earlier values', async ({ page, acme }) => {
  const before = await propose(acme, { 'ingest.samplesPerSecond': 2_600 }, 'Before what is reverted')
  await enforced(acme, before)
  const revision = await propose(acme, { 'ingest.samplesPerSecond': 2_700 }, 'To be reverted')
  await enforced(acme, revision)

  await signIn(page, 'acmeAdmin', quotasPage)
  // Until present use is known, a reduction asks for a second look.
  await expect(page.getByRole('meter').first()).toBeVisible()
  const history = page.getByRole('table', { name: 'History' })
  await history.locator('[data-row-control]').first().click()
  await history.getByRole('button', { name: `Revert change ${revision}` }).click()
  const drawer = page.getByRole('dialog', { name: 'Edit quota' })
  await expect(drawer.getByText(`These are the values from before change ${revision}.`)).toBeVisible()
  await expect(drawer.getByRole('textbox', { name: 'Samples per second' })).toHaveValue('2,600')
  await expect(drawer.getByRole('textbox', { name: 'Reason' })).toHaveValue(`Revert change ${revision}`)
  await drawer.getByRole('button', { name: 'Apply 2,600 samples/s' }).click()
  await expect(drawer).toBeHidden()
  await expect(history.getByRole('cell', { name: `Revert change ${revision}`, exact: true })).toBeVisible()

  await backToNormal(acme)
})

test('if the answer to an edit is lost, the page does not call it rejected, and shows what became of it', async ({
  page,
  acme,
}) => {
  await signIn(page, 'acmeAdmin', quotasPage)
  const drawer = await draft(page, 2_400, 'Its answer is lost')
  await page.route('**/quota.propose*', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await drawer.getByRole('button', { name: 'Apply 2,400 samples/s' }).click()
  await expect(drawer.getByText('We do not know whether this was applied')).toBeVisible()
  await expect(drawer.getByText('This was not applied')).toHaveCount(0)
  // By its text: the open drawer hides the page behind it from queries by role.
  await expect(page.getByText('Its answer is lost').first()).toBeVisible()

  await backToNormal(acme)
})

test('the navigation has no pages of a tenant that does not exist', async ({ browser }) => {
  const page = await pageOf(browser, 'platform1')
  await page.goto('/t/nobody/quotas')
  await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible()
  const main = page.getByRole('navigation', { name: 'Main' })
  await expect(main.getByRole('link', { name: 'Quotas' })).toBeVisible()
  await expect(main.locator('a[href^="/t/nobody"]')).toHaveCount(0)
  await page.context().close()
})
