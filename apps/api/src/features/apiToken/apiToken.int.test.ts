// API tokens, and what programs send with them: Alertmanager's webhook, and PagerDuty's, which is signed instead.
import { createHmac } from 'node:crypto'
import Fastify from 'fastify'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { incomingRoutes } from '../../server/incomingRoutes.ts'
import { answerProblem } from '../../server/problem.ts'
import { createTestOutbox, newsOf } from '../../testing/outbox.ts'
import { coded, startWithPeople } from '../../testing/people.ts'
import type { IncomingAlert } from '../notification/incoming/alertmanager.ts'
import { createIncomingService } from '../notification/incoming/incoming.service.ts'
import type { PagerDutyAct } from '../notification/incoming/pagerDutyWebhook.ts'
import { createApiTokenService } from './apiToken.service.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>
let admin: pg.Client
let app: ReturnType<typeof Fastify>
const received: { alerts: readonly IncomingAlert[]; from: string }[] = []
const acts: { subjects: readonly string[]; act: PagerDutyAct }[] = []

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
  admin = new pg.Client({ connectionString: urls.admin })
  await admin.connect()
  app = Fastify()
  app.setErrorHandler(answerProblem)
  app.decorateRequest('tokenName', '')
  const incoming = createIncomingService(at.api.db, at.api.secrets.store, {
    receiveAlerts: async (alerts, from) => void received.push({ alerts, from }),
    actedInPagerDuty: async (_tx, subjects, act) => void acts.push({ subjects, act }),
  })
  await app.register(incomingRoutes, { apiToken: createApiTokenService(at.api.db), incoming })
})
afterAll(async () => {
  await app.close()
  await admin.end()
  await at.stop()
})

const scopes: ['alerts:send'] = ['alerts:send']
const create = (name: string) => at.platform.apiToken.create.mutate({ name, scopes, expiresInDays: 30 })
const message = {
  version: '4',
  alerts: [
    { status: 'firing', startsAt: '2026-11-29T12:00:00Z', fingerprint: '0123456789abcdef', labels: { slo: 'a' } },
  ],
}
const post = (token: string | null, payload: unknown = message) =>
  app.inject({
    method: 'POST',
    url: '/v1/alertmanager/webhook',
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })

describe('an API token', () => {
  it('is shown once, kept as a hash, and its use is shown to the minute', async () => {
    const { apiToken, token } = await create('mimir')
    expect(token).toMatch(/^tw_a_[A-Za-z0-9_-]{43}$/)
    const { rows } = await admin.query('SELECT to_json(api_token)::text AS row FROM api_token')
    expect(rows.map(({ row }) => row).join()).not.toContain(token)
    expect(apiToken).toMatchObject({ name: 'mimir', state: 'live', lastUsedAt: null, by: { subject: 'tomas' } })
    expect((await post(token)).statusCode).toBe(200)
    const [listed] = (await at.platform.apiToken.list.query()).items
    expect(Date.parse(listed?.lastUsedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(JSON.stringify(listed)).not.toContain(token.slice(5))
    await expect(create('mimir')).rejects.toMatchObject(coded('api-token-exists'))
  })

  it.each([
    ['is missing', null, 401, 'api-token-missing'],
    ['is unknown', `tw_a_${'x'.repeat(43)}`, 401, 'api-token-refused'],
  ])('that %s is refused before the body is read', async (_what, token, status, code) => {
    const answer = await post(token, 'not JSON')
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ code })
  })

  it('that was revoked, has expired, or has another scope is refused', async () => {
    const revoked = await create('revoked')
    await at.platform.apiToken.revoke.mutate({ id: revoked.apiToken.id, confirm: 'revoked' })
    expect((await post(revoked.token)).json()).toMatchObject({ code: 'api-token-refused' })
    const twice = at.platform.apiToken.revoke.mutate({ id: revoked.apiToken.id, confirm: 'revoked' })
    await expect(twice).rejects.toMatchObject(coded('api-token-revoked'))
    const expired = await create('expired')
    const past =
      "UPDATE api_token SET created_at = now() - interval '2 days', expires_at = now() WHERE name = 'expired'"
    await admin.query(past)
    expect((await post(expired.token)).json()).toMatchObject({ code: 'api-token-refused' })
    const other = await create('other')
    await admin.query(`UPDATE api_token SET scopes = '{metrics:read}' WHERE name = 'other'`)
    const answer = await post(other.token)
    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toMatchObject({ code: 'api-token-scope-missing', details: { scope: 'alerts:send' } })
  })

  it('is in the audit log, created and revoked', async () => {
    const { items } = await at.auditor.audit.list.query({ action: 'apiToken.revoke' })
    expect(items).toMatchObject([{ target: 'revoked', after: { state: 'revoked' } }])
  })
})

describe('Alertmanager’s webhook', () => {
  it('hands on the alerts with the name of the token', async () => {
    const { token } = await create('alertmanager')
    received.length = 0
    expect((await post(token)).json()).toEqual({ received: 1 })
    expect(received).toMatchObject([
      { from: 'alertmanager', alerts: [{ fingerprint: '0123456789abcdef', endsAt: null }] },
    ])
    const bad = await post(token, { version: '4', alerts: [{ status: 'on' }] })
    expect(bad.statusCode).toBe(422)
    expect(bad.json().title).toContain('alerts.0.status')
    expect((await post(token, '{')).json()).toMatchObject({ code: 'json-invalid' })
  })

  it('opens an incident, once however often it sends the same', async () => {
    const { token } = await create('twice')
    for (const _ of [1, 2]) {
      const answer = await fetch(`${at.api.urls().portalUrl}/v1/alertmanager/webhook`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(message),
      })
      expect(answer.status).toBe(200)
    }
    const { items } = await at.platform.incident.list.query({})
    expect(items).toMatchObject([{ slo: 'a', state: 'open' }])
  })
})

describe('PagerDuty’s webhook', () => {
  const send = (id: string, body: string, secret: string) =>
    app.inject({
      method: 'POST',
      url: `/v1/pagerduty/${id}/webhook`,
      headers: {
        'content-type': 'application/json',
        'x-pagerduty-signature': `v1=${createHmac('sha256', secret).update(body).digest('hex')}`,
      },
      payload: body,
    })
  const event = {
    ...{ id: '01', event_type: 'incident.acknowledged', occurred_at: '2026-11-29T12:00:00Z' },
    ...{ agent: { type: 'user_reference', summary: 'Mara' }, data: { incident_key: 'test/inc-7/1' } },
  }

  it('says who acknowledged what, if the signature fits', async () => {
    const { db, secrets } = at.api
    const box = createTestOutbox(db)
    const keys = { routingKey: secrets.set('pd', 'key'), webhookSecret: secrets.set('hook', 'shh') }
    const id = await box.receiver({ kind: 'pagerduty', ...keys })
    await box.queue(newsOf('inc-7/1', 'opened'))
    const body = JSON.stringify({ event })
    expect((await send(id, body, 'wrong')).statusCode).toBe(401)
    expect((await send(id, body, 'shh')).statusCode).toBe(204)
    expect(acts).toMatchObject([{ subjects: ['inc-7/1'], act: { act: 'acknowledged', by: 'Mara' } }])
    const strange = JSON.stringify({ event: { ...event, data: { incident_key: 'prod/inc-7/1' } } })
    expect((await send(id, strange, 'shh')).statusCode).toBe(204)
    expect((await send(id, '{"event":', 'shh')).json()).toMatchObject({ code: 'json-invalid' })
    expect((await send(id, '{"event":{}}', 'shh')).statusCode).toBe(422)
    expect(acts).toHaveLength(1)
  })

  it('to a receiver without a secret, or to none, is not found', async () => {
    const box = createTestOutbox(at.api.db)
    const id = await box.receiver({ kind: 'pagerduty', routingKey: at.api.secrets.set('pd', 'k'), webhookSecret: null })
    for (const other of [id, '00000000-0000-4000-8000-00000000dead']) {
      expect((await send(other, '{}', '')).statusCode).toBe(404)
    }
    expect((await send('x', '{}', '')).statusCode).toBe(422)
  })
})
