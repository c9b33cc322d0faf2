import { compileLabelSchema, judgeSeries, platformLabelSchema, resolveLimits } from '@tickwatch/policy'
import { WriteRequestWriter, WriteRequestWriterV2 } from '@tickwatch/remote-write'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { snappy, TestGateway } from '../testing/testGateway.ts'
import { samplesOf, series } from '../testing/writes.ts'

let at: TestGateway

const writer = new WriteRequestWriter()
const roomy = { 'ingest.samplesPerSecond': 1_000_000, 'ingest.burstSamples': 1_000_000 }

beforeAll(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  await at.startWith([
    { id: 'acme', limits: roomy },
    { id: 'tight', limits: { 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 1_000 } },
    { id: 'full', limits: { ...roomy, 'series.activeMax': 2 } },
  ])
})
afterAll(() => at.remove())
beforeEach(() => at.amp.reset())

describe('a write that is refused in part', () => {
  it('gets 400 after the rest is written, one line per reason, with a receipt that is in the log', async () => {
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
    expect(at.amp.labelsTaken()).toEqual(['__name__=good region=eu tenant=acme'])
    const logged = at.logged.find((line) => line.receipt === receipt)
    expect(logged).toMatchObject({ tenantId: 'acme', written: 1, refused: { 'label-name': 2, 'label-reserved': 1 } })
    expect(JSON.stringify(at.logged) + reply.body).not.toContain(secret)
    const requests = 'tickwatch_ingest_requests_total{tenant_id="acme",code="400",reason="label-name"}'
    expect(await at.metric(requests)).toBe(1)
  })

  it('leaves out samples older than an hour', async () => {
    writer.begin()
    for (const [name, ages] of [
      ['old', [3_700_000, 3_600_001]],
      ['mixed', [3_700_000, 1_000]],
    ] as const) {
      writer.beginSeries(['__name__', name])
      for (const age of ages) writer.sample(1, Date.now() - age)
      writer.endSeries()
    }
    const reply = await at.write(snappy(writer.finish()))
    expect(reply).toMatchObject({ status: 400, body: expect.stringMatching(/^tw-too-old: .*, limit 1 h/) })
    expect(at.amp.taken[0]?.timeseries.map(({ samples }) => samples.length)).toEqual([1])
    expect(await at.metric('tickwatch_ingest_refused_samples_total{tenant_id="acme",reason="too-old"}')).toBe(3)
    expect(await at.metric('tickwatch_ingest_lost_samples_total{tenant_id="acme",reason="too-old"}')).toBe(3)
  })

  it('leaves out samples more than 10 minutes ahead, so that they cannot stop the writes of other tenants', async () => {
    writer.begin()
    for (const [name, aheadMs] of [
      ['ahead', 65 * 60_000],
      ['near', 9 * 60_000],
    ] as const) {
      writer.beginSeries(['__name__', name])
      writer.sample(1, Date.now() + aheadMs)
      writer.endSeries()
    }
    const reply = await at.write(snappy(writer.finish()))
    expect(reply).toMatchObject({ status: 400, body: expect.stringMatching(/^tw-too-new: .*, limit 10 min/) })
    expect(at.amp.labelsTaken()).toEqual(['__name__=near tenant=acme'])
    expect(await at.metric('tickwatch_ingest_refused_samples_total{tenant_id="acme",reason="too-new"}')).toBe(1)
  })

  it('says in the written headers what is stored beside a label that is not UTF-8, and of an exemplar alone', async () => {
    const v2 = new WriteRequestWriterV2()
    v2.begin()
    for (const labels of [
      ['__name__', 'known'],
      ['__name__', 'cafe', 'queue', 'CAFE'],
    ]) {
      v2.beginSeries(labels)
      v2.sample(1, Date.now())
      v2.endSeries()
    }
    for (const name of ['known', 'unknown']) {
      v2.beginSeries(['__name__', name])
      v2.exemplar(['trace_id', 'a'], 1, Date.now())
      v2.endSeries()
    }
    const body = Buffer.from(v2.finish())
    body[body.indexOf('CAFE')] = 0xe9
    expect(await at.writeV2(snappy(body))).toMatchObject({
      status: 400,
      headers: {
        'x-prometheus-remote-write-samples-written': '1',
        'x-prometheus-remote-write-exemplars-written': '1',
      },
      body: expect.stringMatching(/^tw-label-invalid: series of cafe has a label that is not UTF-8, [^\n]*\n$/),
    })
    expect(at.amp.labelsTaken()).toEqual(['__name__=known tenant=acme', '__name__=known tenant=acme'])
  })

  it('leaves out new series over the limit, and stores known ones', async () => {
    expect((await at.write(samplesOf(series(2)), {}, 'full')).status).toBe(204)
    const reply = await at.write(samplesOf([...series(2), ...series(1, 'another')]), {}, 'full')
    expect(reply).toMatchObject({ status: 400, body: expect.stringMatching(/^tw-active-series: .*2 active series/) })
    expect(at.amp.taken.at(-1)?.timeseries.length).toBe(2)
    expect(await at.metric('tickwatch_ingest_active_series{tenant_id="full"}')).toBe(2)
    expect(await at.metric('tickwatch_ingest_refused_series{tenant_id="full"}')).toBe(1)
  })

  it('costs tokens only for the samples that are written', async () => {
    const bad = Array.from({ length: 300 }, (_, i) => ['__name__', 'bad', 'player', `${i}`])
    const { headers } = await at.write(samplesOf([...series(10), ...bad]), {}, 'tight')
    expect(headers.ratelimit).toMatch(/^"samples";r=99\d;/)
  })

  it('is not sent to AMP when nothing is left of it', async () => {
    expect((await at.write(samplesOf([['__name__', 'bad', 'player', 'x']]))).status).toBe(400)
    expect(at.amp.requests).toBe(0)
  })
})

it("the gateway's own metrics pass the platform's label schema", async () => {
  const lines = (await at.get('/metrics')).body.split('\n').filter((line) => line && !line.startsWith('#'))
  const schema = compileLabelSchema(platformLabelSchema)
  const refused = lines.flatMap((line) => {
    const labels = [...line.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [
      name,
      value,
    ])
    const all = [['__name__', /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0]], ...labels] as [string, string][]
    const sorted = all.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1))
    return judgeSeries(schema, resolveLimits({}), 'tickwatch', sorted.flat()) ?? []
  })
  expect(lines.length).toBeGreaterThan(50)
  expect(refused).toEqual([])
})
