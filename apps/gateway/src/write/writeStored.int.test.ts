import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connectionHeader } from '@tickwatch/policy'
import { type NativeHistogram, WriteRequestWriter, WriteRequestWriterV2 } from '@tickwatch/remote-write'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { undocumented } from '../../../../local/src/testing/metricsPage.ts'
import { snappy, TestGateway } from '../testing/testGateway.ts'
import { samplesOf, series } from '../testing/writes.ts'

let at: TestGateway

const writer = new WriteRequestWriter()
beforeAll(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  await at.startWith([
    { id: 'acme', limits: { 'ingest.samplesPerSecond': 1_000_000, 'ingest.burstSamples': 1_000_000 } },
  ])
})
afterAll(() => at.remove())
beforeEach(() => at.amp.reset())

const histogram: NativeHistogram = {
  schema: 3,
  zeroThreshold: 1e-9,
  zeroCount: 1,
  count: 6,
  sum: 0.7,
  positiveSpans: [{ offset: -4, length: 2 }],
  positiveDeltas: [2, 1],
}

describe('a correct write', () => {
  it('is stored with the tenant label in its sorted place, and answered 204 with the remaining limits', async () => {
    const reply = await at.write(samplesOf([['__name__', 'up', 'job', 'game', 'zzz', 'x'].slice(0, 4)]))
    expect(reply).toMatchObject({ status: 204, body: '' })
    expect(at.amp.labelsTaken()).toEqual(['__name__=up job=game tenant=acme'])
    expect(reply.headers['ratelimit-policy']).toBe('"samples";q=1000000;w=1, "requests";q=100;w=1')
    expect(reply.headers.ratelimit).toMatch(/^"samples";r=\d+;t=\d+, "requests";r=\d+;t=\d+$/)
    expect(reply.headers['x-prometheus-remote-write-samples-written']).toBeUndefined()
  })

  it('puts the tenant before labels that sort after it', async () => {
    await at.write(samplesOf([['__name__', 'node_filesystem_free_bytes', 'device', 'sda', 'fstype', 'ext4']]))
    await at.write(samplesOf([['__name__', 'process_build_info', 'version', '1.2.3']]))
    expect(at.amp.labelsTaken()).toEqual([
      '__name__=node_filesystem_free_bytes device=sda fstype=ext4 tenant=acme',
      '__name__=process_build_info tenant=acme version=1.2.3',
    ])
  })

  it('keeps stale markers bit for bit', async () => {
    // A signalling NaN: code that reads it as a number may change its bits.
    const marker = Buffer.from('020000000000f07f', 'hex')
    const placeholder = Buffer.alloc(8)
    placeholder.writeDoubleLE(42.5)
    for (const [sent, write] of [
      [writer, (body: Buffer) => at.write(body)],
      [new WriteRequestWriterV2(), (body: Buffer) => at.writeV2(body)],
    ] as const) {
      sent.begin()
      sent.beginSeries(['__name__', 'up'])
      sent.sample(42.5, Date.now())
      sent.endSeries()
      const bytes = Buffer.from(sent.finish())
      marker.copy(bytes, bytes.indexOf(placeholder))
      expect((await write(snappy(bytes))).status).toBe(204)
      expect(at.amp.bodies.at(-1)?.includes(marker)).toBe(true)
    }
  })

  it('keeps native histograms, exemplars, and metadata', async () => {
    writer.begin()
    writer.beginSeries(['__name__', 'tick_seconds'])
    writer.histogram(histogram, Date.now())
    writer.exemplar(['trace_id', 'abc'], 0.25, Date.now())
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

  it('without series is answered 204 in both versions, and nothing is sent to AMP', async () => {
    const v2 = new WriteRequestWriterV2()
    v2.begin()
    expect((await at.write(snappy(Buffer.alloc(0)))).status).toBe(204)
    expect((await at.writeV2(snappy(v2.finish()))).status).toBe(204)
    expect(at.amp.requests).toBe(0)
  })

  it('of version 2.0 reaches AMP as 1.0, and the answer says how much was written', async () => {
    const v2 = new WriteRequestWriterV2()
    v2.begin()
    v2.beginSeries(['__name__', 'players', 'region', 'eu'])
    v2.sample(7, Date.now())
    v2.endSeries()
    const reply = await at.writeV2(snappy(v2.finish()))
    expect(reply.status).toBe(204)
    expect(reply.headers).toMatchObject({
      'x-prometheus-remote-write-samples-written': '1',
      'x-prometheus-remote-write-histograms-written': '0',
      'x-prometheus-remote-write-exemplars-written': '0',
    })
    expect(at.amp.labelsTaken()).toEqual(['__name__=players region=eu tenant=acme'])
    expect(at.amp.taken[0]?.timeseries[0]?.samples[0]?.value).toBe(7)
  })

  it('of version 2.0 gets the numbers of its stored samples, histograms and exemplars', async () => {
    const v2 = new WriteRequestWriterV2()
    const mixed = (...extra: string[][]) => {
      v2.begin()
      for (const labels of [['__name__', 'players'], ...extra]) {
        v2.beginSeries(labels)
        for (let i = 0; i < 3; i++) v2.sample(i, Date.now() + i)
        for (let i = 0; i < 2; i++) v2.histogram(histogram, Date.now() + i)
        v2.exemplar(['trace_id', 'abc'], 0.25, Date.now())
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

it('accepted samples and requests are counted by tenant and status', async () => {
  const samples = (await at.metric('tickwatch_ingest_samples_total{tenant_id="acme"}')) ?? 0
  const requests = (await at.metric('tickwatch_ingest_requests_total{tenant_id="acme",code="204"}')) ?? 0
  await at.write(samplesOf(series(3)))
  expect(await at.metric('tickwatch_ingest_samples_total{tenant_id="acme"}')).toBe(samples + 3)
  expect(await at.metric('tickwatch_ingest_requests_total{tenant_id="acme",code="204"}')).toBe(requests + 1)
  expect(await at.metric('tickwatch_ingest_share_ratio{tenant_id="acme",resource="samples"}')).toBe(1)
  expect(await at.metric('tickwatch_policy_applied_version')).toBe(1)
})

describe('the time to the first byte', () => {
  const line = (what: string) => `tickwatch_edge_ingest_first_byte_seconds_${what}{code="204"}`
  const measured = async () => [await at.metric(line('count')), await at.metric(line('sum'))] as [number, number]
  /** A write whose first byte arrived at Envoy 5 s ago, on a connection whose handshake took 60 s. */
  const write = (connection: string) =>
    at.write(samplesOf(series(1)), { [connectionHeader]: `${connection}/${Date.now() - 5_000}/1900000000` })

  it('begins at Envoy, and has the TLS handshake once for each connection', async () => {
    const [count, seconds] = await measured()
    await write('1/60000000')
    await write('1/60000000')
    const [afterTwo, secondsOfTwo] = await measured()
    expect(afterTwo - count).toBe(2)
    // Sums of seconds, so 65 s may be 64.99999999999999.
    expect(secondsOfTwo - seconds).toBeGreaterThan(69.99)
    expect(secondsOfTwo - seconds).toBeLessThan(120)
    await write('2/60000000')
    const [, secondsOfThree] = await measured()
    expect(secondsOfThree - secondsOfTwo).toBeGreaterThan(64.99)
  })

  it('is not measured if Envoy does not say when it was', async () => {
    const before = await measured()
    await at.write(samplesOf(series(1)))
    expect(await measured()).toEqual(before)
  })
})

it('the metrics say when the certificates of the gateway and of its writers expire', async () => {
  const expiry = (labels: string) => at.metric(`tickwatch_certificate_expiry_timestamp_seconds{${labels}}`)
  const { caFile, certFile } = at.controlPlane.files
  const expiryOf = (path: string) => new X509Certificate(readFileSync(path)).validToDate.getTime() / 1_000
  expect(await expiry('resource="client"')).toBe(expiryOf(certFile))
  expect(await expiry('resource="authority"')).toBe(expiryOf(caFile))
  for (const expires of [1_900_000_000, 1_800_000_000, 1_850_000_000]) {
    await at.write(samplesOf(series(1)), { [connectionHeader]: `9/1/${Date.now()}/${expires}` })
  }
  expect(await expiry('resource="writer",tenant_id="acme"')).toBe(1_800_000_000)
  expect(await expiry('resource="reader",tenant_id="acme"')).toBeNull()
})

it('every metric is documented', async () => {
  expect(undocumented((await at.get('/metrics')).body), 'missing in docs/metrics.md').toEqual([])
})
