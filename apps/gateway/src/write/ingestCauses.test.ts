import { Readable } from 'node:stream'
import { type Limits, type RefusalReason, refusalReasons, unreadReasons } from '@tickwatch/policy'
import {
  encodeOracleV1,
  encodeOracleV2,
  type OracleHistogram,
  type OracleSeries,
} from '@tickwatch/remote-write/testing'
import { describe, expect, it } from 'vitest'
import { tenantsOf } from '../testing/tenants.ts'
import { snappy } from '../testing/testGateway.ts'
import { epochMs, requestOf, writeHandlerOf } from '../testing/writes.ts'

const hourMs = 3_600_000
const label = (name: string, value: string) => ({ name, value })
const seriesOf = (metric: string, parts: Partial<OracleSeries> = {}, ...more: [string, string][]): OracleSeries => ({
  labels: [label('__name__', metric), label('queue', 'a'), ...more.map(([name, value]) => label(name, value))],
  samples: at(0),
  exemplars: [],
  histograms: [],
  ...parts,
})
const at = (...offsetsMs: number[]) => offsetsMs.map((offset) => ({ value: 1, timestamp: epochMs + offset }))
const many = (count: number) => Array.from({ length: count }, (_, i) => seriesOf(`m${i}`))
const histogram: OracleHistogram = {
  schema: 0,
  sum: 1,
  count_int: 6,
  positive_spans: [{ offset: 0, length: 3 }],
  positive_deltas: [2, 0, 0],
  timestamp: epochMs,
}
const custom = { ...histogram, schema: -53, custom_values: [0.1, 1] }
/** The text CAFE becomes one that is not UTF-8. */
function encoded(timeseries: OracleSeries[], metadata: { help: string }[] = []): Buffer {
  const described = metadata.map(({ help }) => ({ type: 1, metric_family_name: 'refused', help, unit: '' }))
  const body = encodeOracleV1({ timeseries, metadata: described })
  const bad = body.indexOf('CAFE')
  if (bad !== -1) body[bad] = 0xe9
  return body
}

type Case = {
  body: Buffer
  limits?: Limits
  version?: 2
  status?: number
  metric?: string
  labels?: string[]
  samples?: number
}
type SeriesReason = Exclude<RefusalReason, 'request-rate' | 'in-flight' | 'request-bytes' | 'malformed' | 'suspended'>

/** For each reason that is given after a request is read, a request with the series `refused` among others. */
const cases: Record<SeriesReason, Case[]> = {
  rate: [
    {
      body: encoded([seriesOf('refused', { samples: at(...Array(9).keys()) })]),
      limits: { 'ingest.burstSamples': 10 },
      samples: 9,
    },
    {
      body: encoded([seriesOf('refused', { samples: [], histograms: [custom, custom] })]),
      limits: { 'ingest.burstSamples': 10 },
      samples: 10,
    },
  ],
  burst: [
    {
      body: encoded([seriesOf('refused', { samples: at(0, 1, 2) })]),
      limits: { 'ingest.burstSamples': 2 },
      samples: 3,
    },
    {
      body: encoded([seriesOf('refused', { samples: [], histograms: [custom] })]),
      limits: { 'ingest.burstSamples': 2 },
      samples: 5,
    },
  ],
  'active-series': [{ body: encoded([seriesOf('good'), seriesOf('refused')]), limits: { 'series.activeMax': 1 } }],
  'label-name': [
    { body: encoded([seriesOf('refused', {}, ['player', 'x']), seriesOf('good')]), labels: ['player', 'queue'] },
  ],
  'label-value': [{ body: encoded([seriesOf('refused', {}, ['__replica__', 'x'])]), labels: ['__replica__', 'queue'] }],
  'label-reserved': [{ body: encoded([seriesOf('refused', {}, ['tenant', 'x'])]), labels: ['queue', 'tenant'] }],
  'label-count': [
    {
      body: encoded([seriesOf('refused', {}, ['zone', 'x'])]),
      limits: { 'labels.namesPerSeriesMax': 2 },
      labels: ['queue', 'zone'],
    },
  ],
  'label-name-bytes': [
    { body: encoded([seriesOf('refused', {}, ['r'.repeat(65), 'x'])]), labels: ['queue', 'r'.repeat(65)] },
  ],
  'label-value-bytes': [
    { body: encoded([seriesOf('refused', {}, ['zone', 'x'.repeat(257)])]), labels: ['queue', 'zone'] },
  ],
  'label-invalid': [
    { body: encoded([seriesOf('refused', {}, ['zone', 'CAFE'])]), labels: ['queue', 'zone'] },
    {
      body: encoded([seriesOf('refused', { samples: [], histograms: [custom] }, ['zone', 'CAFE'])]),
      labels: ['queue', 'zone'],
      samples: 5,
    },
  ],
  'histogram-invalid': [{ body: encoded([seriesOf('refused', { histograms: [{ ...histogram, count_int: 10 }] })]) }],
  'exemplar-invalid': [
    {
      body: encoded([
        seriesOf('refused', { exemplars: [{ labels: [label('trace_id', 'CAFE')], value: 1, timestamp: epochMs }] }),
      ]),
    },
  ],
  'metadata-invalid': [
    { body: encoded([seriesOf('good')], [{ help: 'CAFE' }]), labels: [] },
    {
      version: 2,
      body: encodeOracleV2({
        symbols: ['', '__name__', 'refused'],
        timeseries: [
          {
            labels_refs: [1, 2],
            samples: at(0),
            histograms: [],
            exemplars: [],
            metadata: { type: 1, help_ref: 9, unit_ref: 0 },
          },
        ],
      }),
      labels: [],
    },
  ],
  'too-old': [
    { body: encoded([seriesOf('refused', { samples: at(-2 * hourMs) })]) },
    { body: encoded([seriesOf('refused', { samples: at(-2 * hourMs, 0) })]) },
  ],
  'too-new': [
    { body: encoded([seriesOf('refused', { samples: at(2 * hourMs) })]) },
    { body: encoded([seriesOf('refused', { samples: at(0, 2 * hourMs) })]) },
  ],
  upstream: [
    { body: encoded([seriesOf('refused', { samples: at(0, 1) })]), status: 400, samples: 2 },
    { body: encoded([seriesOf('refused')]), status: 503 },
    {
      body: encoded([seriesOf('refused', { samples: [], histograms: [custom] })]),
      status: 503,
      metric: 'refused_bucket',
      labels: ['queue', 'le'],
      samples: 3,
    },
  ],
}

/** What the next heartbeat says of one reason, after the request. */
async function causeOf(reason: string, { body, limits = {}, version, status = 200 }: Case) {
  const tenants = tenantsOf({ 'ingest.samplesPerSecond': 1, ...limits })
  const handler = writeHandlerOf(
    tenants,
    () => 1_000,
    async () => ({ status, body: '', retryAfterSeconds: null }),
  )
  const send = (bytes: Buffer) => handler.handle(requestOf(Readable.from([snappy(bytes)]), 'acme', version))
  // Uses up the bucket of the rate.
  if (reason === 'rate') await send(encoded(many(10)))
  await send(body)
  return tenants.refusalCauses(1_000, epochMs)?.acme?.causes.find((cause) => cause.reason === reason)
}

describe('the causes of a refusal name the metric, its labels and the writer', () => {
  const all = Object.entries(cases).flatMap(([reason, of]) =>
    of.map((each, i) => [`${reason}, ${i + 1}`, reason, each] as const),
  )

  it.each(all)('of %s', async (_, reason, each) => {
    const { metric = 'refused', labels = ['queue'], samples = 1 } = each
    const cause = await causeOf(reason, each)
    expect(cause?.writers).toEqual([{ name: 'edge', samples: expect.any(Number) }])
    expect(cause?.metrics).toContainEqual({ name: metric, samples })
    expect(cause?.labels.map(({ name }) => name).sort()).toEqual([...labels].sort())
  })

  it('of every reason that is given after a request is read', () => {
    const read = (Object.keys(refusalReasons) as RefusalReason[]).filter((reason) => !unreadReasons.has(reason))
    expect(Object.keys(cases).sort()).toEqual(read.sort())
  })

  it('not while a gateway waits for its share of the series, because nothing is refused then', async () => {
    const tenants = tenantsOf({ 'series.activeMax': 2 })
    tenants.shares = { byTenant: new Map(), defaultShare: 0.5 }
    const handler = writeHandlerOf(tenants, () => 1_000)
    expect((await handler.handle(requestOf(Readable.from([snappy(encoded(many(2)))])))).status).toBe(503)
    expect(tenants.refusalCauses(1_000, epochMs)).toBeUndefined()
  })
})
