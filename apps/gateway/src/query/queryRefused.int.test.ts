import { request } from 'node:http'
import type { Limits } from '@tickwatch/policy'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { holdQueries, type Reply, reader, TestGateway } from '../testing/testGateway.ts'

let at: TestGateway

beforeEach(async () => {
  at = await TestGateway.create(openCertificateAuthority)
})
afterEach(() => at.remove())

const up = '/api/v1/query?query=up'
const start = (limits: Limits = {}) => at.startWith([{ id: 'acme', limits }, { id: 'globex' }])
const error = (reply: Reply) => (JSON.parse(reply.body) as { error: string }).error

describe('over a limit', () => {
  it('of queries per minute, a query is admitted after its Retry-After', async () => {
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
    expect(await at.metric('tickwatch_query_refused_total{tenant_id="acme",reason="query-rate"}')).toBe(1)
    const withinMs = 1_000 * Number(reply.headers['retry-after'])
    await vi.waitFor(async () => expect((await at.query(up)).status).toBe(200), withinMs)
    expect((await at.query(up, reader('globex'))).status).toBe(200)
  })

  it('of queries at the same time, another query is refused until one has its answer', async () => {
    const held = holdQueries(at)
    await start({ 'query.concurrentMax': 2 })
    const running = [at.query(up), at.query(up)]
    await vi.waitFor(() => expect(held).toHaveLength(2))
    const reply = await at.query(up)
    expect(reply).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    expect(error(reply)).toMatch(/^tw-query-concurrent: .*, limit 2 queries, /)
    // This limit is checked before the query is parsed.
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

  it('of queries at the same time, refused and half-sent queries count until they end', async () => {
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
    await vi.waitFor(async () => expect((await at.query(up)).status).toBe(429), 5_000)
    begun.destroy()
    await vi.waitFor(async () => expect((await at.query(up)).status).toBe(200))
  })

  it('of range, lookback or size, a query is refused without a request to AMP', async () => {
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

  it('of time, a query is refused, and keeps its slot until AMP has ended it', async () => {
    const held = holdQueries(at)
    await start({ 'query.timeoutSeconds': 1, 'query.concurrentMax': 1 })
    const reply = await at.query(up)
    expect(reply.status).toBe(503)
    expect(reply.headers['retry-after']).toBeUndefined()
    expect(JSON.parse(reply.body)).toEqual({
      status: 'error',
      errorType: 'timeout',
      error: expect.stringMatching(/^tw-query-timeout: .*, limit 1 s, /),
    })
    expect(at.amp.asked[0]?.form.get('timeout')).toBe('1000ms')
    const next = at.query(up)
    expect(held).toHaveLength(1)
    held[0]?.writeHead(503).end()
    await vi.waitFor(() => expect(held).toHaveLength(2))
    held[1]?.end('{}')
    expect((await next).status).toBe(200)
  })
})

it('a gateway enforces its share of the limits, and asks for the share at the first query', async () => {
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
