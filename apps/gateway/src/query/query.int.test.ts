import { createHash } from 'node:crypto'
import { request, type ServerResponse } from 'node:http'
import type { Limits, ReaderToken } from '@tickwatch/policy'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { type Reply, reader, send, TestGateway } from '../testing/testGateway.ts'

let at: TestGateway

beforeEach(async () => {
  at = await TestGateway.create(openCertificateAuthority)
})
afterEach(() => at.remove())

const grafana = (secret: string, expiresAt = '2099-01-01T00:00:00.000Z'): ReaderToken => ({
  name: 'grafana',
  sha256: createHash('sha256').update(secret).digest('hex'),
  expiresAt,
})
async function start(limits: Limits = {}): Promise<void> {
  at.publish({
    version: 1,
    tenants: [
      { id: 'acme', limits, readers: [grafana('secret')] },
      { id: 'globex' },
      { id: 'gone', status: 'suspended' },
    ],
  })
  await at.start()
  await vi.waitFor(async () => expect((await at.get('/ready')).status).toBe(200), 5_000)
}
const up = '/api/v1/query?query=up'
const metric = async (line: string) =>
  Number(
    (await at.get('/metrics')).body
      .split('\n')
      .find((found) => found.startsWith(`${line} `))
      ?.slice(line.length),
  )
const error = (reply: Reply) => (JSON.parse(reply.body) as { error: string }).error
/** AMP's answers, held back. */
function hold(): ServerResponse[] {
  const held: ServerResponse[] = []
  at.amp.answerQuery = (response) => held.push(response)
  return held
}
const refuse = (status: number, body: string, headers: Record<string, string> = {}) => {
  at.amp.answerQuery = (response) => response.writeHead(status, headers).end(body)
}

describe('who may read', () => {
  test('is told by a certificate or a token, and gets the answer as AMP gave it', async () => {
    await start()
    refuse(200, '{"status":"success"}', { 'content-type': 'application/json' })
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

  test('is no one who shows nothing, or what is not of a reader of a tenant that may read', async () => {
    await start()
    const writer = { 'x-forwarded-client-cert': 'URI=spiffe://tickwatch.local/tenant/acme/writer/a' }
    const cases: [Record<string, string>, number, string, RegExp][] = [
      [{}, 401, 'unauthorized', /^tw-unauthorized: no identity is shown, /],
      [{ authorization: 'Bearer guess' }, 401, 'unauthorized', /^tw-unauthorized: there is no such token, /],
      [writer, 403, 'forbidden', /^tw-forbidden: the client certificate is not of a reader, /],
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

  test('can not be judged before there is a policy', async () => {
    await at.start()
    expect(await at.query(up)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
  })

  test('can not write', async () => {
    await start()
    expect(await at.write(Buffer.alloc(0), reader('acme'))).toMatchObject({ status: 403 })
  })

  test('asks what Prometheus answers, the way that it does', async () => {
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

describe('over a limit', () => {
  test('of queries a minute, the next is let in after its Retry-After', async () => {
    await start({ 'query.requestsPerMinute': 60 })
    let admitted = 0
    let reply = await at.query(up)
    for (; reply.status === 200; reply = await at.query(up)) admitted++
    expect(admitted).toBeGreaterThanOrEqual(60)
    expect(reply).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    expect(JSON.parse(reply.body)).toMatchObject({ errorType: 'too_many_requests' })
    expect(error(reply)).toMatch(
      /^tw-query-rate: .*, limit 60 queries\/min, remedy retry after 1 s.*, receipt [0-9a-f-]{36}$/,
    )
    expect(await metric('tickwatch_query_refused_total{tenant_id="acme",reason="query-rate"}')).toBe(1)
    const withinMs = 1_000 * Number(reply.headers['retry-after'])
    await vi.waitFor(async () => expect((await at.query(up)).status).toBe(200), withinMs)
    expect((await at.query(up, reader('globex'))).status).toBe(200)
  })

  test('of queries at the same time, one more is refused until one has its answer', async () => {
    const held = hold()
    await start({ 'query.concurrentMax': 2 })
    const running = [at.query(up), at.query(up)]
    await vi.waitFor(() => expect(held).toHaveLength(2))
    const reply = await at.query(up)
    expect(reply).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    expect(error(reply)).toMatch(/^tw-query-concurrent: .*, limit 2 queries, /)
    // Judged before the query is read.
    expect(error(await at.query('/api/v1/query?query=up{'))).toMatch(/^tw-query-concurrent: /)
    const other = at.query(up, reader('globex'))
    await vi.waitFor(() => expect(held).toHaveLength(3))
    for (const response of held.splice(0)) response.end('{}')
    for (const answer of [...running, other]) expect((await answer).status).toBe(200)
    const after = at.query(up)
    await vi.waitFor(() => expect(held).toHaveLength(1))
    held[0]?.end('{}')
    expect((await after).status).toBe(200)
  })

  test('of queries at the same time counts those that are refused, or not yet sent whole, until they end', async () => {
    await start({ 'query.concurrentMax': 1 })
    for (let i = 0; i < 3; i++) expect((await at.query('/api/v1/query?query=up{')).status).toBe(400)
    const begun = request({
      socketPath: at.settings.socket,
      method: 'POST',
      path: '/api/v1/query',
      headers: { ...reader('acme'), 'content-type': 'application/x-www-form-urlencoded', 'content-length': '8' },
    })
    begun.on('error', () => {})
    begun.write('query=')
    await vi.waitFor(async () => expect((await at.query(up)).status).toBe(429))
    begun.destroy()
    await vi.waitFor(async () => expect((await at.query(up)).status).toBe(200))
  })

  test('of range, lookback or size it is refused before AMP hears of it', async () => {
    await start({ 'query.rangeHoursMax': 1, 'query.lookbackDaysMax': 1 })
    const asked = await Promise.all(
      ['rate(up[2h])', 'up offset 2d', `up{a="${'x'.repeat(15_000)}"} or up{a="${'x'.repeat(15_000)}"}`, 'up{'].map(
        (query) => at.query('/api/v1/query', reader('acme'), { query }),
      ),
    )
    expect(asked.map((reply) => [reply.status, error(reply).split(',')[0]])).toEqual([
      [422, 'tw-query-range: the query reads 2 h'],
      [422, expect.stringMatching(/^tw-query-lookback: the query reads 2.1 d back/)],
      [413, 'tw-query-invalid: the query has more than 16384 bytes'],
      [400, expect.stringMatching(/^tw-query-invalid: /)],
    ])
    expect(at.amp.asked).toEqual([])
  })

  test('of time it is given up, and AMP is let go', async () => {
    const held = hold()
    await start({ 'query.timeoutSeconds': 1 })
    const reply = await at.query(up)
    expect(reply.status).toBe(503)
    expect(reply.headers['retry-after']).toBeUndefined()
    expect(JSON.parse(reply.body)).toEqual({
      status: 'error',
      errorType: 'timeout',
      error: expect.stringMatching(/^tw-query-timeout: .*, limit 1 s, /),
    })
    await vi.waitFor(() => expect(held[0]?.closed).toBe(true))
    expect(at.amp.asked[0]?.form.get('timeout')).toBe('1000ms')
  })
})

describe('what AMP refuses', () => {
  test('is passed on in its words, where it is the reader’s to mend', async () => {
    await start()
    const body = '{"status":"error","errorType":"bad_data","error":"unknown function"}'
    refuse(400, body, { 'content-type': 'application/json' })
    expect(await at.query(up)).toMatchObject({ status: 400, body, headers: { 'content-type': 'application/json' } })
    refuse(429, 'slow down', { 'content-type': 'text/plain' })
    expect(await at.query(up)).toMatchObject({ status: 429, body: 'slow down', headers: { 'retry-after': '2' } })
    expect(await metric('tickwatch_query_refused_total{tenant_id="acme",reason="upstream"}')).toBe(2)
  })

  test('is a refusal of ours, where it is over our limits or our own fault', async () => {
    await start()
    const stopped = '{"errorType":"execution","error":"query samples processed (9) exceed \\"5\\""}'
    const cases: [number, string, number, RegExp][] = [
      [422, stopped, 422, /^tw-query-samples: query samples processed .*, limit 50000000 samples, /],
      [503, '{"status":"error","errorType":"timeout","error":"query timed out"}', 503, /^tw-query-timeout: /],
      [403, 'who are you', 503, /^tw-upstream: .*, remedy retry after 2 s, /],
      [404, 'no such workspace', 503, /^tw-upstream: /],
      [302, '', 503, /^tw-upstream: /],
      [500, 'oh', 503, /^tw-upstream: /],
    ]
    for (const [status, body, told, words] of cases) {
      refuse(status, body)
      const reply = await at.query(up)
      expect(reply.status).toBe(told)
      expect(error(reply)).toMatch(words)
      expect(reply.headers['retry-after']).toBe(words.source.includes('upstream') ? '2' : undefined)
    }
  })

  test('by being away is to be asked again later', async () => {
    await start()
    await at.amp.close()
    expect(await at.query(up)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    expect(at.logged.filter(({ msg }) => msg === 'AMP does not answer a query')).toHaveLength(1)
  })
})

describe('an answer', () => {
  const megabytes = 40
  const large = Buffer.alloc(megabytes * 1_048_576, 'x')

  test('is passed on as it comes, and no faster than it is read', async () => {
    await start()
    let drained = false
    at.amp.answerQuery = (response) => {
      response.end(large, () => {
        drained = true
      })
    }
    const before = process.memoryUsage().arrayBuffers
    const asked = request({ socketPath: at.settings.socket, path: up, headers: reader('acme') })
    const response = await new Promise<NodeJS.ReadableStream>((resolve) => asked.once('response', resolve).end())
    await vi.waitFor(() => expect(process.memoryUsage().arrayBuffers).toBeGreaterThan(before))
    expect(drained).toBe(false)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(large.length / 2)
    let bytes = 0
    for await (const chunk of response) bytes += chunk.length
    expect(bytes).toBe(large.length)
  })

  test('that breaks off does not look whole', async () => {
    await start()
    at.amp.answerQuery = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"status":"succ', () => response.destroy())
    }
    await expect(at.query(up)).rejects.toThrow('aborted')
  })

  test('that nobody waits for any more is not asked of AMP any longer, and makes room for another', async () => {
    const held = hold()
    await start({ 'query.concurrentMax': 1 })
    for (const beginsBody of [false, true]) {
      const asked = request({ socketPath: at.settings.socket, path: up, headers: reader('acme') }).end()
      asked.on('error', () => {})
      const answered = new Promise((resolve) => asked.once('response', resolve))
      await vi.waitFor(() => expect(held).toHaveLength(1))
      if (beginsBody) {
        held[0]?.writeHead(200).write('{')
        await answered
      }
      asked.destroy()
      await vi.waitFor(() => expect(held[0]?.closed).toBe(true))
      held.length = 0
    }
    const after = at.query(up)
    await vi.waitFor(() => expect(held).toHaveLength(1))
    held[0]?.end('{}')
    expect((await after).status).toBe(200)
  })

  test('under way when the gateway ends is passed on to its end', async () => {
    const held = hold()
    await start()
    const inFlight = at.query(up)
    await vi.waitFor(() => expect(held).toHaveLength(1))
    held[0]?.writeHead(200).write('{')
    const stopping = at.stop()
    await vi.waitFor(async () => expect((await at.get('/ready')).body).toContain('draining'))
    held[0]?.end('}')
    expect(await inFlight).toMatchObject({ status: 200, body: '{}' })
    await stopping
  })
})

test('a gateway enforces its share of the limits, and asks for it at the first query', async () => {
  const idle = { samples: 1, requests: 1, series: 1, queries: 0.1 }
  at.controlPlane.answer = {
    policyVersionHint: null,
    shares: { acme: idle },
    defaultShare: 0.5,
    nextHeartbeatMs: 60_000,
  }
  await start({ 'query.requestsPerMinute': 60, 'query.concurrentMax': 5 })
  const before = at.controlPlane.heartbeats.length
  const statuses = []
  for (let i = 0; i < 8; i++) statuses.push((await at.query(up)).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429])
  await vi.waitFor(() => expect(at.controlPlane.heartbeats.length).toBe(before + 1), 2_000)
  expect(at.controlPlane.heartbeats.at(-1)?.body.tenants.acme).toMatchObject({ demandSamplesPerSecond: 0 })
  expect(at.controlPlane.heartbeats.at(-1)?.body.tenants.acme?.demandQueriesPerSecond).toBeGreaterThan(0)
})

test('queries are counted by status, refusals by reason, and forgotten with their tenant', async () => {
  await start()
  await at.query(up)
  await at.query('/api/v1/query?query=')
  expect(await metric('tickwatch_query_requests_total{tenant_id="acme",code="200"}')).toBe(1)
  expect(await metric('tickwatch_query_requests_total{tenant_id="acme",code="400"}')).toBe(1)
  expect(await metric('tickwatch_query_refused_total{tenant_id="acme",reason="query-invalid"}')).toBe(1)
  expect(await metric('tickwatch_query_seconds_count')).toBe(2)
  at.publish({ version: 2, tenants: [{ id: 'globex' }] })
  await vi.waitFor(async () => expect((await at.get('/metrics')).body).not.toMatch(/tenant_id="acme"/), 5_000)
  expect((await at.query(up, { authorization: 'Bearer secret' })).status).toBe(401)
})
