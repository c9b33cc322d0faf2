import { createHash } from 'node:crypto'
import type { ReaderToken } from '@tickwatch/policy'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { answerQueries, type Reply, reader, send, TestGateway } from '../testing/testGateway.ts'

let at: TestGateway

beforeEach(async () => {
  at = await TestGateway.create(openCertificateAuthority)
})
afterEach(() => at.remove())

const up = '/api/v1/query?query=up'
const grafana = (secret: string, expiresAt = '2099-01-01T00:00:00.000Z'): ReaderToken => ({
  name: 'grafana',
  sha256: createHash('sha256').update(secret).digest('hex'),
  expiresAt,
})
const start = () =>
  at.startWith([{ id: 'acme', readers: [grafana('secret')] }, { id: 'globex' }, { id: 'gone', status: 'suspended' }])
const error = (reply: Reply) => (JSON.parse(reply.body) as { error: string }).error

describe('a reader', () => {
  it("is identified by a certificate or a token, and gets AMP's answer unchanged", async () => {
    await start()
    answerQueries(at, 200, '{"status":"success"}', { 'content-type': 'application/json' })
    const answer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"status":"success"}' }
    expect(await at.query(up, { ...reader('acme'), 'x-request-id': '0123-4567' })).toMatchObject(answer)
    const reply = await at.query(
      '/api/v1/query',
      { authorization: 'Bearer secret', 'x-request-id': '0123-4567' },
      { query: 'up' },
    )
    expect(reply).toMatchObject(answer)
    expect(reply.headers['x-request-id']).toBe('0123-4567')
    expect(at.amp.asked.map(({ form }) => form.get('query'))).toEqual(['up{tenant="acme"}', 'up{tenant="acme"}'])
    for (const { headers } of at.amp.asked) expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 /)
  })

  it('needs a valid token or certificate of a tenant that may read', async () => {
    await start()
    const writer = { 'x-forwarded-client-cert': 'URI=spiffe://tickwatch.local/tenant/acme/writer/a' }
    const cases: [Record<string, string>, number, string, RegExp][] = [
      [{}, 401, 'unauthorized', /^tw-unauthorized: the request has neither a client certificate nor a token, /],
      [
        { authorization: 'Bearer guess' },
        401,
        'unauthorized',
        /^tw-unauthorized: the token is unknown or was revoked, /,
      ],
      [writer, 403, 'forbidden', /^tw-forbidden: the client certificate is not a reader's, /],
      [reader('nobody'), 403, 'forbidden', /^tw-forbidden: there is no tenant nobody, /],
      [reader('gone'), 403, 'forbidden', /^tw-suspended: tenant gone is suspended, /],
    ]
    for (const [headers, status, errorType, words] of cases) {
      const reply = await at.query(up, headers)
      expect(reply).toMatchObject({ status, headers: { 'content-type': 'application/json' } })
      expect(reply.headers['www-authenticate']).toBe(
        status === 401 ? (headers.authorization ? 'Bearer error="invalid_token"' : 'Bearer') : undefined,
      )
      expect(JSON.parse(reply.body)).toEqual({ status: 'error', errorType, error: expect.stringMatching(words) })
    }
    expect(at.amp.asked).toEqual([])
  })

  it('with a token is in the next heartbeats by its hash until one arrives, with a certificate in none', async () => {
    await start()
    at.controlPlane.answer = { status: 500 }
    answerQueries(at, 200, '{"status":"success"}', { 'content-type': 'application/json' })
    await at.query(up, reader('globex'))
    await at.query(up, { authorization: 'Bearer guess' })
    await at.query(up, { authorization: 'Bearer secret' })
    const reports = () =>
      at.controlPlane.heartbeats.flatMap(({ body }) => (body.readerUses?.length ? [body.readerUses] : []))
    await vi.waitFor(() => expect(reports().length).toBeGreaterThan(1), 8_000)
    const used = [{ sha256: grafana('secret').sha256, usedAt: expect.stringMatching(/^20.*Z$/) }]
    expect(reports().at(-1)).toEqual(used)
    at.controlPlane.answer = { policyVersionHint: null, shares: {}, defaultShare: 1, nextHeartbeatMs: 100 }
    await vi.waitFor(() => expect(at.controlPlane.heartbeats.at(-1)?.body.readerUses).toEqual([]), 8_000)
    expect(JSON.stringify([at.controlPlane.heartbeats, at.logged])).not.toContain('Bearer secret')
  })

  it("gets an answer on every path that Grafana's data source asks, without AMP", async () => {
    await start()
    const query = 'sum(rate(up[5m])) by (job)'
    const cases: [path: string, form: Record<string, string> | undefined, data: unknown][] = [
      ['/api/v1/status/buildinfo', undefined, expect.objectContaining({ version: '2.42.0' })],
      ['/api/v1/features', undefined, {}],
      ['/api/v1/rules', undefined, { groups: [] }],
      ['/api/v1/alerts', undefined, { alerts: [] }],
      ['/api/v1/metadata?metric=up&limit=1', undefined, {}],
      ['/api/v1/query_exemplars?query=up&start=1&end=2', undefined, []],
      ['/api/v1/query_exemplars', { query: 'up', start: '1', end: '2' }, []],
      [`/api/v1/format_query?query=${encodeURIComponent(query)}`, undefined, query],
      ['/api/v1/format_query', { query }, query],
      ['/api/v1/parse_query?query=up', undefined, {}],
      ['/api/v1/parse_query', { query: 'up' }, {}],
    ]
    for (const [path, form, data] of cases) {
      const reply = await at.query(path, reader('acme'), form)
      expect(reply, path).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } })
      expect(JSON.parse(reply.body), path).toEqual({ status: 'success', data })
      expect((await at.query(path, {}, form)).status, path).toBe(401)
      expect((await at.query(path, reader('gone'), form)).status, path).toBe(403)
    }
    for (const path of ['/api/v1/format_query?query=up{', '/api/v1/parse_query', '/api/v1/format_query?query=']) {
      expect(error(await at.query(path)), path).toMatch(/^tw-query-invalid: /)
    }
    expect(at.amp.asked).toEqual([])
  })

  it('gets 503 until the gateway has a policy', async () => {
    await at.start()
    expect(await at.query(up)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    const line = 'tickwatch_query_requests_total{tenant_id="acme",code="503",reason="not-ready"}'
    expect(await at.metric(line)).toBe(1)
  })

  it('cannot write', async () => {
    await start()
    expect(await at.write(Buffer.alloc(0), reader('acme'))).toMatchObject({ status: 403 })
  })

  it("can use only the routes and methods of Prometheus' query API", async () => {
    await start()
    const ask = (method: string, path: string) =>
      send(at.settings.socket, method, path, Buffer.alloc(0), reader('acme'))
    for (const path of ['/api/v1/query', '/api/v1/query_range', '/api/v1/series', '/api/v1/labels']) {
      expect(await ask('PUT', path)).toMatchObject({ status: 405, headers: { allow: 'GET, POST' } })
    }
    expect(await ask('POST', '/api/v1/label/job/values')).toMatchObject({ status: 405, headers: { allow: 'GET' } })
    expect((await ask('GET', '/api/v1/status/config')).status).toBe(404)
    const xml = await send(at.settings.socket, 'POST', up, Buffer.from('<a/>'), {
      ...reader('acme'),
      'content-type': 'text/xml',
    })
    expect(error(xml)).toMatch(/^tw-query-invalid: the content-type is not/)
  })
})

it('queries are counted by status and refusals by reason, until their tenant is forgotten', async () => {
  await start()
  await at.query(up)
  await at.query('/api/v1/query?query=')
  expect(await at.metric('tickwatch_query_requests_total{tenant_id="acme",code="200"}')).toBe(1)
  expect(await at.metric('tickwatch_query_requests_total{tenant_id="acme",code="400",reason="query-invalid"}')).toBe(1)
  expect(await at.metric('tickwatch_query_refused_total{tenant_id="acme",reason="query-invalid"}')).toBe(1)
  expect(await at.metric('tickwatch_query_seconds_count{code="200"}')).toBe(1)
  expect(await at.metric('tickwatch_query_seconds_count{code="400"}')).toBe(1)
  at.publish({ version: 2, tenants: [{ id: 'globex' }] })
  await vi.waitFor(async () => expect((await at.get('/metrics')).body).not.toMatch(/tenant_id="acme"/), 5_000)
  expect((await at.query(up, { authorization: 'Bearer secret' })).status).toBe(401)
})
