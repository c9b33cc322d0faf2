import { compileLabelSchema, type Limits, platformLabelSchema, resolveLimits } from '@tickwatch/policy'
import { decodeSnappy, encodeSnappy, Scratch, WriteRequestWriter, WriteRequestWriterV2 } from '@tickwatch/remote-write'
import { decodeOracleV1 } from '@tickwatch/remote-write/testing'
import { describe, expect, it } from 'vitest'
import type { TenantPolicy } from '../policy/policy.ts'
import { refusedSeriesMax } from '../tenant/seriesTable.ts'
import { Tenant } from '../tenant/tenant.ts'
import { ingestAtOnce } from '../testing/writes.ts'

const ingest = ingestAtOnce()
const scratch = new Scratch()
const writer = new WriteRequestWriter()
const epochMs = 1_800_000_000_000
const hourMs = 3_600_000
const whole = { samples: 1, requests: 1, series: 1, queries: 1 }

const policyOf = (limits: Limits, allowed: string[] = []): TenantPolicy => ({
  source: { status: 'active', limits },
  status: 'active',
  limits: resolveLimits(limits),
  schema: compileLabelSchema({ ...platformLabelSchema, allowed: [...platformLabelSchema.allowed, ...allowed] }),
  readers: [],
})
const tenantOf = (limits: Limits) => new Tenant('acme', policyOf(limits), whole, 1, () => {}, 0)

/** What the gateway keeps of a request with one sample per series. */
function keep(tenant: Tenant, series: string[][], nowS = 0) {
  writer.begin()
  for (const labels of series) {
    writer.beginSeries(labels)
    writer.sample(1, epochMs)
    writer.endSeries()
  }
  ingest.read(encodeSnappy(writer.finish(), scratch), 1, 1_000_000_000)
  const { samples, refused } = ingest.keep(tenant, nowS, epochMs)
  return { samples, refused: Object.fromEntries([...refused].map(([reason, { samples }]) => [reason, samples])) }
}
const many = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => ['__name__', name, 'queue', `${i}`])

describe('a request takes from the bucket of samples', () => {
  it('its samples, histograms and exemplars', () => {
    writer.begin()
    for (const [name, exemplars] of [
      ['good', 3],
      ['bad-name', 5],
    ] as const) {
      writer.beginSeries(['__name__', name])
      writer.sample(1, epochMs)
      for (let i = 0; i < exemplars; i++) writer.exemplar(['trace_id', 'a'], 1, epochMs)
      writer.endSeries()
    }
    writer.metadata('good', 'counter', 'Good.', '')
    expect(ingest.read(encodeSnappy(writer.finish(), scratch), 1, 1e6)).toMatchObject({ samples: 2, tokens: 10 })
    expect(ingest.keep(tenantOf({}), 0, epochMs)).toMatchObject({ samples: 1, exemplars: 3, tokens: 4 })
  })

  it('and its samples have the age of the newest of their series, or none if their clock is ahead', () => {
    writer.begin()
    for (const [name, ages] of [
      ['late', [12_000, 20_000]],
      ['ahead', [-5_000]],
      ['bad-name', [9_000]],
    ] as const) {
      writer.beginSeries(['__name__', name])
      for (const age of ages.toReversed()) writer.sample(1, epochMs - age)
      writer.endSeries()
    }
    ingest.read(encodeSnappy(writer.finish(), scratch), 1, 1e6)
    expect(ingest.keep(tenantOf({}), 0, epochMs)).toMatchObject({ samples: 3, ageSeconds: 24 })
  })

  it('its metadata entries if it has nothing else', () => {
    writer.begin()
    for (let i = 0; i < 500; i++) writer.metadata(`m${i}`, 'counter', 'Help.', '')
    expect(ingest.read(encodeSnappy(writer.finish(), scratch), 1, 1e6)).toMatchObject({ samples: 0, tokens: 500 })
    expect(ingest.keep(tenantOf({}), 0, epochMs)).toMatchObject({ samples: 0, tokens: 500, empty: false })
  })

  it('nothing extra for the metadata of a 2.0 series', () => {
    const v2 = new WriteRequestWriterV2()
    v2.begin()
    for (const name of ['a', 'b']) {
      v2.beginSeries(['__name__', name])
      v2.sample(1, epochMs)
      v2.metadata('gauge', 'Help.', '')
      v2.endSeries()
    }
    expect(ingest.read(encodeSnappy(v2.finish(), scratch), 2, 1e6)).toMatchObject({ samples: 2, tokens: 2 })
    expect(ingest.keep(tenantOf({}), 0, epochMs)).toMatchObject({ samples: 2, tokens: 2 })
  })
})

it('metadata of a 2.0 series is forwarded with the series, and not without it', () => {
  const v2 = new WriteRequestWriterV2()
  const keepV2 = (...names: string[]) => {
    v2.begin()
    for (const name of names) {
      v2.beginSeries(['__name__', name])
      // No limit applies to a series that has only metadata.
      if (name !== 'bare') v2.sample(1, epochMs)
      v2.metadata('gauge', `Help of ${name}.`, '')
      v2.endSeries()
    }
    ingest.read(encodeSnappy(v2.finish(), scratch), 2, 1e6)
    const { empty, tokens } = ingest.keep(tenantOf({}), 0, epochMs)
    const sent = decodeOracleV1(decodeSnappy(ingest.pack(new Scratch()), new Scratch(), 1e6))
    return { empty, tokens, help: sent.metadata.map(({ help }) => help) }
  }
  expect(keepV2('bad-name', 'good', 'bare')).toEqual({ empty: false, tokens: 1, help: ['Help of good.'] })
  expect(keepV2('bad-name', 'bare')).toEqual({ empty: true, tokens: 0, help: [] })
})

it('a sample older than an hour is refused, and the others of its series are forwarded', () => {
  const ages = [0, hourMs, hourMs + 1]
  writer.begin()
  for (const [name, of] of [
    ['mixed', ages],
    ['old', ages.slice(2)],
  ] as const) {
    writer.beginSeries(['__name__', name])
    for (const age of of) writer.sample(age, epochMs - age)
    writer.endSeries()
  }
  ingest.read(encodeSnappy(writer.finish(), scratch), 1, 1e6)
  const { samples, refused } = ingest.keep(tenantOf({}), 0, epochMs)
  expect(samples).toBe(2)
  expect(refused.get('too-old')).toMatchObject({ series: 2, samples: 2 })
  const sent = decodeOracleV1(decodeSnappy(ingest.pack(new Scratch()), new Scratch(), 1e6))
  expect(sent.timeseries.map((series) => series.samples.map((sample) => sample.value))).toEqual([[0, hourMs]])
})

describe('a series', () => {
  it('that was refused stays refused until the schema allows it', () => {
    const tenant = tenantOf({})
    const odd = [['__name__', 'up', 'odd', 'x']]
    expect(keep(tenant, odd)).toEqual({ samples: 0, refused: { 'label-name': 1 } })
    expect(keep(tenant, odd)).toEqual({ samples: 0, refused: { 'label-name': 1 } })
    tenant.setPolicy(policyOf({}, ['odd']), 0)
    expect(keep(tenant, odd)).toEqual({ samples: 1, refused: {} })
    expect(tenant.series.counts).toEqual([1, 0, 0])
  })

  it('that was accepted is refused when a label limit falls below its size', () => {
    const tenant = tenantOf({})
    const long = [['__name__', 'up', 'queue', 'ten-letters']]
    expect(keep(tenant, long)).toEqual({ samples: 1, refused: {} })
    tenant.setPolicy(policyOf({ 'labels.valueBytesMax': 8 }), 0)
    expect(keep(tenant, long)).toEqual({ samples: 0, refused: { 'label-value-bytes': 1 } })
    expect(tenant.series.counts).toEqual([0, 1, 0])
  })

  it('that comes twice in a request is one series', () => {
    const tenant = tenantOf({ 'series.activeMax': 1 })
    expect(keep(tenant, [...many(1, 'up'), ...many(1, 'up')])).toEqual({ samples: 2, refused: {} })
    expect(tenant.series.counts[0]).toBe(1)
  })

  it('over the limit is accepted as soon as another is idle', () => {
    const tenant = tenantOf({ 'series.activeMax': 2, 'series.idleTimeoutSeconds': 60 })
    expect(keep(tenant, many(2, 'old')).samples).toBe(2)
    expect(keep(tenant, many(1, 'new'), 50)).toEqual({ samples: 0, refused: { 'active-series': 1 } })
    expect(tenant.series.counts).toEqual([2, 0, 1])
    for (let i = 0; i < 5; i++) tenant.series.sweep(40, 10)
    expect(keep(tenant, many(1, 'new'), 100).samples).toBe(1)
    expect(tenant.series.counts).toEqual([1, 0, 0])
  })

  it('that is known is accepted even when the limit falls below the number of active series', () => {
    const tenant = tenantOf({ 'series.activeMax': 3 })
    expect(keep(tenant, many(3, 'up')).samples).toBe(3)
    tenant.setPolicy(policyOf({ 'series.activeMax': 1 }), 0)
    expect(keep(tenant, [...many(3, 'up'), ...many(1, 'new')])).toEqual({ samples: 3, refused: { 'active-series': 1 } })
  })

  it('that is refused uses memory only up to a maximum', () => {
    const tenant = tenantOf({})
    const bad = Array.from({ length: refusedSeriesMax + 500 }, (_, i) => ['__name__', 'up', 'player', `${i}`])
    expect(keep(tenant, bad)).toEqual({ samples: 0, refused: { 'label-name': refusedSeriesMax + 500 } })
    expect(tenant.series.size).toBe(refusedSeriesMax)
  })

  it('that is refused because of its size, or is large, is judged each time and uses no memory', () => {
    const tenant = tenantOf({})
    const large = 'x'.repeat(5_000)
    const wrong = [
      ['__name__', 'up', 'queue', 'x'.repeat(300)],
      ['__name__', 'up', 'q'.repeat(100), 'x'],
      ['__name__', 'up', ...Array.from({ length: 30 }, (_, i) => [`a${i + 10}`, 'x']).flat()],
      ['queue', 'a', ...Array.from({ length: 3 }, () => ['queue', 'x'.repeat(2_000)]).flat()],
      ['zone', 'a', 'queue', large],
      ['__name__', large],
    ]
    for (let i = 0; i < 2; i++) {
      const refused = { 'label-value-bytes': 3, 'label-name-bytes': 1, 'label-count': 1, 'label-invalid': 1 }
      expect(keep(tenant, wrong)).toEqual({ samples: 0, refused })
    }
    expect(tenant.series.size).toBe(0)
  })

  it('over the limit is remembered however many are refused by their labels, and the other way round', () => {
    const bad = Array.from({ length: refusedSeriesMax }, (_, i) => ['__name__', 'up', 'player', `${i}`])
    const tenant = tenantOf({ 'series.activeMax': 1 })
    keep(tenant, [...many(1, 'up'), ...bad])
    keep(tenant, many(refusedSeriesMax + 5, 'over'))
    expect(tenant.series.counts).toEqual([1, refusedSeriesMax, refusedSeriesMax])
  })

  it('with duplicate labels is refused each time', () => {
    const tenant = tenantOf({})
    const wrong = [
      ['__name__', 'up', 'queue', 'a', 'queue', 'a'],
      ['queue', 'a', '__name__', 'up', 'queue', 'b'],
    ]
    for (let i = 0; i < 2; i++) expect(keep(tenant, wrong)).toEqual({ samples: 0, refused: { 'label-invalid': 2 } })
    expect(tenant.series.size).toBe(2)
  })

  it('is the same series in whatever order its labels come, and with empty ones', () => {
    const tenant = tenantOf({ 'series.activeMax': 1 })
    const same = [
      ['__name__', 'up', 'job', 'game', 'queue', 'a'],
      ['queue', 'a', 'job', 'game', '__name__', 'up'],
      ['__name__', 'up', 'region', '', 'job', 'game', 'queue', 'a', 'player', ''],
    ]
    expect(keep(tenant, same)).toEqual({ samples: 3, refused: {} })
    const sent = decodeOracleV1(decodeSnappy(ingest.pack(new Scratch()), new Scratch(), 1e6))
    for (const { labels } of sent.timeseries) {
      expect(labels.map(({ name }) => name)).toEqual(['__name__', 'job', 'queue', 'tenant'])
    }
    expect(tenant.series.counts).toEqual([1, 0, 0])
  })

  it('cannot set the tenant, in whatever order its labels come', () => {
    const tenant = tenantOf({})
    const stolen = ['tenant', 'globex', '__name__', 'up']
    for (let i = 0; i < 2; i++) expect(keep(tenant, [stolen])).toEqual({ samples: 0, refused: { 'label-reserved': 1 } })
  })
})
