import { request } from 'node:http'
import { compileLabelSchema, judgeSeries, platformLabelSchema, resolveLimits } from '@tickwatch/policy'
import { type NativeHistogram, WriteRequestWriter, WriteRequestWriterV2 } from '@tickwatch/remote-write'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { contentTypeOf, snappy, TestGateway } from '../testing/testGateway.ts'

let at: TestGateway

const roomy = { 'ingest.samplesPerSecond': 1_000_000, 'ingest.burstSamples': 1_000_000 }

beforeAll(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  at.publish({
    version: 1,
    tenants: [
      { id: 'acme', limits: roomy },
      { id: 'small', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 10 } },
      { id: 'tight', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 1_000 } },
      { id: 'told', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 1_000 } },
      { id: 'slow', limits: { 'ingest.requestsPerSecond': 1 } },
      { id: 'narrow', limits: { ...roomy, 'ingest.requestBytesMax': 16_384 } },
      { id: 'bulky', limits: { ...roomy, 'ingest.requestBytesMax': 16_777_216 } },
      { id: 'full', limits: { ...roomy, 'series.activeMax': 2 } },
      { id: 'gone', status: 'suspended' },
    ],
  })
  await at.start()
  await vi.waitFor(async () => expect((await at.get('/ready')).status).toBe(200), 10_000)
})
afterAll(() => at.remove())
beforeEach(() => {
  at.amp.taken.length = 0
  at.amp.bodies.length = 0
  at.amp.requests = 0
  at.amp.reply = { status: 200 }
})

const writer = new WriteRequestWriter()
const now = () => Date.now()

const histogram: NativeHistogram = {
  schema: 3,
  zeroThreshold: 1e-9,
  zeroCount: 1,
  count: 6,
  sum: 0.7,
  positiveSpans: [{ offset: -4, length: 2 }],
  positiveDeltas: [2, 1],
}

/** A request of one sample a series. */
function samplesOf(series: string[][], timestampMs = now()): Buffer {
  writer.begin()
  for (const labels of series) {
    writer.beginSeries(labels)
    writer.sample(42.5, timestampMs)
    writer.endSeries()
  }
  return snappy(writer.finish())
}
const series = (count: number, name = 'tick_seconds') =>
  Array.from({ length: count }, (_, i) => ['__name__', name, 'region', 'eu', 'shard_id', `s${i}`])
const labelsTaken = () =>
  at.amp.taken.flatMap(({ timeseries }) =>
    timeseries.map(({ labels }) => labels.map(({ name, value }) => `${name}=${value}`).join(' ')),
  )
const metric = async (line: string) => {
  const { body } = await at.get('/metrics')
  const found = body.split('\n').find((each) => each.startsWith(`${line} `))
  return found === undefined ? null : Number(found.slice(line.length + 1))
}

describe('a write that is right', () => {
  test('is stored with the tenant label in its place, and answered 204 with what is left', async () => {
    const reply = await at.write(samplesOf([['__name__', 'up', 'job', 'game', 'zzz', 'x'].slice(0, 4)]))
    expect(reply).toMatchObject({ status: 204, body: '' })
    expect(labelsTaken()).toEqual(['__name__=up job=game tenant=acme'])
    expect(reply.headers['ratelimit-policy']).toBe('"samples";q=1000000;w=1, "requests";q=100;w=1')
    expect(reply.headers.ratelimit).toMatch(/^"samples";r=\d+;t=\d+, "requests";r=\d+;t=\d+$/)
    expect(reply.headers['x-prometheus-remote-write-samples-written']).toBeUndefined()
  })

  test('puts the tenant before labels that sort after it', async () => {
    await at.write(samplesOf([['__name__', 'node_filesystem_free_bytes', 'device', 'sda', 'fstype', 'ext4']]))
    await at.write(samplesOf([['__name__', 'process_build_info', 'version', '1.2.3']]))
    expect(labelsTaken()).toEqual([
      '__name__=node_filesystem_free_bytes device=sda fstype=ext4 tenant=acme',
      '__name__=process_build_info tenant=acme version=1.2.3',
    ])
  })

  test('keeps stale markers bit for bit', async () => {
    // A signalling NaN: whatever reads it as a number may make it another one.
    const marker = Buffer.from('020000000000f07f', 'hex')
    const placeholder = Buffer.alloc(8)
    placeholder.writeDoubleLE(42.5)
    for (const [sent, write] of [
      [writer, (body: Buffer) => at.write(body)],
      [new WriteRequestWriterV2(), (body: Buffer) => at.writeV2(body)],
    ] as const) {
      sent.begin()
      sent.beginSeries(['__name__', 'up'])
      sent.sample(42.5, now())
      sent.endSeries()
      const bytes = Buffer.from(sent.finish())
      marker.copy(bytes, bytes.indexOf(placeholder))
      expect((await write(snappy(bytes))).status).toBe(204)
      expect(at.amp.bodies.at(-1)?.includes(marker)).toBe(true)
    }
  })

  test('keeps native histograms, exemplars, and metadata', async () => {
    writer.begin()
    writer.beginSeries(['__name__', 'tick_seconds'])
    writer.histogram(histogram, now())
    writer.exemplar(['trace_id', 'abc'], 0.25, now())
    writer.endSeries()
    writer.metadata('tick_seconds', 'histogram', 'Time of a tick.', 'seconds')
    expect(await at.write(snappy(writer.finish()))).toMatchObject({ status: 204 })
    const [taken] = at.amp.taken
    expect(taken?.timeseries[0]?.histograms[0]).toMatchObject({
      schema: 3,
      count_int: 6,
      sum: 0.7,
      positive_spans: [{ offset: -4, length: 2 }],
      positive_deltas: [2, 1],
    })
    expect(taken?.timeseries[0]?.exemplars).toEqual([
      { labels: [{ name: 'trace_id', value: 'abc' }], value: 0.25, timestamp: expect.any(Number) },
    ])
    expect(taken?.metadata).toMatchObject([{ metric_family_name: 'tick_seconds', help: 'Time of a tick.' }])
  })

  test('of nothing is 204 in both versions, and AMP is not asked', async () => {
    const v2 = new WriteRequestWriterV2()
    v2.begin()
    expect((await at.write(snappy(Buffer.alloc(0)))).status).toBe(204)
    expect((await at.writeV2(snappy(v2.finish()))).status).toBe(204)
    expect(at.amp.requests).toBe(0)
  })

  test('of version 2.0 reaches AMP as 1.0, and its sender hears what was written', async () => {
    const v2 = new WriteRequestWriterV2()
    v2.begin()
    v2.beginSeries(['__name__', 'players', 'region', 'eu'])
    v2.sample(7, now())
    v2.endSeries()
    const reply = await at.writeV2(snappy(v2.finish()))
    expect(reply.status).toBe(204)
    expect(reply.headers).toMatchObject({
      'x-prometheus-remote-write-samples-written': '1',
      'x-prometheus-remote-write-histograms-written': '0',
      'x-prometheus-remote-write-exemplars-written': '0',
    })
    expect(labelsTaken()).toEqual(['__name__=players region=eu tenant=acme'])
    expect(at.amp.taken[0]?.timeseries[0]?.samples[0]?.value).toBe(7)
  })

  test('of version 2.0 is told of its samples, histograms and exemplars apart, of those that are stored', async () => {
    const v2 = new WriteRequestWriterV2()
    const mixed = (...extra: string[][]) => {
      v2.begin()
      for (const labels of [['__name__', 'players'], ...extra]) {
        v2.beginSeries(labels)
        for (let i = 0; i < 3; i++) v2.sample(i, now() + i)
        for (let i = 0; i < 2; i++) v2.histogram(histogram, now() + i)
        v2.exemplar(['trace_id', 'abc'], 0.25, now())
        v2.endSeries()
      }
      return snappy(v2.finish())
    }
    const headers = {
      'x-prometheus-remote-write-samples-written': '3',
      'x-prometheus-remote-write-histograms-written': '2',
      'x-prometheus-remote-write-exemplars-written': '1',
    }
    expect(await at.writeV2(mixed())).toMatchObject({ status: 204, headers })
    const bad = ['__name__', 'players', 'player', 'x']
    expect(await at.writeV2(mixed(bad))).toMatchObject({ status: 400, headers })
  })
})

describe('a write that is refused whole', () => {
  const nobody = async (headers: Record<string, string>) => {
    const reply = await at.write(samplesOf(series(1)), headers)
    expect(reply.status).toBe(403)
    expect(at.amp.requests).toBe(0)
    return reply
  }

  test('is 403 for whoever is not a writer of a tenant', async () => {
    const id = 'x-forwarded-client-cert'
    await nobody({ [id]: '' })
    await nobody({ [id]: 'Hash=0a' })
    await nobody({ [id]: 'URI=spiffe://elsewhere/tenant/acme/writer/edge' })
    await nobody({ [id]: 'URI=spiffe://tickwatch.local/gateway/gateway-1' })
    const reply = await nobody({ [id]: 'URI=spiffe://tickwatch.local/tenant/unknown/writer/edge' })
    expect(reply.body).toMatch(/^tw-forbidden: there is no tenant unknown, limit .+, remedy .+, receipt [\w-]+\n$/)
  })

  test('is 403 for a suspended tenant', async () => {
    const reply = await at.write(samplesOf(series(1)), {}, 'gone')
    expect(reply).toMatchObject({ status: 403, body: expect.stringMatching(/^tw-suspended: /) })
    expect(at.amp.requests).toBe(0)
  })

  test.each([
    [415, 'no snappy', { 'content-encoding': 'gzip' }],
    [415, 'another content type', { 'content-type': 'application/json' }],
    [415, 'another protobuf message', { 'content-type': 'application/x-protobuf;proto=other.Message' }],
    [400, 'a version of another message', { 'x-prometheus-remote-write-version': '2.0.0' }],
  ])('is %i for %s', async (status, _what, headers) => {
    const reply = await at.write(samplesOf(series(1)), headers as Record<string, string>)
    expect(reply).toMatchObject({ status, body: expect.stringMatching(/^tw-malformed: /) })
    expect(at.amp.requests).toBe(0)
  })

  test('takes both spellings of 1.0', async () => {
    expect((await at.write(samplesOf(series(1)), { 'content-type': contentTypeOf(1) })).status).toBe(204)
    const spelled = 'application/x-protobuf; proto=prometheus.WriteRequest'
    expect((await at.write(samplesOf(series(1)), { 'content-type': spelled })).status).toBe(204)
  })

  test('is 400 for what is not snappy, and for what is not protobuf', async () => {
    expect(await at.write(Buffer.from('hello'))).toMatchObject({ status: 400 })
    expect(await at.write(snappy(Buffer.from('hello')))).toMatchObject({
      status: 400,
      body: expect.stringMatching(/^tw-malformed: .* at byte \d+ of the request/),
    })
  })

  test('is 413 for more bytes than allowed, compressed or not', async () => {
    const incompressible = Buffer.from(Array.from({ length: 20_000 }, () => Math.floor(Math.random() * 256)))
    expect(await at.write(incompressible, {}, 'narrow')).toMatchObject({ status: 413 })
    const bomb = snappy(Buffer.alloc(1_000_000))
    expect(await at.write(bomb, {}, 'narrow')).toMatchObject({
      status: 413,
      body: expect.stringMatching(/^tw-request-bytes: .*limit 16384 bytes/),
    })
  })

  test('is 413 for more samples than the burst', async () => {
    expect(await at.write(samplesOf(series(11)), {}, 'small')).toMatchObject({
      status: 413,
      body: expect.stringMatching(/^tw-burst: the request holds 11 samples, limit 10 samples a request/),
    })
  })

  test('is 429 over the rate, all or nothing, with the seconds to wait', async () => {
    expect((await at.write(samplesOf(series(8)), {}, 'small')).status).toBe(204)
    at.amp.requests = 0
    const reply = await at.write(samplesOf(series(5)), {}, 'small')
    expect(reply).toMatchObject({ status: 429, body: expect.stringMatching(/^tw-rate: 5 samples are more/) })
    expect(reply.headers['retry-after']).toBe('3')
    expect(reply.headers.ratelimit).toMatch(/^"samples";r=2;t=8, /)
    expect(at.amp.requests).toBe(0)
    expect(await metric('tickwatch_ingest_refused_samples_total{tenant_id="small",reason="rate"}')).toBe(5)
  })

  test('is 429 over the rate also where it is metadata only', async () => {
    const metadata = () => {
      writer.begin()
      for (let i = 0; i < 800; i++) writer.metadata(`m${i}`, 'counter', 'Help.', '')
      return snappy(writer.finish())
    }
    expect((await at.write(metadata(), {}, 'told')).status).toBe(204)
    expect(await at.write(metadata(), {}, 'told')).toMatchObject({
      status: 429,
      body: expect.stringMatching(/^tw-rate: 800 samples, exemplars and metadata entries are more than is left/),
    })
    expect(await metric('tickwatch_ingest_samples_total{tenant_id="told"}')).toBe(0)
  })

  test('is 429 while its tenant has too much under way, whether announced or not, and no other tenant is', async () => {
    const small = () => at.write(samplesOf(series(1)), {}, 'bulky')
    const refusedLine = 'tickwatch_ingest_refused_samples_total{tenant_id="bulky",reason="in-flight"}'
    const held = Array.from({ length: 8 }, (_, i) => {
      const begun = request({
        socketPath: at.settings.socket,
        method: 'POST',
        path: '/api/v1/write',
        headers: {
          'content-encoding': 'snappy',
          'content-type': contentTypeOf(1),
          'x-forwarded-client-cert': 'URI=spiffe://tickwatch.local/tenant/bulky/writer/edge',
          ...(i % 2 === 0 ? { 'content-length': '16777216' } : { 'transfer-encoding': 'chunked' }),
        },
      })
      begun.on('error', () => {})
      begun.write('a')
      return begun
    })
    await vi.waitFor(async () =>
      expect(await small()).toMatchObject({
        status: 429,
        headers: { 'retry-after': '1' },
        body: expect.stringMatching(/^tw-in-flight: too many requests are under way .*, limit 134217728 bytes/),
      }),
    )
    expect(await metric(refusedLine)).toBe(1)
    expect((await at.write(samplesOf(series(1)))).status).toBe(204)
    held.pop()?.destroy()
    await vi.waitFor(async () => expect((await small()).status).toBe(204))
    for (const each of held) each.destroy()
  })

  test('is 429 over the requests per second', async () => {
    const replies = [await at.write(samplesOf(series(1)), {}, 'slow'), await at.write(samplesOf(series(1)), {}, 'slow')]
    expect(replies.map(({ status }) => status)).toEqual([204, 429])
    expect(replies[1]?.headers['retry-after']).toBe('1')
    expect(replies[1]?.body).toMatch(/^tw-request-rate: /)
  })
})

describe('a write of which a part is refused', () => {
  test('is 400 after the rest is written, one line a reason, with a receipt that the log has', async () => {
    const secret = 'player-4711@example.org'
    const receipt = '0b6f1a3c-0000-4000-8000-000000000001'
    const reply = await at.write(
      samplesOf([
        ['__name__', 'good', 'region', 'eu'],
        ['__name__', 'bad', 'player', secret],
        ['__name__', 'bad', 'email', secret],
        ['__name__', 'stolen', 'tenant', 'globex'],
      ]),
      { 'x-request-id': receipt },
    )
    expect(reply.status).toBe(400)
    const lines = reply.body.trimEnd().split('\n')
    expect(lines[0]).toMatch(
      /^tw-label-name: series of bad has the label player, .+; 2 series in all, limit .+, remedy .+, receipt /,
    )
    expect(lines[1]).toMatch(/^tw-label-reserved: /)
    expect(lines.every((line) => line.endsWith(`receipt ${receipt}`))).toBe(true)
    expect(reply.headers['x-request-id']).toBe(receipt)
    expect(labelsTaken()).toEqual(['__name__=good region=eu tenant=acme'])
    const logged = at.logged.find((line) => line.receipt === receipt)
    expect(logged).toMatchObject({ tenantId: 'acme', written: 1, refused: { 'label-name': 2, 'label-reserved': 1 } })
    expect(JSON.stringify(at.logged) + reply.body).not.toContain(secret)
  })

  test('leaves out samples older than an hour', async () => {
    writer.begin()
    for (const [name, ages] of [
      ['old', [3_700_000, 3_600_001]],
      ['mixed', [3_700_000, 1_000]],
    ] as const) {
      writer.beginSeries(['__name__', name])
      for (const age of ages) writer.sample(1, now() - age)
      writer.endSeries()
    }
    const reply = await at.write(snappy(writer.finish()))
    expect(reply).toMatchObject({ status: 400, body: expect.stringMatching(/^tw-too-old: .*, limit 1 h/) })
    expect(at.amp.taken[0]?.timeseries.map(({ samples }) => samples.length)).toEqual([1])
    expect(await metric('tickwatch_ingest_refused_samples_total{tenant_id="acme",reason="too-old"}')).toBe(3)
  })

  test('refuses new series over the limit, and lets known ones go on', async () => {
    expect((await at.write(samplesOf(series(2)), {}, 'full')).status).toBe(204)
    const reply = await at.write(samplesOf([...series(2), ...series(1, 'another')]), {}, 'full')
    expect(reply).toMatchObject({ status: 400, body: expect.stringMatching(/^tw-active-series: .*2 active series/) })
    expect(at.amp.taken.at(-1)?.timeseries.length).toBe(2)
    expect(await metric('tickwatch_ingest_active_series{tenant_id="full"}')).toBe(2)
  })

  test('costs tokens only for what is written', async () => {
    const bad = Array.from({ length: 300 }, (_, i) => ['__name__', 'bad', 'player', `${i}`])
    const { headers } = await at.write(samplesOf([...series(10), ...bad]), {}, 'tight')
    expect(headers.ratelimit).toMatch(/^"samples";r=99\d;/)
  })

  test('reaches no AMP when nothing is left of it', async () => {
    expect((await at.write(samplesOf([['__name__', 'bad', 'player', 'x']]))).status).toBe(400)
    expect(at.amp.requests).toBe(0)
  })
})

describe('when AMP does not take it', () => {
  test('the sender keeps it: 503 with Retry-After', async () => {
    for (const status of [500, 503, 403, 404]) {
      at.amp.reply = { status }
      const reply = await at.write(samplesOf(series(500)))
      expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    }
  })

  test('the tokens come back, so that the sender can try again', async () => {
    at.amp.reply = { status: 500 }
    for (let i = 0; i < 3; i++) expect((await at.write(samplesOf(series(900)), {}, 'tight')).status).toBe(503)
    at.amp.reply = { status: 200 }
    expect((await at.write(samplesOf(series(900)), {}, 'tight')).status).toBe(204)
    expect((await at.write(samplesOf(series(900)), {}, 'tight')).status).toBe(429)
  })

  test("a throttled AMP's 429 goes on with its own Retry-After", async () => {
    at.amp.reply = { status: 429, body: 'ingestion rate limit', retryAfter: '17' }
    expect(await at.write(samplesOf(series(1)))).toMatchObject({
      status: 429,
      headers: { 'retry-after': '17' },
      body: 'ingestion rate limit\n',
    })
  })

  test('what it refuses for good goes on as it is, and is not counted as accepted', async () => {
    const accepted = await metric('tickwatch_ingest_samples_total{tenant_id="acme"}')
    at.amp.reply = { status: 400, body: 'out of order sample' }
    expect(await at.write(samplesOf(series(1)))).toMatchObject({ status: 400, body: 'out of order sample\n' })
    expect(await metric('tickwatch_ingest_samples_total{tenant_id="acme"}')).toBe(accepted)
  })

  test.each([
    'user=123_ws-1: per-user series limit of 50000000 exceeded, contact administrator to raise it',
    'per-metric series limit (local limit: 0 global limit: 200000 actual local limit: 500) exceeded',
    'the maximum of 2000000 active series is reached (err-mimir-max-series-per-user)',
  ])('a full workspace is not the tenant’s fault, which keeps its samples: %s', async (body) => {
    at.amp.reply = { status: 400, body }
    expect(await at.write(samplesOf(series(1)))).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
      body: expect.stringMatching(/^tw-upstream: /),
    })
  })

  test.each([
    'out of order sample, series={__name__="max_active_series", region="eu"}',
    'duplicate sample for timestamp; series: series_limit{}',
    'series has too many labels (actual: 31, limit: 30)',
  ])('a fault of the request itself is for good, whatever its series are called: %s', async (body) => {
    at.amp.reply = { status: 400, body }
    expect((await at.write(samplesOf(series(1)))).status).toBe(400)
  })

  test('a 2.0 sender hears that nothing was written', async () => {
    at.amp.reply = { status: 500 }
    const v2 = new WriteRequestWriterV2()
    v2.begin()
    v2.beginSeries(['__name__', 'players'])
    v2.sample(7, now())
    v2.endSeries()
    expect((await at.writeV2(snappy(v2.finish()))).headers).toMatchObject({
      'x-prometheus-remote-write-samples-written': '0',
    })
  })
})

test('accepted samples and requests are counted by tenant and status', async () => {
  const samples = (await metric('tickwatch_ingest_samples_total{tenant_id="acme"}')) ?? 0
  const requests = (await metric('tickwatch_ingest_requests_total{tenant_id="acme",code="204"}')) ?? 0
  await at.write(samplesOf(series(3)))
  expect(await metric('tickwatch_ingest_samples_total{tenant_id="acme"}')).toBe(samples + 3)
  expect(await metric('tickwatch_ingest_requests_total{tenant_id="acme",code="204"}')).toBe(requests + 1)
  expect(await metric('tickwatch_ingest_share_ratio{tenant_id="acme",resource="samples"}')).toBe(1)
  expect(await metric('tickwatch_policy_applied_version')).toBe(1)
})

test("the gateway's own metrics pass the platform's label schema", async () => {
  const lines = (await at.get('/metrics')).body.split('\n').filter((line) => line && !line.startsWith('#'))
  const schema = compileLabelSchema(platformLabelSchema)
  const refused = lines.flatMap((line) => {
    const labels = [...line.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [
      name,
      value,
    ])
    const all = [['__name__', /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0]], ...labels] as [string, string][]
    const sorted = all.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1))
    return judgeSeries(schema, resolveLimits({}), sorted.flat()) ?? []
  })
  expect(lines.length).toBeGreaterThan(50)
  expect(refused).toEqual([])
})
