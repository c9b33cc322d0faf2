import { expect, type Page } from '@playwright/test'
import { fireAlert } from '../src/alerts.ts'
import { test } from '../src/fixtures.ts'
import { enforced, propose } from '../src/fleet.ts'
import { registerImage } from '../src/images.ts'
import { inspect, settled } from '../src/looks.ts'
import { caller, longName, pageOf } from '../src/portal.ts'
import { answersOf, answerWith } from '../src/rolloutAnswers.ts'

const word = 'w'.repeat(500)
const url = `https://grafana.example/d/tickwatch/overview?${'var-server=eu-west-1a-game-0042&'.repeat(13)}from=now-6h`
const arabic = 'نحتاج <b>المزيد</b> "الآن" & 100 % (v2)'
const markup = `<img src=x onerror="document.title='made'"><script>document.title='made'</script>`
const name = `<img src=x onerror=alert(1)>${'W'.repeat(72)}`
const group = `مجموعة-${'g'.repeat(190)}`
const slo = { title: `<b>مهلة</b> ${'T'.repeat(85)}`, owner: 'O'.repeat(100) }
const rollback = `<i>${'R'.repeat(400)}</i>`
const rate = 'ingest.samplesPerSecond'

/** What is wrong with the open page: it or a table is wider than its place, a text is not, or a text became elements. */
const faults = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement
  const found = scrollWidth > clientWidth ? ['the page scrolls sideways'] : []
  for (const table of document.querySelectorAll('table')) {
    const box = table.parentElement
    // A table in a region that is made to scroll, and that the keyboard reaches, is not at fault.
    if (!table.closest('[tabindex="0"]') && box.scrollWidth > box.clientWidth + 1)
      found.push('columns are out of view: ' + table.getAttribute('aria-label'))
  }
  for (const words of document.querySelectorAll('bdi, [data-note] :is(p, a)')) {
    const { left, right } = words.getBoundingClientRect()
    const cutByStyle = getComputedStyle(words).whiteSpace === 'nowrap'
    if (!cutByStyle && (left < 0 || right > innerWidth)) found.push('out of view: ' + words.textContent)
  }
  if (document.querySelector('bdi *, img[src=x]')) found.push('a text became an element')
  return found
})()`

async function expectInPlace(page: Page, texts: readonly string[]) {
  for (const [width, height] of [
    [390, 844],
    [1440, 900],
  ] as const) {
    await page.setViewportSize({ width, height })
    for (const text of texts) {
      const shown = page.locator('bdi, [data-note]').filter({ hasText: text.slice(0, 100), visible: true })
      await expect(shown.first(), text).toBeVisible()
    }
    await expect.poll(() => page.evaluate<string[]>(faults), `at ${width} px`).toEqual([])
  }
}

/** Asks for a limit outside the envelope. @returns the id of the request */
async function ask(tenant: ReturnType<typeof caller>, samplesPerSecond: number, reason: string): Promise<string> {
  const { revision: baseRevision } = await tenant.query<{ revision: number }>('quota.current')
  const limits = { [rate]: samplesPerSecond }
  const asked = await tenant.mutate<{ changeRequestId: string }>('quota.propose', { limits, reason, baseRevision })
  return asked.changeRequestId
}

/** Sends an alert about the tenant, as an Alertmanager of its own would. @returns the number of its incident */
async function harmed(platform: ReturnType<typeof caller>): Promise<number> {
  const labels = { alertname: 'Words', tenant: 'words', severity: 'page', place: word }
  await fireAlert(platform, { labels, fingerprint: '0123456789abcdef' })
  const { items } = await platform.query<{ items: { number: number }[] }>('incident.list', { tenantId: 'words' })
  const number = items[0]?.number ?? 0
  await platform.mutate('incident.assign', { number, assignee: longName.slice(0, 100) })
  for (const text of [arabic, url, markup]) await platform.mutate('incident.note', { number, text })
  return number
}

/** An SLO that measures nothing, so that it is the last one of each list. */
const saveSlo = (platform: ReturnType<typeof caller>) =>
  platform.mutate('slo.save', {
    definition: {
      ...{ id: 'words', ...slo, runbookUrl: url, objective: 0.99, window: { days: 30 }, groupBy: [] },
      sli: { kind: 'ratio', bad: `words_total{code="${'c'.repeat(300)}"}`, total: 'words_total' },
      alerting: { burns: [], badEventsMin: 10 },
    },
    ...{ baseVersion: 0, reason: word, withoutPreview: true },
  })

/** An image whose texts are all as a pipeline may send them. @returns its id */
async function imaged(platform: ReturnType<typeof caller>): Promise<string> {
  const [vulnerability, name] = [`<b>${'V'.repeat(190)}`, `مكتبة-${'p'.repeat(180)}`]
  const found = { id: vulnerability, severity: 'High', package: name, version: word.slice(0, 200) }
  const { id } = await registerImage(
    platform,
    { name: 'words', version: '1.0.0' },
    {
      packages: [{ name, version: word.slice(0, 200) }],
      vulnerabilities: [found],
      changelog: `${word} ${markup} ${arabic}`,
    },
  )
  await platform.mutate('image.except', {
    imageName: 'words',
    vulnerability,
    package: name,
    expiresInDays: 1,
    reason: url,
  })
  return id
}

const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString()

/** Windows of a group of no tenant, in some weeks, so that they exclude nothing: one is coming, one cancelled, one asked for. */
async function maintained(platform: ReturnType<typeof caller>, approver: ReturnType<typeof caller>) {
  const window = { sloId: 'freshness', group: JSON.stringify([['tenant_id', word]]) }
  const plan = async (from: number, reason: string) => {
    const times = { startsAt: days(from), endsAt: days(from + 1) }
    const asked = await platform.mutate<{ changeRequestId: string }>('maintenance.plan', {
      ...window,
      ...times,
      reason,
    })
    return asked.changeRequestId
  }
  for (const [i, reason] of [url, arabic].entries())
    await approver.mutate('changeRequest.approve', { id: await plan(30 + i, reason), reason })
  type Windows = { windows: { id: string; decision: { reason: string } | null }[] }
  const { windows } = await platform.query<Windows>('maintenance.current')
  const id = windows.find(({ decision }) => decision?.reason === arabic)?.id ?? ''
  await platform.mutate('maintenance.end', { id, reason: markup })
  return plan(32, word)
}

/** Freeze windows in some weeks: one is coming, one cancelled. */
async function frozen(platform: ReturnType<typeof caller>) {
  const plan = (from: number, reason: string) =>
    platform.mutate<{ id: string }>('freezeWindow.create', {
      ...{ startsAt: days(from), endsAt: days(from + 1), environments: ['e'.repeat(64)], reason },
    })
  await plan(30, word)
  const { id } = await plan(31, arabic)
  await platform.mutate('freezeWindow.end', { id, reason: markup })
}

/** The answers of a rollout's page, with texts as people and AWS may write them. */
function rolloutOfWords(): Record<string, unknown> {
  const texts = [
    ['gateway-canary', 'g'.repeat(255)],
    ['production', 'e'.repeat(64)],
    ['Fewer bytes for each series', url],
    ['Pilar Platform', longName],
    ['Seen in staging', arabic],
  ] as const
  const plain = JSON.stringify(answersOf('rolls-back'))
  return JSON.parse(texts.reduce((json, [from, to]) => json.replaceAll(from, JSON.stringify(to).slice(1, -1)), plain))
}

test('a long word, a URL, text from right to left and markup stay text and in their place on every page', async ({
  browser,
  approver,
}) => {
  const page = await pageOf(browser, 'longName')
  const platform = caller(page.context().request, 'platform')
  await platform.mutate('tenant.create', { id: 'words', name, plan: 'P'.repeat(40) })
  const { envelope: base } = await platform.query<{ envelope: object }>('tenant.get', { id: 'words' })
  const envelope = { [rate]: { min: 1, max: 10_000 } }
  await platform.mutate('tenant.setEnvelope', { id: 'words', base, envelope, reason: url })
  await platform.mutate('access.addGrant', {
    subjectKind: 'group',
    subject: group,
    role: 'tenant-viewer',
    tenantId: 'words',
    reason: arabic,
  })
  await page.goto('/tenants?search=words&tenant=words')
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const tenant = caller(page.context().request, { tenant: 'words' })
  let samplesPerSecond = 2_000
  let revision = 0
  for (const reason of [markup, arabic, url, word]) {
    samplesPerSecond += 1
    revision = await propose(tenant, { [rate]: samplesPerSecond }, reason)
  }
  const { version } = await enforced(tenant, revision)
  await enforced(tenant, await propose(tenant, { [rate]: 2_900 }, 'Until the roll-back'))
  const { fingerprint: preview } = await platform.query<{ fingerprint: string }>('rollback.preview', { version })
  await platform.mutate('rollback.run', { version, preview, reason: rollback, confirm: `v${version}` })
  await approver.mutate('changeRequest.approve', { id: await ask(tenant, 20_000, markup), reason: url })
  const declined = await ask(tenant, 30_000, url)
  await approver.mutate('changeRequest.decline', { id: declined, reason: word })
  const pending = await ask(tenant, 40_000, arabic)
  await approver.mutate('changeRequest.ask', { id: pending, question: url })
  await tenant.mutate('quota.answer', { id: pending, answer: markup })
  await platform.mutate('tenant.suspend', { id: 'words', reason: word, confirm: 'words' })

  const incident = await harmed(platform)
  const maintenance = await maintained(platform, approver)
  await saveSlo(platform)
  const image = await imaged(platform)
  await frozen(platform)

  const open = async (path: string, ...texts: string[]) => {
    await page.goto(path)
    await settled(page)
    await expectInPlace(page, texts)
  }
  await expectInPlace(page, [name, 'P'.repeat(40)])
  await open('/tenants/words/envelope', name)
  await open(`/approvals/${pending}`, name, longName, arabic, word, url, markup)
  await open('/access?search=ggg', group, longName)
  await open(`/access?search=${word}`)
  // The platform's people were told in a mail that a request of this tenant waits.
  await open('/notifications', name)
  await open('/incidents', word, longName)
  await open(`/incidents/${incident}`, word, longName, arabic, url, markup)
  await open(`/t/words/incidents/${incident}`, word)
  await open('/slos', slo.title, slo.owner)
  await open('/slos/words', slo.title, slo.owner, longName, word)
  await open('/slos/words/edit', slo.title)
  await open('/maintenance', word, longName, url, arabic, markup)
  await page
    .getByRole('button', { name: /^Cancel the window of Graphs are current: www/ })
    .first()
    .click()
  await page.getByRole('dialog').waitFor()
  await expectInPlace(page, [word])
  await inspect(page, 'maintenance-words')
  await open('/images')
  await open(`/images/${image}`, 'V'.repeat(100), url, word)
  await open('/rollouts/freezes', word, longName, arabic, markup)
  await answerWith(page, rolloutOfWords())
  await open('/rollouts/4711', 'g'.repeat(100), 'e'.repeat(64), url, longName, arabic)
  await inspect(page, 'rollout-words')
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await open(`/approvals/${maintenance}`, word, longName)
  await platform.mutate('slo.withdraw', { id: maintenance })
  await open('/audit?tenant=words', longName, word, url, arabic, markup)
  await page.getByRole('table', { name: 'Audit events' }).locator('[data-row-control]').first().click()
  await expectInPlace(page, [word])
  await page.goto(`/t/words/quotas?request=${declined}`)
  await page.getByRole('dialog', { name: 'Request' }).waitFor()
  await expectInPlace(page, [url, word])
  await open('/', longName, arabic)
  await page.getByRole('button', { name: /, account$/ }).click()
  await expectInPlace(page, [longName])
  await page.keyboard.press('Escape')
  await open('/gateways')
  await page.getByRole('table', { name: 'Policy versions' }).locator('[data-row-control]').first().click()
  await expectInPlace(page, [word])

  await open('/t/words', longName, word, url, arabic, markup)
  await page.getByRole('button', { name: 'Search and commands' }).click()
  await page.getByRole('textbox', { name: 'Search and commands' }).fill('words')
  await expect(page.getByRole('button', { name: `Go to ${name}` })).toBeVisible()
  await expectInPlace(page, [])
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^Tenant/ }).click()
  await page.getByRole('textbox', { name: 'Find a tenant' }).fill('words')
  await expect(page.getByRole('option', { name: /^<img src=x/ })).toBeVisible()
  expect(await page.evaluate<string[]>(faults)).toEqual([])

  await open(
    '/t/words/quotas?sections-open=history,requests',
    longName,
    'rolled back to policy version',
    word,
    url,
    arabic,
    markup,
  )
  const history = page.getByRole('table', { name: 'History' })
  await expect(history.locator('bdi').filter({ hasText: 'نحتاج' }).first()).toHaveCSS('direction', 'rtl')
  await page
    .getByRole('button', { name: /^(Change:|\d+ changes:)/ })
    .last()
    .hover()
  await expect(page.getByRole('tooltip').locator('bdi').first()).toBeVisible()
  expect(await page.evaluate<string[]>(faults)).toEqual([])
  await page.mouse.move(0, 0)
  const row = history.getByRole('row').filter({ hasText: 'wwww' })
  await expect(history.getByText(word)).toHaveCount(0)
  await row.getByRole('button', { name: 'Show all' }).press('Enter')
  await expect(row.getByText(word)).toBeVisible()
  await expect(row.getByRole('button', { name: 'Show less' })).toBeFocused()
  await expectInPlace(page, [word])
  await inspect(page, 'quotas-words')
  await page.context().close()
})
