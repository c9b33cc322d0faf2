import { probeMetric, probePath } from '@tickwatch/policy'
import { remoteWriteHeaders, WriteRequestWriter } from '@tickwatch/remote-write'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { answerQueries, reader, send, snappy, TestGateway } from '../testing/testGateway.ts'
import { samplesOf } from '../testing/writes.ts'

let at: TestGateway
const found = '{"status":"success","data":{"resultType":"vector","result":[]}}'

beforeAll(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  const limits = { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 1, 'query.requestsPerMinute': 1 }
  await at.startWith([
    { id: 'acme', limits },
    { id: 'globex', status: 'suspended' },
  ])
})
beforeEach(() => {
  at.amp.reset()
  at.amp.asked.length = 0
  answerQueries(at, 200, found)
})
afterAll(() => at.remove())

const identity = (path: string) => ({ 'x-forwarded-client-cert': `Hash=0a;URI=spiffe://tickwatch.local/${path}` })
const probe = identity('probe/probe-1')
const post = (path: string, body: Buffer, headers: Record<string, string>) =>
  send(at.settings.socket, 'POST', path, body, { 'content-encoding': 'snappy', ...remoteWriteHeaders[1], ...headers })
const get = (path: string, headers: Record<string, string>) =>
  send(at.settings.socket, 'GET', path, Buffer.of(), headers)

function sample(nowMs = Date.now()): Buffer {
  const into = new WriteRequestWriter()
  into.begin()
  into.beginSeries(['__name__', probeMetric])
  into.sample(nowMs / 1_000, nowMs)
  into.endSeries()
  return snappy(into.finish())
}
const write = (tenantId: string, headers: Record<string, string> = probe) =>
  post(probePath(tenantId, 'write'), sample(), headers)
const query = (tenantId: string, headers: Record<string, string> = probe, time = '1800000000.5') =>
  get(`${probePath(tenantId, 'query')}?time=${time}&query=up`, headers)

it('a probe writes and reads its own series of a tenant, whatever it asks for', async () => {
  expect(await write('acme')).toMatchObject({ status: 204, headers: { 'x-request-id': expect.any(String) } })
  expect(at.amp.labelsTaken()).toEqual([`__name__=${probeMetric} probe=probe-1 tenant=probe:acme`])
  expect(await query('acme')).toMatchObject({ status: 200, body: found })
  expect(at.amp.asked.map(({ form }) => Object.fromEntries(form))).toMatchObject([
    { query: `${probeMetric}{tenant="probe:acme",probe="probe-1"}`, time: '1800000000.5' },
  ])
})

it('nothing of a probe counts for its tenant: no limit, no figure, no metric, and no suspension', async () => {
  const before = at.controlPlane.heartbeats.length
  for (let i = 0; i < 5; i++) {
    for (const tenant of ['acme', 'globex']) {
      expect((await write(tenant)).status).toBe(204)
      expect((await query(tenant)).status).toBe(200)
    }
  }
  await vi.waitFor(() => expect(at.controlPlane.heartbeats.length).toBeGreaterThan(before + 1), 10_000)
  for (const { body } of at.controlPlane.heartbeats) expect(body.tenants).toEqual({})
  const { body } = await at.get('/metrics')
  expect(body).not.toContain('acme')
  expect(body).not.toContain('globex')
  expect(await at.metric('tickwatch_gateway_samples_total{gateway="gateway-1"}')).toBe(0)
  expect(body.match(/^tickwatch_(query|ingest_write|edge_ingest_first_byte)_seconds_count\S* [^0].*$/gm)).toBeNull()
})

it('only a probe may use its paths, and it may use no other', async () => {
  for (const other of [
    identity('tenant/acme/writer/edge'),
    identity('tenant/acme/reader/grafana'),
    identity('gateway/gateway-1'),
    {},
  ]) {
    expect((await write('acme', other)).status).toBe(403)
    expect((await query('acme', other)).status).toBe(403)
  }
  expect((await post('/api/v1/write', samplesOf([['__name__', 'up']]), probe)).status).toBe(403)
  expect((await get('/api/v1/query?query=up', probe)).status).toBe(403)
  expect((await get('/api/v1/query?query=up', { ...probe, authorization: 'Bearer mine' })).status).toBe(403)
  expect([at.amp.requests, at.amp.asked.length]).toEqual([0, 0])
})

it('a probe is refused with the reason for anything else', async () => {
  expect(await write('initech')).toMatchObject({ status: 404, body: expect.stringContaining('no tenant initech') })
  expect((await get('/api/v1/probe/acme/labels', probe)).status).toBe(404)
  expect((await get(probePath('acme', 'write'), probe)).status).toBe(405)
  expect(await query('acme', probe, 'yesterday')).toMatchObject({ status: 400 })
  const other = await post(probePath('acme', 'write'), samplesOf([['__name__', 'up']]), probe)
  expect(other).toMatchObject({ status: 400, body: expect.stringContaining(`is not ${probeMetric}`) })
  expect(at.amp.requests).toBe(0)
})

it('a probe sees that the storage does not accept or answer', async () => {
  at.amp.reply = { status: 500 }
  expect((await write('acme')).status).toBe(503)
  answerQueries(at, 500, '')
  expect((await query('acme')).status).toBe(503)
  answerQueries(at, 200, found)
})

it('the queries of a tenant cannot reach a probe’s series', async () => {
  await at.query(
    `/api/v1/query?${new URLSearchParams({ query: `${probeMetric}{tenant="probe:acme"}` })}`,
    reader('acme'),
  )
  expect(at.amp.asked[0]?.form.get('query')).toBe(`${probeMetric}{tenant="acme",tenant="probe:acme"}`)
})
