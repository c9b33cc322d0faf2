import {
  compileLabelSchema,
  type Limits,
  limitDefinitions,
  platformLabelSchema,
  resolveLimits,
} from '@tickwatch/policy'
import {
  decodeSnappy,
  encodeSnappy,
  labelCountMax,
  labelNameBytesMax,
  labelValueBytesMax,
  Scratch,
} from '@tickwatch/remote-write'
import {
  decodeOracleV1,
  encodeOracleV1,
  encodeOracleV2,
  type OracleHistogram,
  type OracleSeries,
} from '@tickwatch/remote-write/testing'
import { describe, expect, it } from 'vitest'
import { Tenant } from '../tenant/tenant.ts'
import { ingestAtOnce } from '../testing/writes.ts'

const ingest = ingestAtOnce()
const epochMs = 1_800_000_000_000
const minuteMs = 60_000

const tenantOf = (limits: Limits = {}) => {
  const source = { status: 'active', limits } as const
  const schema = compileLabelSchema(platformLabelSchema)
  const policy = { source, status: source.status, limits: resolveLimits(limits), schema, readers: [] }
  return new Tenant('acme', policy, { samples: 1, requests: 1, series: 1, queries: 1 }, 1, () => {}, 0)
}

const labelsOf = (metric: string, more: Record<string, string> = {}) =>
  Object.entries({ __name__: metric, ...more }).map(([name, value]) => ({ name, value }))
const seriesOf = (metric: string, parts: Partial<OracleSeries>): OracleSeries => ({
  labels: labelsOf(metric),
  samples: [],
  exemplars: [],
  histograms: [],
  ...parts,
})
const at = (...timestamps: number[]) => timestamps.map((timestamp) => ({ value: 1, timestamp }))
const exemplar = { labels: [{ name: 'trace_id', value: 'a' }], value: 1, timestamp: epochMs }

/** What the gateway does with a request: what it keeps and refuses of it, and what it sends. */
function offer(tenant: Tenant, body: Buffer, version: 1 | 2 = 1) {
  const held = ingest.read(encodeSnappy(body, new Scratch()), version, 1_000_000)
  const { refused, ...kept } = ingest.keep(tenant, 0, epochMs)
  const sent = decodeOracleV1(decodeSnappy(ingest.pack(new Scratch()), new Scratch(), 1e6))
  const reasons = Object.fromEntries([...refused].map(([reason, { samples }]) => [reason, samples]))
  const texts = [...refused.values()].map(({ refusal }) => refusal.detail)
  return { held, kept, sent, reasons, texts, names: sent.timeseries.map(({ labels }) => labels[0]?.value) }
}
const offerV1 = (tenant: Tenant, timeseries: OracleSeries[]) =>
  offer(tenant, encodeOracleV1({ timeseries, metadata: [] }))

describe('a sample too far in the future', () => {
  it('is refused, and the others of its series and its request are sent', () => {
    const { reasons, sent, names } = offerV1(tenantOf(), [
      seriesOf('mixed', { samples: at(epochMs, epochMs + 10 * minuteMs, epochMs + 65 * minuteMs) }),
      seriesOf('ahead', { samples: at(epochMs + 65 * minuteMs) }),
      seriesOf('good', { samples: at(epochMs) }),
    ])
    expect(reasons).toEqual({ 'too-new': 2 })
    expect(names).toEqual(['mixed', 'good'])
    expect(sent.timeseries[0]?.samples.map(({ timestamp }) => timestamp)).toEqual([epochMs, epochMs + 10 * minuteMs])
  })

  it('leaves no series behind', () => {
    const tenant = tenantOf()
    offerV1(tenant, [seriesOf('ahead', { samples: at(epochMs + 11 * minuteMs) })])
    expect(tenant.series.size).toBe(0)
  })
})

describe('only the bad part of a request is refused', () => {
  it('if one label is not UTF-8', () => {
    const request = [
      seriesOf('cafe', { labels: labelsOf('cafe', { queue: 'CAFE' }), samples: at(epochMs, epochMs + 1) }),
      seriesOf('good', { samples: at(epochMs) }),
    ]
    const body = encodeOracleV1({ timeseries: request, metadata: [] })
    body[body.indexOf('CAFE')] = 0xe9
    const { reasons, texts, names, kept } = offer(tenantOf(), body)
    expect(reasons).toEqual({ 'label-invalid': 2 })
    expect(texts).toEqual(['series of cafe has a label that is not UTF-8'])
    expect(names).toEqual(['good'])
    expect(kept).toMatchObject({ samples: 1, tokens: 1 })
  })

  it('if one exemplar or one metadata entry is not UTF-8', () => {
    const bad = { ...exemplar, labels: [{ name: 'trace_id', value: 'CAFE' }] }
    const described = (help: string) => ({ type: 1, metric_family_name: 'good', help, unit: '' })
    const timeseries = [seriesOf('good', { samples: at(epochMs), exemplars: [exemplar, bad] })]
    const body = encodeOracleV1({ timeseries, metadata: [described('Good.'), described('CAFE')] })
    for (let i = body.indexOf('CAFE'); i !== -1; i = body.indexOf('CAFE')) body[i] = 0xe9
    const { reasons, kept, sent } = offer(tenantOf(), body)
    expect(reasons).toEqual({ 'exemplar-invalid': 1, 'metadata-invalid': 1 })
    expect(kept).toMatchObject({ samples: 1, exemplars: 1 })
    expect(sent.metadata).toEqual([described('Good.')])
  })

  it('if one series has more labels, or a larger one, than any limit allows', () => {
    const more = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`a${i}`, 'b']))
    const { reasons, texts, names, held } = offerV1(tenantOf(), [
      seriesOf('many', { labels: labelsOf('many', more), samples: at(epochMs) }),
      seriesOf('long', { labels: labelsOf('long', { queue: 'x'.repeat(5_000) }), samples: at(epochMs, epochMs + 1) }),
      seriesOf('wide', { labels: labelsOf('wide', { ['q'.repeat(5_000)]: 'x' }), samples: at(epochMs) }),
      seriesOf('good', { samples: at(epochMs) }),
    ])
    expect(reasons).toEqual({ 'label-count': 1, 'label-value-bytes': 2, 'label-name-bytes': 1 })
    expect(texts).toEqual([
      'series of many has more than 70 labels',
      'series of long has a label value of more than 2048 bytes',
      'series of wide has a label name of more than 1024 bytes',
    ])
    expect(names).toEqual(['good'])
    expect(held.tokens).toBe(5)
    const { max } = limitDefinitions['labels.namesPerSeriesMax']
    const { max: nameMax } = limitDefinitions['labels.nameBytesMax']
    const { max: valueMax } = limitDefinitions['labels.valueBytesMax']
    expect([labelCountMax, labelNameBytesMax, labelValueBytesMax]).toEqual([max, nameMax, valueMax])
  })

  it('and costs what good ones cost while the request is read', () => {
    const bad = { ...exemplar, labels: [{ name: 'trace_id', value: 'CAFE' }] }
    const mismatch = { schema: 99, count_int: 0, timestamp: epochMs }
    const timeseries = [seriesOf('bad', { exemplars: [bad, bad], histograms: [mismatch] })]
    const body = encodeOracleV1({ timeseries, metadata: [] })
    for (let i = body.indexOf('CAFE'); i !== -1; i = body.indexOf('CAFE')) body[i] = 0xe9
    const { held, kept } = offer(tenantOf(), body)
    expect([held, kept.tokens]).toMatchObject([{ samples: 1, tokens: 3 }, 0])
  })

  it('if one series of 2.0 refers to a symbol that does not exist', () => {
    const series = (...labels_refs: number[]) => ({ labels_refs, samples: at(epochMs), histograms: [], exemplars: [] })
    const body = encodeOracleV2({ symbols: ['', '__name__', 'good'], timeseries: [series(1, 9), series(1, 2)] })
    const { reasons, texts, names } = offer(tenantOf(), body, 2)
    expect(reasons).toEqual({ 'label-invalid': 1 })
    expect(texts).toEqual(['a series without a name refers to a label name or value that the request does not have'])
    expect(names).toEqual(['good'])
  })

  it('if one native histogram contradicts itself', () => {
    const tenant = tenantOf()
    const histogram = {
      schema: 0,
      sum: 1,
      count_int: 6,
      positive_spans: [{ offset: 0, length: 3 }],
      positive_deltas: [2, 0, 0],
      timestamp: epochMs,
    }
    const mismatch = { ...histogram, count_int: 10 }
    const { reasons, texts, names, kept } = offerV1(tenant, [
      seriesOf('bad', { histograms: [mismatch] }),
      seriesOf('mixed', { histograms: [histogram, mismatch] }),
    ])
    expect(reasons).toEqual({ 'histogram-invalid': 2 })
    expect(texts).toEqual(['series of bad: a native histogram has a count that its buckets do not add up to'])
    expect(names).toEqual(['mixed'])
    expect(kept).toMatchObject({ histograms: 1, points: 1, tokens: 1 })
    expect(tenant.series.counts).toEqual([1, 0, 0])
  })
})

describe('an exemplar in a series of its own', () => {
  const alone = seriesOf('players', { exemplars: [exemplar] })

  it('is sent and counts as written if the series is known', () => {
    const tenant = tenantOf()
    offerV1(tenant, [seriesOf('players', { samples: at(epochMs) })])
    const { kept, names } = offerV1(tenant, [alone])
    expect(kept).toMatchObject({ samples: 0, exemplars: 1, tokens: 1 })
    expect(names).toEqual(['players'])
  })

  it('does not count as written if the series is not known, because no storage keeps it', () => {
    const tenant = tenantOf()
    const { kept, reasons } = offerV1(tenant, [alone])
    expect([kept, reasons]).toMatchObject([{ exemplars: 0, tokens: 0, empty: true }, {}])
    expect(tenant.series.size).toBe(0)
  })
})

describe('a native histogram with custom buckets', () => {
  const histogram = (parts: Partial<OracleHistogram> = {}): OracleHistogram => ({
    schema: -53,
    count_int: 6,
    sum: 9.5,
    custom_values: [0.1, 1],
    positive_spans: [{ offset: 0, length: 3 }],
    positive_deltas: [2, 0, 0],
    timestamp: epochMs,
    ...parts,
  })
  const request = (...histograms: OracleHistogram[]) => {
    const symbols = ['', '__name__', 'rpc_seconds', 'queue', 'a', 'Time.', 'plain']
    const metadata = { type: 3, help_ref: 5, unit_ref: 0 }
    const parts = { histograms, exemplars: [] }
    return encodeOracleV2({
      symbols,
      timeseries: [
        { labels_refs: [1, 2, 3, 4], samples: [], ...parts, metadata },
        { labels_refs: [1, 6], samples: at(epochMs), histograms: [], exemplars: [] },
      ],
    })
  }

  it('is sent as a classic histogram, whose samples cost tokens and whose series count', () => {
    const tenant = tenantOf()
    const { held, kept, sent, names, reasons } = offer(tenant, request(histogram()), 2)
    expect(held).toMatchObject({ samples: 6, tokens: 6 })
    expect(kept).toMatchObject({ samples: 1, histograms: 1, points: 6, tokens: 6 })
    expect(reasons).toEqual({})
    const buckets = ['rpc_seconds_bucket', 'rpc_seconds_bucket', 'rpc_seconds_bucket']
    expect(names).toEqual(['plain', ...buckets, 'rpc_seconds_count', 'rpc_seconds_sum'])
    expect(sent.timeseries[1]?.labels).toEqual(
      labelsOf('rpc_seconds_bucket', { le: '0.1', queue: 'a', tenant: 'acme' }),
    )
    expect(sent.metadata).toEqual([{ type: 3, metric_family_name: 'rpc_seconds', help: 'Time.', unit: '' }])
    expect(tenant.series.counts).toEqual([6, 0, 0])
  })

  it('does not count as written if the limits do not allow all of its series', () => {
    const { kept, reasons } = offer(tenantOf({ 'series.activeMax': 4 }), request(histogram()), 2)
    expect(kept).toMatchObject({ samples: 1, histograms: 0, points: 4, tokens: 4 })
    expect(reasons).toEqual({ 'active-series': 2 })
  })

  it('is refused like any other if it is too old, or has a label that is not allowed', () => {
    const old = offer(tenantOf(), request(histogram({ timestamp: epochMs - 61 * minuteMs })), 2)
    expect([old.kept.histograms, old.reasons]).toEqual([0, { 'too-old': 5 }])
    const body = request(histogram())
    body.write('quest', body.indexOf('queue'))
    const notAllowed = offer(tenantOf(), body, 2)
    expect([notAllowed.kept.histograms, notAllowed.reasons]).toEqual([0, { 'label-name': 5 }])
  })

  it('without a metric name is refused, and not stored under the name of the suffix', () => {
    const { reasons, names } = offerV1(tenantOf(), [{ ...seriesOf('x', { histograms: [histogram()] }), labels: [] }])
    expect([reasons, names]).toEqual([{ 'label-invalid': 5 }, []])
  })
})

describe('a request that is refused as a whole', () => {
  it('counts some of its series as causes, and they stand for all', () => {
    const tenant = tenantOf()
    const all = Array.from({ length: 100 }, () => seriesOf('up', { samples: at(epochMs, epochMs + 1) }))
    ingest.read(encodeSnappy(encodeOracleV1({ timeseries: all, metadata: [] }), new Scratch()), 1, 1_000_000)
    ingest.countRefused(tenant, 'rate', 0)
    tenant.refusals.add('rate', 'edge', 200, 0)
    expect(tenant.refusals.report(0, epochMs)?.causes).toEqual([
      {
        reason: 'rate',
        samples: 200,
        metrics: [{ name: 'up', samples: 200 }],
        labels: [],
        writers: [{ name: 'edge', samples: 200 }],
      },
    ])
  })
})
