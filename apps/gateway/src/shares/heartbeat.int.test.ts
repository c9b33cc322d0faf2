import type { HeartbeatAnswer, Share } from '@tickwatch/policy'
import { distinctSeries } from '@tickwatch/policy'
import { WriteRequestWriter } from '@tickwatch/remote-write'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { snappy, TestGateway } from '../testing/testGateway.ts'

let at: TestGateway

beforeEach(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  at.publish({ version: 1, tenants: [{ id: 'acme', limits: { 'series.activeMax': 100 } }, { id: 'globex' }] })
})
afterEach(() => at.remove())

const writer = new WriteRequestWriter()
const samples = (count: number, name = 'up') => {
  writer.begin()
  for (let i = 0; i < count; i++) {
    writer.beginSeries(['__name__', name, 'shard_id', `s${i}`])
    writer.sample(1, Date.now())
    writer.endSeries()
  }
  return snappy(writer.finish())
}
const heartbeats = () => at.controlPlane.heartbeats
const answer = (shares: Record<string, Share>, nextHeartbeatMs = 200) => {
  at.controlPlane.answer = { policyVersionHint: null, shares, defaultShare: 0.5, nextHeartbeatMs }
}
const ready = () => vi.waitFor(async () => expect((await at.get('/ready')).status).toBe(200), 5_000)
const share = async (resource: string) =>
  Number(
    new RegExp(`^tickwatch_ingest_share_ratio\\{tenant_id="acme",resource="${resource}"\\} (.*)$`, 'm').exec(
      (await at.get('/metrics')).body,
    )?.[1],
  )

it('a heartbeat reports the enforced version and the tenants’ figures, and its certificate identifies the gateway', async () => {
  answer({})
  await at.start()
  await ready()
  await at.write(samples(30))
  await at.write(samples(1, 'bad name'))
  // The two writes may fall into different seconds, and the current second does not count yet.
  await vi.waitFor(() => {
    const { samplesPerSecond, refusedPerSecond } = heartbeats().at(-1)?.body.tenants.acme ?? {}
    expect([samplesPerSecond, refusedPerSecond?.['label-invalid']]).toEqual([6, 0.2])
  }, 5_000)
  expect(heartbeats().at(-1)?.gatewayId).toBe('gateway-1')
  expect(heartbeats().find(({ body }) => body.refusalCauses)?.body.refusalCauses).toEqual({
    acme: {
      since: expect.any(String),
      causes: [
        {
          reason: 'label-invalid',
          samples: 1,
          metrics: [{ name: '(not a plain name)', samples: 1 }],
          labels: [{ name: 'shard_id', values: 1 }],
          writers: [{ name: 'edge', samples: 1 }],
        },
      ],
    },
  })
  expect(heartbeats().at(-1)?.body).toMatchObject({
    ring: 'canary',
    zone: 'us-east-1a',
    softwareVersion: packageJson.version,
    startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    applied: { version: 1 },
    refused: null,
    cpuRatio: expect.any(Number),
    memoryBytes: expect.any(Number),
    tenants: {
      acme: {
        demandSeries: 30,
        samplesPerSecond: 6,
        activeSeries: 30,
        refusedPerSecond: { 'label-invalid': 0.2 },
      },
    },
  })
  const { demandSamplesPerSecond = 0, demandRequestsPerSecond = 0 } = heartbeats().at(-1)?.body.tenants.acme ?? {}
  expect(demandSamplesPerSecond).toBeGreaterThan(31 / 30)
  expect(demandSamplesPerSecond / demandRequestsPerSecond).toBeCloseTo(31 / 2)
})

it('a tenant over an idle share gets Retry-After: 1 while its own share is on its way', async () => {
  const limits = { 'ingest.samplesPerSecond': 100, 'ingest.burstSamples': 100, 'ingest.requestsPerSecond': 1_000 }
  at.publish({ version: 1, tenants: [{ id: 'acme', limits }] })
  answer({ acme: { samples: 0.02, requests: 0.001, series: 1, queries: 1 } }, 60_000)
  await at.start()
  await ready()
  at.controlPlane.answerAfterMs = 2_000
  expect((await at.write(samples(50))).status).toBe(204)
  const early = [await at.write(samples(50)), await at.write(samples(50))]
  expect(early.map(({ status, headers }) => [status, headers['retry-after']])).toEqual([
    [429, '1'],
    [429, '1'],
  ])
  expect(early.map(({ body }) => body.slice(0, body.indexOf(':')))).toEqual(['tw-rate', 'tw-request-rate'])
  expect(early[0]?.body).toContain('retry after 1 s')
  // The share stays tiny. The answer is the time in which an equal share, a half, refills the burst.
  await vi.waitFor(async () => {
    const { headers } = await at.write(samples(50))
    expect(headers['retry-after']).toBe('2')
  }, 10_000)
})

it('a new tenant is reported at once, and its share is applied', async () => {
  answer({}, 60_000)
  await at.start()
  await ready()
  // The heartbeat that attests the policy may follow the first one.
  await vi.waitFor(() => expect(heartbeats().at(-1)?.body.applied?.version).toBe(1), 5_000)
  const before = heartbeats().length
  answer({ acme: { samples: 0.9, requests: 0.8, series: 1, queries: 1 } }, 60_000)
  await at.write(samples(1))
  await vi.waitFor(() => expect(heartbeats().length).toBe(before + 1), 1_000)
  expect(Object.keys(heartbeats().at(-1)?.body.tenants ?? {})).toEqual(['acme'])
  await vi.waitFor(async () => expect(await share('samples')).toBe(0.9))
  expect(await share('requests')).toBe(0.8)
})

it('new series over the share wait for the new share with a 503, which every sender retries, and do not count as refused', async () => {
  answer({ acme: { samples: 1, requests: 1, series: 0.02, queries: 1 } })
  await at.start()
  await ready()
  expect(await at.write(samples(50))).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1' },
    body: expect.stringMatching(/^tw-active-series: this gateway waits for its share of the active series/),
  })
  expect(at.amp.taken).toEqual([])
  const requests = 'tickwatch_ingest_requests_total{tenant_id="acme",code="503",reason="share-missing"}'
  expect(await at.metric(requests)).toBe(1)
  answer({ acme: { samples: 1, requests: 1, series: 1, queries: 1 } })
  await vi.waitFor(async () => expect(await share('series')).toBe(1))
  expect((await at.write(samples(50))).status).toBe(204)
  expect(await at.metric('tickwatch_ingest_refused_samples_total{tenant_id="acme",reason="active-series"}')).toBeNull()
})

it('the next heartbeat has a sketch of a tenant if the fleet reports more series than its limit, and only then', async () => {
  answer({})
  await at.start()
  await ready()
  await at.write(samples(60))
  await vi.waitFor(() => expect(heartbeats().at(-1)?.body.tenants.acme?.demandSeries).toBe(60), 5_000)
  expect(heartbeats().at(-1)?.body.tenants.acme?.seriesSketch).toBeUndefined()
  const sketched = () => {
    const sketch = heartbeats().at(-1)?.body.tenants.acme?.seriesSketch
    return sketch === undefined ? 0 : distinctSeries([sketch])
  }
  Object.assign(at.controlPlane.answer, { seriesClaims: { acme: { total: 110, sketched: false } } })
  await vi.waitFor(() => expect(sketched()).toBeGreaterThan(0), 5_000)
  expect(Math.round(sketched())).toBeGreaterThan(55)
  expect(Math.round(sketched())).toBeLessThan(65)
  Object.assign(at.controlPlane.answer, { seriesClaims: { acme: { total: 100, sketched: false } } })
  await vi.waitFor(() => expect(sketched()).toBe(0), 5_000)
})

it('the last heartbeat gives up all shares, and the next start begins with the shares from before it', async () => {
  answer({ acme: { samples: 0.9, requests: 0.8, series: 1, queries: 0 } }, 60_000)
  await at.start()
  await ready()
  await at.write(samples(1))
  await vi.waitFor(() => expect(heartbeats().at(-1)?.body.tenants.acme).toBeDefined(), 5_000)
  await vi.waitFor(async () => expect(await share('samples')).toBe(0.9))
  answer({ acme: { samples: 0.01, requests: 0.01, series: 0.01, queries: 0.01 } })
  await at.stop()
  expect(
    heartbeats()
      .map(({ body }) => body.leaving)
      .lastIndexOf(undefined),
  ).toBe(heartbeats().length - 2)
  expect(heartbeats().at(-1)?.body).toMatchObject({ tenants: {}, leaving: true })
  expect(heartbeats().at(-1)?.body.applied?.version).toBe(1)
  at.controlPlane.answer = { status: 500 }
  await at.start()
  await ready()
  await at.write(samples(1))
  expect(await share('samples')).toBe(0.9)
})

it('without an answer each share stays, but is at least equal; heartbeats slow down, and recover with the next answer', async () => {
  answer({ acme: { samples: 0.7, requests: 0.3, series: 1, queries: 1 } })
  await at.start()
  await ready()
  await at.write(samples(1))
  await vi.waitFor(async () => expect(await share('samples')).toBe(0.7))
  at.controlPlane.answer = { status: 500 }
  const before = heartbeats().length
  await vi.waitFor(() => expect(heartbeats().length).toBeGreaterThan(before + 1), 5_000)
  expect(await share('samples')).toBe(0.7)
  expect(await share('requests')).toBe(0.5)
  const gapMs = (heartbeats().at(-1)?.atMs ?? 0) - (heartbeats().at(-2)?.atMs ?? 0)
  expect(gapMs).toBeGreaterThan(400)
  expect((await at.write(samples(1))).status).toBe(204)
  answer({ acme: { samples: 0.6, requests: 0.3, series: 1, queries: 1 } })
  await vi.waitFor(async () => expect(await share('samples')).toBe(0.6), 8_000)
})

it('if an older API sends no share of queries, the default share applies', async () => {
  const before = { shares: { acme: { samples: 0.7, requests: 0.3, series: 1 } }, defaultShare: 0.5 }
  at.controlPlane.answer = { policyVersionHint: null, ...before, nextHeartbeatMs: 200 } as unknown as HeartbeatAnswer
  await at.start()
  await ready()
  await at.write(samples(1))
  await vi.waitFor(async () => expect(await share('samples')).toBe(0.7))
  expect(await share('queries')).toBe(0.5)
})

it('an invalid answer changes nothing', async () => {
  answer({ acme: { samples: 0.7, requests: 0.3, series: 1, queries: 1 } })
  await at.start()
  await ready()
  await at.write(samples(1))
  await vi.waitFor(async () => expect(await share('samples')).toBe(0.7))
  answer({ acme: { samples: -4, requests: 0.3, series: 1, queries: 1 } })
  const before = heartbeats().length
  await vi.waitFor(() => expect(heartbeats().length).toBeGreaterThan(before), 5_000)
  expect(await share('samples')).toBe(0.7)
})
