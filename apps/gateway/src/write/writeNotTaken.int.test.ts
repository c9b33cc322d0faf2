import { WriteRequestWriterV2 } from '@tickwatch/remote-write'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { snappy, TestGateway } from '../testing/testGateway.ts'
import { samplesOf, series } from '../testing/writes.ts'

let at: TestGateway

beforeAll(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  await at.startWith([
    { id: 'acme', limits: { 'ingest.samplesPerSecond': 1_000_000, 'ingest.burstSamples': 1_000_000 } },
    { id: 'reasons' },
    { id: 'small', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 10 } },
    { id: 'tight', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 1_000 } },
    { id: 'metadata', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 1_000 } },
  ])
})
afterAll(() => at.remove())
beforeEach(() => at.amp.reset())

describe('when AMP does not accept a write', () => {
  it('the answer is 503 with Retry-After, so that the writer keeps it', async () => {
    for (const status of [500, 503, 403, 404]) {
      at.amp.reply = { status }
      const reply = await at.write(samplesOf(series(500)))
      expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    }
  })

  it.each([
    [500, '', '503'],
    [429, '', '429'],
    [400, 'out of order sample', '400'],
  ])('and answers %i, the request counts as %3$s because of the storage', async (status, body, code) => {
    const line = `tickwatch_ingest_requests_total{tenant_id="reasons",code="${code}",reason="upstream"}`
    at.amp.reply = { status, body }
    await at.write(samplesOf(series(1)), {}, 'reasons')
    expect(await at.metric(line)).toBe(1)
  })

  it('the tokens are returned, so that the writer can retry', async () => {
    at.amp.reply = { status: 500 }
    for (let i = 0; i < 3; i++) expect((await at.write(samplesOf(series(900)), {}, 'tight')).status).toBe(503)
    at.amp.reply = { status: 200 }
    expect((await at.write(samplesOf(series(900)), {}, 'tight')).status).toBe(204)
    expect((await at.write(samplesOf(series(900)), {}, 'tight')).status).toBe(429)
  })

  it.each(['context deadline exceeded', 'no space left on device', 'head out of memory', 'query timed out'])(
    'a 500 for another cause is the storage’s fault, so that the writer keeps its samples: %s',
    async (body) => {
      at.amp.reply = { status: 500, body }
      expect((await at.write(samplesOf(series(1)))).status).toBe(503)
    },
  )

  it("AMP's 429 is passed on with its own Retry-After", async () => {
    at.amp.reply = { status: 429, body: 'ingestion rate limit', retryAfter: '17' }
    expect(await at.write(samplesOf(series(1)))).toMatchObject({
      status: 429,
      headers: { 'retry-after': '17' },
      body: 'ingestion rate limit\n',
    })
    const agent = { 'user-agent': 'opentelemetry-collector-contrib/0.165.0' }
    expect(await at.write(samplesOf(series(1)), agent)).toMatchObject({ status: 529, headers: { 'retry-after': '17' } })
  })

  // vmagent drops a request only after a 400 (or 409), and sends it again for ever after a 413 or 422.
  it.each([400, 413, 422])(
    "AMP's permanent refusal (%i) is passed on as 400, and does not count as accepted",
    async (status) => {
      const accepted = await at.metric('tickwatch_ingest_samples_total{tenant_id="acme"}')
      at.amp.reply = { status, body: 'out of order sample' }
      expect(await at.write(samplesOf(series(1)))).toMatchObject({ status: 400, body: 'out of order sample\n' })
      expect(await at.metric('tickwatch_ingest_samples_total{tenant_id="acme"}')).toBe(accepted)
    },
  )

  it.each([
    'too old sample',
    'out of bounds',
    'out of order sample',
    'duplicate sample for timestamp',
    'positive side: spans need 4 buckets, have 3 buckets: histogram spans specify different number of buckets than provided',
    'negative side: span number 2 with offset -1: histogram has a span whose offset is negative',
    'positive side: bucket number 2 has observation count of -1: histogram has a bucket whose observation count is negative',
    "9007199254740994 observations found in buckets, but the Count field is 9007199254740993: histogram's observation count should be at least the number of observations found in the buckets",
    "6 observations found in buckets, but the Count field is 10: histogram's observation count should equal the number of observations found in the buckets (in absence of NaN)",
    'histogram custom bounds are too few',
  ])('a 500 for bad data is a permanent refusal, so that the writer does not retry it forever: %s', async (body) => {
    at.amp.reply = { status: 500, body }
    expect(await at.write(samplesOf(series(1)))).toMatchObject({ status: 400, body: `${body}\n` })
  })

  it('a refusal without a reason gets one, and does not hide what the gateway itself refused', async () => {
    at.amp.reply = { status: 400 }
    const { status, body } = await at.write(samplesOf([...series(1), ['__name__', 'bad', 'player', 'x']]))
    expect(status).toBe(400)
    expect(body).toMatch(/^tw-upstream: the storage refused samples and gave no reason, .*\ntw-label-name: .*\n$/)
  })

  it.each([
    'user=123_ws-1: per-user series limit of 50000000 exceeded, contact administrator to raise it',
    'per-metric series limit (local limit: 0 global limit: 200000 actual local limit: 500) exceeded',
    'the maximum of 2000000 active series is reached (err-mimir-max-series-per-user)',
    'too many HA clusters (limit: 500)',
    'too many HA replicaGroups (limit: 500)',
  ])('because the workspace is full, the answer is 503, so that the writer keeps its samples: %s', async (body) => {
    at.amp.reply = { status: 400, body }
    expect(await at.write(samplesOf(series(1)))).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
      body: expect.stringMatching(/^tw-upstream: /),
    })
  })

  it.each([
    'out of order sample, series={__name__="max_active_series", region="eu"}',
    'duplicate sample for timestamp; series: series_limit{}',
    'series has too many labels (actual: 31, limit: 30)',
  ])('because the request is faulty, the refusal is permanent, whatever the names of its series: %s', async (body) => {
    at.amp.reply = { status: 400, body }
    expect((await at.write(samplesOf(series(1)))).status).toBe(400)
  })

  it('the answer to a 2.0 writer says that nothing was written', async () => {
    at.amp.reply = { status: 500 }
    const v2 = new WriteRequestWriterV2()
    v2.begin()
    v2.beginSeries(['__name__', 'players'])
    v2.sample(7, Date.now())
    v2.endSeries()
    expect((await at.writeV2(snappy(v2.finish()))).headers).toMatchObject({
      'x-prometheus-remote-write-samples-written': '0',
    })
  })
})
