import { request } from 'node:http'
import { WriteRequestWriter, WriteRequestWriterV2 } from '@tickwatch/remote-write'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { contentTypeOf, snappy, TestGateway } from '../testing/testGateway.ts'
import { samplesOf, series } from '../testing/writes.ts'

let at: TestGateway

const writer = new WriteRequestWriter()
const roomy = { 'ingest.samplesPerSecond': 1_000_000, 'ingest.burstSamples': 1_000_000 }

const metadata = (entries: number) => {
  writer.begin()
  for (let i = 0; i < entries; i++) writer.metadata(`m${i}`, 'counter', 'Help.', '')
  return snappy(writer.finish())
}
/** One sample with this many exemplars. */
const withExemplars = (exemplars: number) => {
  writer.begin()
  writer.beginSeries(['__name__', 'up'])
  writer.sample(1, Date.now())
  for (let i = 0; i < exemplars; i++) writer.exemplar(['trace_id', `${i}`], 1, Date.now())
  writer.endSeries()
  return snappy(writer.finish())
}

beforeAll(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  await at.startWith([
    { id: 'acme', limits: roomy },
    { id: 'small', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 10 } },
    { id: 'impatient', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 10 } },
    { id: 'tight', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 1_000 } },
    { id: 'metadata', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 1_000 } },
    { id: 'slow', limits: { 'ingest.requestsPerSecond': 1 } },
    { id: 'narrow', limits: { ...roomy, 'ingest.requestBytesMax': 16_384 } },
    { id: 'bulky', limits: { ...roomy, 'ingest.requestBytesMax': 16_777_216 } },
    { id: 'default' },
    { id: 'gone', status: 'suspended' },
  ])
})
afterAll(() => at.remove())
beforeEach(() => at.amp.reset())

describe('a write that is refused as a whole', () => {
  const nobody = async (headers: Record<string, string>) => {
    const reply = await at.write(samplesOf(series(1)), headers)
    expect(reply.status).toBe(403)
    expect(at.amp.requests).toBe(0)
    return reply
  }

  it('is 403 for a caller that is not a writer of a tenant', async () => {
    const id = 'x-forwarded-client-cert'
    await nobody({ [id]: '' })
    await nobody({ [id]: 'Hash=0a' })
    await nobody({ [id]: 'URI=spiffe://elsewhere/tenant/acme/writer/edge' })
    await nobody({ [id]: 'URI=spiffe://tickwatch.local/gateway/gateway-1' })
    const reply = await nobody({ [id]: 'URI=spiffe://tickwatch.local/tenant/unknown/writer/edge' })
    expect(reply.body).toMatch(/^tw-forbidden: there is no tenant unknown, limit .+, remedy .+, receipt [\w-]+\n$/)
  })

  it('is 403 for a suspended tenant', async () => {
    const reply = await at.write(samplesOf(series(1)), {}, 'gone')
    expect(reply).toMatchObject({ status: 403, body: expect.stringMatching(/^tw-suspended: /) })
    expect(at.amp.requests).toBe(0)
  })

  it.each([
    [415, 'no snappy', { 'content-encoding': 'gzip' }],
    [415, 'another content type', { 'content-type': 'application/json' }],
    [415, 'another protobuf message', { 'content-type': 'application/x-protobuf;proto=other.Message' }],
    [400, 'a version of another message', { 'x-prometheus-remote-write-version': '2.0.0' }],
  ])('is %i for %s', async (status, _what, headers) => {
    const reply = await at.write(samplesOf(series(1)), headers as Record<string, string>)
    expect(reply).toMatchObject({ status, body: expect.stringMatching(/^tw-malformed: /) })
    expect(at.amp.requests).toBe(0)
  })

  it('is 415 for vmagent’s own protocol, and does not count as a loss, because vmagent sends it again as remote write', async () => {
    const line = 'tickwatch_ingest_lost_samples_total{tenant_id="acme",reason="malformed"}'
    const before = await at.metric(line)
    const offer = { 'content-encoding': 'zstd', 'x-victoriametrics-remote-write-version': '1' }
    expect(await at.write(samplesOf(series(1)), offer)).toMatchObject({ status: 415 })
    expect(await at.metric(line)).toBe(before)
    expect((await at.write(samplesOf(series(1)), { 'content-encoding': 'zstd' })).status).toBe(415)
    expect(await at.metric(line)).toBe((before ?? 0) + 1)
  })

  it('is not one that announces 1.0 in either spelling', async () => {
    expect((await at.write(samplesOf(series(1)), { 'content-type': contentTypeOf(1) })).status).toBe(204)
    const spelled = 'application/x-protobuf; proto=prometheus.WriteRequest'
    expect((await at.write(samplesOf(series(1)), { 'content-type': spelled })).status).toBe(204)
  })

  it('is 400 for a body that is not snappy, or not protobuf', async () => {
    expect(await at.write(Buffer.from('hello'))).toMatchObject({ status: 400 })
    expect(await at.write(snappy(Buffer.from('hello')))).toMatchObject({
      status: 400,
      body: expect.stringMatching(/^tw-malformed: .* at byte \d+ of the request/),
    })
  })

  it('is 400 for a body of 2.0 under the content type of 1.0', async () => {
    const v2 = new WriteRequestWriterV2()
    v2.begin()
    v2.beginSeries(['__name__', 'up'])
    v2.sample(1, Date.now())
    v2.endSeries()
    expect(await at.write(snappy(v2.finish()))).toMatchObject({
      status: 400,
      body: expect.stringMatching(/^tw-malformed: nothing in the body is of remote write 1\.0/),
    })
    expect(at.amp.requests).toBe(0)
  })

  it('is 400 for a body of 1.0 under the content type of 2.0', async () => {
    expect(await at.writeV2(samplesOf(series(1)))).toMatchObject({
      status: 400,
      body: expect.stringMatching(/^tw-malformed: nothing in the body is of remote write 2\.0/),
      headers: { 'x-prometheus-remote-write-samples-written': '0' },
    })
    expect(at.amp.requests).toBe(0)
  })

  // A 413 would be sent again for ever by vmagent. All senders drop a request after a 400.
  it('is 400 for more bytes than allowed, compressed or not', async () => {
    const incompressible = Buffer.from(Array.from({ length: 20_000 }, () => Math.floor(Math.random() * 256)))
    expect(await at.write(incompressible, {}, 'narrow')).toMatchObject({ status: 400 })
    const bomb = snappy(Buffer.alloc(200_000))
    expect(await at.write(bomb, {}, 'narrow')).toMatchObject({
      status: 400,
      body: expect.stringMatching(/^tw-request-bytes: the request has 200000 bytes .*limit 16384 bytes/),
    })
  })

  it.each([
    ['samples', () => samplesOf(series(11)), '11 samples'],
    ['exemplars', () => withExemplars(10), '11 samples, exemplars and metadata entries'],
    ['metadata entries', () => metadata(11), '11 samples, exemplars and metadata entries'],
  ])('is 400 for more %s than the burst, and charges nothing', async (_what, body, counted) => {
    expect(await at.write(body(), {}, 'small')).toMatchObject({
      status: 400,
      body: expect.stringMatching(`^tw-burst: the request holds ${counted}, limit 10 per request`),
    })
    expect(at.amp.requests).toBe(0)
  })

  it('is not one with the largest default request of a sender, at the default limits', async () => {
    // As the Collector makes it: about 3 MB.
    const names = Array.from({ length: 50_000 }, (_, i) => ['__name__', `m${i}`, 'job', 'unknown_service'])
    expect((await at.write(samplesOf(names), {}, 'default')).status).toBe(204)
  })

  it('is 429 over the rate, all or nothing, with the seconds to wait', async () => {
    expect((await at.write(samplesOf(series(8)), {}, 'small')).status).toBe(204)
    at.amp.requests = 0
    const reply = await at.write(samplesOf(series(5)), {}, 'small')
    expect(reply).toMatchObject({ status: 429, body: expect.stringMatching(/^tw-rate: 5 samples are more/) })
    expect(reply.headers['retry-after']).toBe('3')
    expect(reply.headers.ratelimit).toMatch(/^"samples";r=2;t=8, /)
    expect(at.amp.requests).toBe(0)
    expect(await at.metric('tickwatch_ingest_refused_samples_total{tenant_id="small",reason="rate"}')).toBe(5)
    // The sender has them still.
    expect(await at.metric('tickwatch_ingest_lost_samples_total{tenant_id="small",reason="rate"}')).toBeNull()
  })

  it('is 529 instead of 429 for a sender that drops a request after a 429', async () => {
    const agent = { 'user-agent': 'Prometheus/3.16.0' }
    expect((await at.write(samplesOf(series(8)), agent, 'impatient')).status).toBe(204)
    const reply = await at.write(samplesOf(series(5)), agent, 'impatient')
    expect(reply).toMatchObject({
      status: 529,
      headers: { 'retry-after': '3' },
      body: expect.stringMatching(/^tw-rate: /),
    })
    expect(await at.metric('tickwatch_ingest_requests_total{tenant_id="impatient",code="529",reason="rate"}')).toBe(1)
    expect(await at.metric('tickwatch_ingest_lost_samples_total{tenant_id="impatient",reason="rate"}')).toBeNull()
  })

  it('is 429 over the rate also if it has only metadata', async () => {
    expect((await at.write(metadata(800), {}, 'metadata')).status).toBe(204)
    expect(await at.write(metadata(800), {}, 'metadata')).toMatchObject({
      status: 429,
      body: expect.stringMatching(
        /^tw-rate: 800 samples, exemplars and metadata entries are more than the limit allows now/,
      ),
    })
    expect(await at.metric('tickwatch_ingest_samples_total{tenant_id="metadata"}')).toBe(0)
  })

  it('is 429 while its tenant has too many bytes in flight, announced or not, and other tenants are not refused', async () => {
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
        body: expect.stringMatching(/^tw-in-flight: too many requests are in flight .*, limit 134217728 bytes/),
      }),
    )
    expect(await at.metric(refusedLine)).toBe(1)
    expect((await at.write(samplesOf(series(1)))).status).toBe(204)
    held.pop()?.destroy()
    await vi.waitFor(async () => expect((await small()).status).toBe(204))
    for (const each of held) each.destroy()
  })

  it('is 429 over the requests per second', async () => {
    const replies = []
    for (let i = 0; i < 3; i++) replies.push(await at.write(samplesOf(series(1)), {}, 'slow'))
    expect(replies.map(({ status }) => status)).toEqual([204, 204, 429])
    expect(replies[2]?.headers['retry-after']).toBe('1')
    expect(replies[2]?.body).toMatch(/^tw-request-rate: /)
  })
})
