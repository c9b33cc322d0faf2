// Receivers, routes and notices through the whole API, with real Postgres and the servers of the local platform.
import type { Alert } from '@tickwatch/db'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { type Receivers, slackChannel, startReceivers } from '../../../../../local/src/parts/receivers/receivers.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { coded, rate, soon, startWithPeople } from '../../testing/people.ts'
import { receiveAlerts } from '../incident/receiveAlerts.ts'
import { createNotificationQueue } from './queue.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>
let servers: Receivers
let slackId: string
let pagerDutyId: string
const any = { kinds: [], severities: [], slos: [], tenants: [] }

beforeAll(async () => {
  const keys = {
    ...{ pagerDutyRoutingKey: 'r'.repeat(32), pagerDutyWebhookSecret: 'hook', slackToken: 'xoxb-test' },
    ...{ webhookSecret: `whsec_${Buffer.alloc(32).toString('base64')}`, mail: { user: 'u', pass: 'p' } },
  }
  servers = await startReceivers({ port: 0, smtpPort: 0, keys, pagerDutyWebhookUrl: 'http://127.0.0.1:9' })
  const env = { PAGERDUTY_URL: servers.pagerDutyUrl, SLACK_URL: servers.slackUrl, PORTAL_URL: 'https://t.example' }
  at = await startWithPeople(openCertificateAuthority, urls, env)
  const { secrets } = at.api
  const token = secrets.set('slack', keys.slackToken)
  const routingKey = secrets.set('pd', keys.pagerDutyRoutingKey)
  const create = at.platform.notification.create
  slackId = (await create.mutate({ name: 'slack', settings: { kind: 'slack', token, channel: slackChannel } })).id
  pagerDutyId = (await create.mutate({ name: 'pd', settings: { kind: 'pagerduty', routingKey, webhookSecret: null } }))
    .id
})
afterAll(async () => {
  await at.stop()
  await servers.stop()
})

describe('a receiver', () => {
  it('is tested from the portal: it gets an incident that opens and resolves', async () => {
    const { subject } = await at.platform.notification.test.mutate({ id: pagerDutyId })
    await vi.waitFor(async () => {
      const { items } = await at.platform.notification.messages.query({ receiverId: pagerDutyId })
      expect(await at.platform.notification.messages.query({ subject })).toMatchObject({ items })
      expect(items.filter((item) => item.subject === subject)).toMatchObject([
        { event: 'resolved', state: 'sent' },
        { event: 'opened', state: 'sent', maybeTwice: false },
      ])
    }, soon)
    expect(servers.pagerDuty.incidents).toMatchObject([{ key: `test/${subject}`, state: 'resolved' }])
    const { items } = await at.platform.notification.receivers.query()
    expect(items.find(({ id }) => id === pagerDutyId)).toMatchObject({
      last: { state: 'sent', answer: expect.stringContaining('202') },
    })
  })

  it('that refused a message gets it again if a person decides so; others may not, and it is audited', async () => {
    const { platform, auditor } = at
    const routingKey = at.api.secrets.set('wrong', 'w'.repeat(32))
    const made = { name: 'wrong-key', settings: { kind: 'pagerduty' as const, routingKey, webhookSecret: null } }
    const { id: receiverId } = await platform.notification.create.mutate(made)
    const { subject } = await platform.notification.test.mutate({ id: receiverId })
    const refused = await vi.waitFor(async () => {
      const { items } = await platform.notification.messages.query({ subject, show: 'undecided' })
      expect(items).toMatchObject([{ needsDecision: true }, { lastAnswer: expect.stringContaining('not known') }])
      return items[0] ?? expect.fail('no message')
    }, soon)
    const { items } = await platform.notification.receivers.query()
    expect(items.find(({ id }) => id === receiverId)).toMatchObject({ failed: 2, last: { state: 'failed' } })
    const metrics = await (await fetch(`${at.api.urls().portalUrl}/metrics`)).text()
    expect(metrics).toMatch(/^tickwatch_outbox_unsent_messages\{resource="pagerduty",result="failed"\} 2$/m)
    expect(metrics).toMatch(/^tickwatch_outbox_sends_total\{resource="pagerduty",result="refused"\} 2$/m)
    const again = { id: refused.id }
    await expect(auditor.notification.sendAgain.mutate(again)).rejects.toMatchObject(coded('role-missing'))
    at.api.secrets.set('wrong', 'r'.repeat(32))
    expect(await platform.notification.sendAgain.mutate(again)).toEqual({ count: 2 })
    await vi.waitFor(async () => {
      const sent = await platform.notification.messages.query({ subject })
      expect(sent.items).toMatchObject([{ state: 'sent' }, { state: 'sent', event: 'opened', attempts: 2 }])
    }, soon)
    await expect(platform.notification.sendAgain.mutate(again)).rejects.toMatchObject(
      coded('message-needs-no-decision'),
    )
    const audit = await auditor.audit.list.query({ action: 'notification.sendAgain' })
    expect(audit.items).toMatchObject([{ target: 'wrong-key', before: { state: 'failed' }, after: { count: 2 } }])
    await platform.notification.remove.mutate({ id: receiverId, confirm: 'wrong-key' })
  })

  it('shows what waits and since when, and the answer, while it fails', async () => {
    servers.inbox.fail('slack', { answer: 429, retryAfterSeconds: 3_000 })
    await at.platform.notification.test.mutate({ id: slackId })
    await vi.waitFor(async () => {
      const { items } = await at.platform.notification.receivers.query()
      const slack = items.find(({ id }) => id === slackId)
      expect(slack).toMatchObject({ waiting: 2, failures: 1, oldestWaitingAt: expect.any(String) })
      expect(slack?.waitingAnswer).toContain('429')
      expect(Date.parse(slack?.pausedUntil ?? '')).toBeGreaterThan(Date.now() + 2_000_000)
    }, soon)
    const { items } = await at.platform.notification.messages.query({ receiverId: slackId, show: 'trouble' })
    expect(items[0]).toMatchObject({ state: 'waiting', attempts: 1, lastAnswer: expect.stringContaining('429') })
  })

  it('keeps its kind and its name’s uniqueness, and an update ends its pause', async () => {
    const { platform } = at
    const settings = { kind: 'email' as const, to: ['a@example.com'] }
    await expect(platform.notification.create.mutate({ name: 'pd', settings })).rejects.toMatchObject(
      coded('receiver-exists'),
    )
    const update = platform.notification.update
    await expect(update.mutate({ id: slackId, name: 'slack', settings })).rejects.toMatchObject(
      coded('receiver-kind-fixed'),
    )
    const token = at.api.secrets.set('slack', 'xoxb-test')
    await update.mutate({ id: slackId, name: 'chat', settings: { kind: 'slack', token, channel: slackChannel } })
    const { items } = await platform.notification.receivers.query()
    expect(items.find(({ id }) => id === slackId)).toMatchObject({ name: 'chat', pausedUntil: null })
  })
})

describe('routes', () => {
  const route = (name: string, receivers: string[], over = {}) => ({ ...any, name, receivers, ...over })

  it('are versioned: of two who edit the same version one is told', async () => {
    const { platform } = at
    const set = (baseVersion: number, routes: ReturnType<typeof route>[]) =>
      platform.notification.setRoutes.mutate({ baseVersion, routes, reason: 'first routes' })
    expect(await platform.notification.routes.query()).toMatchObject({ version: 0, routes: [] })
    expect(await set(0, [route('notices', [slackId], { kinds: ['notice'] })])).toMatchObject({ version: 1 })
    await expect(set(0, [])).rejects.toMatchObject(coded('routes-changed'))
    await expect(set(1, [route('x', [slackId]), route('x', [pagerDutyId])])).rejects.toThrow('Two routes are called x')
    await expect(set(1, [route('x', ['00000000-0000-4000-8000-00000000dead'])])).rejects.toMatchObject(
      coded('route-receiver-unknown'),
    )
    expect(await platform.notification.routesHistory.query()).toMatchObject([{ version: 1, by: { subject: 'tomas' } }])
    const audit = await at.auditor.audit.list.query({ action: 'notificationRoutes.set' })
    expect(audit.items).toMatchObject([{ target: 'version 1', before: { routes: [] }, reason: 'first routes' }])
  })

  it('keep a receiver from being removed while they name it', async () => {
    const remove = (id: string, confirm: string) => at.platform.notification.remove.mutate({ id, confirm })
    await expect(remove(slackId, 'chat')).rejects.toMatchObject(coded('receiver-in-routes'))
    await expect(remove(pagerDutyId, 'wrong')).rejects.toMatchObject(coded('receiver-not-confirmed'))
    await remove(pagerDutyId, 'pd')
    await expect(remove(pagerDutyId, 'pd')).rejects.toMatchObject(coded('receiver-not-found'))
  })

  it('can be tried on the last notifications before they are set', async () => {
    const routes = [
      route('pages', [slackId], { severities: ['page'] }),
      route('tests', [slackId], { severities: ['info'] }),
    ]
    const tried = await at.platform.notification.dryRun.query({ routes })
    // Each once, although it went to several receivers.
    expect(tried.length).toBeGreaterThanOrEqual(4)
    expect(tried[0]).toMatchObject({ title: 'Test of this receiver', receivers: ['chat'] })
    expect((await at.platform.notification.dryRun.query({ routes: [] }))[0]?.receivers).toEqual([])
  })

  it('can be tried on the last alerts, and it is said which routes take each now', async () => {
    const { version } = await at.platform.notification.routes.query()
    const settings = { kind: 'email' as const, to: ['team@example.com'] }
    const { id: emailId } = await at.platform.notification.create.mutate({ name: 'team', settings })
    const now = [
      route('acme only', [slackId], { tenants: ['acme'] }),
      route('notices', [slackId, emailId], { kinds: ['notice'] }),
    ]
    await at.platform.notification.setRoutes.mutate({ baseVersion: version, routes: now, reason: 'to try others' })
    const fires = (fingerprint: string, labels: Record<string, string>): Alert => ({
      ...{ fingerprint, status: 'firing', startsAt: new Date(), endsAt: null },
      labels: { alertname: 'Burns', slo: 'freshness', tenant: 'tickwatch', ...labels },
    })
    const hear = (...alerts: Alert[]) => receiveAlerts(at.api.db, createNotificationQueue('test'), alerts, 'amp')
    const older = Array.from({ length: 101 }, (_, i) => fires(`older ${i}`, { zone: 'a', severity: 'ticket' }))
    await hear(...older)
    await hear(fires('01', { tenant_id: 'acme', severity: 'page' }))
    await hear(fires('02', { severity: 'ticket' }))
    // That they ended is not another alert.
    await hear(...older.map((alert) => ({ ...alert, status: 'resolved' as const })))
    const tried = await at.auditor.notification.dryRunOnAlerts.query({
      routes: [route('pages', [slackId], { severities: ['page'] })],
    })
    expect(tried).toHaveLength(100)
    expect(tried.slice(0, 2)).toMatchObject([
      { name: 'Burns', severity: 'ticket', tenantId: null, slo: 'freshness', fits: false, takenBy: [] },
      { name: 'Burns', severity: 'page', tenantId: 'acme', slo: 'freshness', fits: true, takenBy: ['acme only'] },
    ])
  })
})

describe('a notice', () => {
  it('of a request that waits is in the bell of the platform once, and in Slack; the decision in the requester’s', async () => {
    const { owner, platform } = at
    const approver = await at.api.as({ sub: 'aiko', groups: ['approvers'] })
    const asked = await owner.quota.propose.mutate({
      limits: { [rate]: 200_000 },
      reason: 'launch day',
      baseRevision: 0,
    })
    const id = asked.outcome === 'requested' ? asked.changeRequestId : expect.fail('it was applied')
    const waiting = await vi.waitFor(async () => {
      const { items } = await approver.notice.list.query()
      return items.find(({ path }) => path === `/approvals/${id}`) ?? expect.fail('no notice')
    }, soon)
    expect(waiting).toMatchObject({ isNew: true, title: 'A request of acme games waits for a decision' })
    await vi.waitFor(() => {
      const told = servers.slack.messages.filter(({ text }) => text.includes('waits for a decision'))
      expect(told).toMatchObject([{ text: expect.stringContaining(`https://t.example/approvals/${id}`) }])
    }, soon)
    // It went to two receivers, and is one notification to try routes on.
    const tried = await platform.notification.dryRun.query({ routes: [] })
    expect(tried.filter(({ title }) => title === waiting.title)).toHaveLength(1)
    await approver.changeRequest.decline.mutate({ id, reason: 'not this week' })
    await vi.waitFor(async () => {
      const { items } = await owner.notice.list.query()
      expect(items).toMatchObject([{ title: 'Your request was declined', tenantId: 'acme' }])
    }, soon)
    // It is for the requester alone.
    const colleague = await at.api.as({ sub: 'maro', groups: ['acme-admins'] }, 'acme')
    expect(await colleague.notice.list.query()).toEqual({ items: [], newCount: 0 })
    expect((await platform.notice.list.query()).items.map(({ title }) => title)).not.toContain(
      'Your request was declined',
    )
  })

  it('that was seen is no longer new, for this person', async () => {
    const approver = await at.api.as({ sub: 'aiko', groups: ['approvers'] })
    const [newest] = (await approver.notice.list.query()).items
    await approver.notice.seen.mutate({ throughId: newest?.id ?? 0 })
    expect((await approver.notice.list.query()).newCount).toBe(0)
    expect((await at.platform.notice.list.query()).newCount).toBe(1)
  })

  it('is shown to nobody without a role', async () => {
    const stranger = await at.api.as({ sub: 'sam' })
    expect(await stranger.notice.list.query()).toEqual({ items: [], newCount: 0 })
  })
})
