import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedRequest } from './errors.ts'
import { encodeSeriesLabels } from './labels.ts'
import { WriteRequestReader } from './reader.ts'
import { atOnce } from './slices.ts'
import { requestsV1, requestsV2 } from './testing/arbitrary.ts'
import { canonicalLabels, decodeOracleV1, encodeOracleV1, encodeOracleV2, type OracleSeries } from './testing/oracle.ts'
import type { RemoteWriteVersion } from './version.ts'
import { WriteRequestWriter } from './writer.ts'

const reader = new WriteRequestReader()
const writer = new WriteRequestWriter()
const flat = (series: OracleSeries) => canonicalLabels(series.labels).flatMap((label) => [label.name, label.value])
const flatToLabels = (texts: string[]) =>
  texts.flatMap((name, i) => (i % 2 === 0 ? [{ name, value: texts[i + 1] as string }] : []))
const carriesPoints = (series: OracleSeries) =>
  series.samples.length + series.histograms.length + series.exemplars.length > 0

function expectSeries(expected: OracleSeries[]) {
  expect(reader.seriesCount).toBe(expected.length)
  for (const [i, series] of expected.entries()) {
    const times = [...series.samples, ...series.histograms].map((point) => point.timestamp)
    expect(reader.labels(i)).toEqual(flat(series))
    expect(reader.samples(i)).toBe(series.samples.length)
    expect(reader.histograms(i)).toBe(series.histograms.length)
    expect(reader.exemplars(i)).toBe(series.exemplars.length)
    expect(reader.minTimestampMs(i)).toBe(Math.min(...times))
    expect(reader.maxTimestampMs(i)).toBe(Math.max(...times))
    expect(reader.labelsMatch(i, encodeSeriesLabels(flat(series), 'tenant', 'acme'))).toBe(true)
    expect(reader.labelsMatch(i, encodeSeriesLabels([...flat(series), 'zone', 'b'], 'tenant', 'acme'))).toBe(false)
    expect(reader.labelsMatch(i, encodeSeriesLabels(flat(series).slice(2), 'tenant', 'acme'))).toBe(
      flat(series).length === 0,
    )
  }
}

describe('a remote write request', () => {
  it('of version 1.0 is read as another implementation wrote it', () => {
    fc.assert(
      fc.property(requestsV1, (request) => {
        reader.parse(encodeOracleV1(request), 1)
        expectSeries(request.timeseries.filter(carriesPoints))
        expect(reader.metadataCount).toBe(request.metadata.length)
      }),
    )
  })

  it('of version 2.0 is read as another implementation wrote it', () => {
    fc.assert(
      fc.property(requestsV2, ({ request, series }) => {
        reader.parse(encodeOracleV2(request), 2)
        const saysMetadata =
          request.timeseries[0]?.metadata?.type !== 0 || request.timeseries[0].metadata.help_ref !== 0
        expectSeries(saysMetadata ? series : series.filter(carriesPoints))
      }),
    )
  })

  it('that is empty is read, and has no series', () => {
    for (const version of [1, 2] as const) {
      reader.parse(Buffer.alloc(0), version)
      expect([reader.seriesCount, reader.sampleCount, reader.metadataCount]).toEqual([0, 0, 0])
    }
    reader.parse(encodeOracleV2({ symbols: [''], timeseries: [] }), 2)
    expect(reader.seriesCount).toBe(0)
  })

  it('with a duplicate label is read unchanged, so that the gateway can refuse it', () => {
    const twice = ['__name__', 'up', 'job', 'a', 'job', 'b', 'job', 'a']
    const samples = [{ value: 1, timestamp: 1 }]
    const labels = flatToLabels(twice)
    reader.parse(encodeOracleV1({ timeseries: [{ labels, samples, exemplars: [], histograms: [] }], metadata: [] }), 1)
    const key = reader.key(0)
    expect(reader.labels(0)).toEqual(twice)
    const symbols = ['', ...new Set(twice)]
    const labels_refs = twice.map((text) => symbols.indexOf(text))
    reader.parse(encodeOracleV2({ symbols, timeseries: [{ labels_refs, samples, exemplars: [], histograms: [] }] }), 2)
    expect(reader.labels(0)).toEqual(twice)
    expect(reader.key(0)).toBe(key)
  })

  it('has the same key for the same labels in both versions, and another key for other labels', () => {
    const keys = new Map<number, string>()
    fc.assert(
      fc.property(requestsV2, ({ request, series }) => {
        const kept = series.filter(carriesPoints)
        reader.parse(encodeOracleV1({ timeseries: kept, metadata: [] }), 1)
        const before = kept.map((_, i) => reader.key(i))
        for (const one of request.timeseries) one.metadata = null
        reader.parse(encodeOracleV2(request), 2)
        expect(kept.map((_, i) => reader.key(i))).toEqual(before)
        for (const [i, one] of kept.entries()) {
          const text = JSON.stringify(flat(one))
          expect(keys.get(before[i] as number) ?? text).toBe(text)
          keys.set(before[i] as number, text)
          expect(Number.isSafeInteger(before[i])).toBe(true)
        }
      }),
    )
  })

  it('has different keys for texts that differ only in zeros at their end', () => {
    const timeseries = ['a', 'a\0', 'a\0\0\0'].map((value) => ({
      labels: [{ name: '__name__', value }],
      samples: [{ value: 1, timestamp: 1 }],
      exemplars: [],
      histograms: [],
    }))
    reader.parse(encodeOracleV1({ timeseries, metadata: [] }), 1)
    expect(new Set([0, 1, 2].map((i) => reader.key(i))).size).toBe(3)
  })

  it('does not match other labels of the same length, wherever they differ', () => {
    const texts = ['__name__', 'up', 'job', 'game', 'zone', 'a']
    const samples = [{ value: 1, timestamp: 1 }]
    const cached = encodeSeriesLabels(texts, 'tenant', 'acme')
    for (const [at, text] of texts.entries()) {
      const other = texts.with(at, `${text.slice(0, -1)}~`)
      const timeseries = [texts, other].map((each) => ({
        labels: flatToLabels(each),
        samples,
        exemplars: [],
        histograms: [],
      }))
      reader.parse(encodeOracleV1({ timeseries, metadata: [] }), 1)
      expect([0, 1].map((i) => reader.labelsMatch(i, cached))).toEqual([true, false])
      const symbols = ['', ...texts, ...other]
      const refs = [texts, other].map((each) => ({
        labels_refs: each.map((symbol) => symbols.indexOf(symbol)),
        samples,
        exemplars: [],
        histograms: [],
      }))
      reader.parse(encodeOracleV2({ symbols, timeseries: refs }), 2)
      expect([0, 1].map((i) => reader.labelsMatch(i, cached))).toEqual([true, false])
    }
  })

  it('has ten thousand keys for ten thousand series', () => {
    const timeseries = Array.from({ length: 10_000 }, (_, i) => ({
      labels: [
        { name: '__name__', value: 'game_players' },
        { name: 'shard_id', value: `${i}` },
      ],
      samples: [{ value: i, timestamp: 1 }],
      exemplars: [],
      histograms: [],
    }))
    reader.parse(encodeOracleV1({ timeseries, metadata: [] }), 1)
    expect(new Set(timeseries.map((_, i) => reader.key(i))).size).toBe(10_000)
  })

  it('cut short anywhere, or garbage, gives a typed error, or is read within its bounds and can be forwarded', () => {
    const attempt = (bytes: Uint8Array, version: RemoteWriteVersion) => {
      try {
        reader.parse(bytes, version)
        writer.begin()
        for (let i = 0; i < reader.seriesCount; i++) {
          const { block } = encodeSeriesLabels(reader.labels(i), 'tenant', 'acme')
          if (reader.labelFault(i) !== null) continue
          writer.appendSeries(reader, i, block, { sinceMs: 0, untilMs: 1_850_000_000_000 })
          atOnce(writer.appendClassic(reader, i, () => {}))
        }
        writer.appendMetadata(reader)
        decodeOracleV1(writer.finish())
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedRequest)
        expect(error instanceof MalformedRequest && error.offset <= bytes.length).toBe(true)
        expect(reader.seriesCount).toBe(0)
      }
    }
    fc.assert(
      fc.property(requestsV1, requestsV2, fc.nat(), fc.nat(255), (first, { request: second }, place, byte) => {
        for (const [version, bytes] of [
          [1, encodeOracleV1(first)],
          [2, encodeOracleV2(second)],
        ] as const) {
          if (bytes.length === 0) continue
          const at = place % bytes.length
          attempt(bytes.subarray(0, at), version)
          bytes[at] = byte
          attempt(bytes, version)
        }
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (garbage) => {
        attempt(garbage, 1)
        attempt(garbage, 2)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('in version 1.0', () => {
  const label = (name: string, value: string) =>
    Buffer.concat([
      Buffer.of(0x0a, name.length + value.length + 4, 0x0a, name.length),
      Buffer.from(name),
      Buffer.of(0x12, value.length),
      Buffer.from(value),
    ])
  const sample = Buffer.of(0x12, 2, 0x10, 5)
  const series = (...parts: Uint8Array[]) => {
    const body = Buffer.concat(parts)
    return Buffer.concat([Buffer.of(0x0a, body.length), body])
  }
  const labels = encodeSeriesLabels(['__name__', 'up', 'job', 'game'], 'tenant', 'acme')

  it('unknown fields are skipped at any position', () => {
    const unknown = Buffer.of(0xf8, 0x01, 0x96, 0x01, 0xf2, 0x01, 1, 0, 0xf1, 0x01, 1, 2, 3, 4, 5, 6, 7, 8)
    const body = series(label('__name__', 'up'), unknown, label('job', 'game'), unknown, sample, unknown)
    reader.parse(Buffer.concat([unknown, body, unknown]), 1)
    expect(reader.labels(0)).toEqual(['__name__', 'up', 'job', 'game'])
    expect(reader.labelsMatch(0, labels)).toBe(true)
    expect(reader.maxTimestampMs(0)).toBe(5)
  })

  it('labels after the samples are found, and have the same key', () => {
    reader.parse(
      Buffer.concat([
        series(label('__name__', 'up'), label('job', 'game'), sample),
        series(label('__name__', 'up'), sample, label('job', 'game')),
      ]),
      1,
    )
    expect(reader.labels(1)).toEqual(['__name__', 'up', 'job', 'game'])
    expect(reader.key(1)).toBe(reader.key(0))
    expect(reader.labelsMatch(1, labels)).toBe(true)
  })

  it('a length with more bytes than necessary is read, and the labels still match', () => {
    const padded = Buffer.concat([
      Buffer.of(0x0a, 0x8e, 0x80, 0x00, 0x0a, 8),
      Buffer.from('__name__'),
      Buffer.of(0x12, 2),
      Buffer.from('up'),
    ])
    reader.parse(series(padded, label('job', 'game'), sample), 1)
    expect(reader.labelsMatch(0, labels)).toBe(true)
  })

  it.each([
    ['a body of 2.0', Buffer.of(0x22, 0, 0x2a, 2, 0x0a, 0)],
    ['a field with a wrong wire type', series(Buffer.of(0x10, 1))],
    ['a group, which proto3 does not have', Buffer.of(0xfb, 0x01, 0xfc, 0x01)],
    ['field number 0', Buffer.of(0x02, 0)],
    ['a length beyond its message', series(Buffer.of(0x12, 9, 0x10, 5))],
    ['a length of 2^63', Buffer.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)],
    ['a number longer than 10 bytes', series(Buffer.of(0x12, 13, 0x10, ...Array(11).fill(0x80), 0))],
  ])('%s is rejected', (_, body) => {
    expect(() => reader.parse(body, 1)).toThrow(MalformedRequest)
  })

  it('a body of empty series has no series and takes no memory', () => {
    const fresh = new WriteRequestReader()
    fresh.parse(Buffer.alloc(200_000, Buffer.of(0x0a, 0)), 1)
    expect(fresh.seriesCount).toBe(0)
    expect(fresh.columns.ints.length).toBeLessThan(10_000)
  })
})

describe('in version 2.0', () => {
  const symbols = Buffer.concat(
    ['', '__name__', 'up'].map((text) => Buffer.concat([Buffer.of(0x22, text.length), Buffer.from(text)])),
  )

  it('symbols after the series, and references that are not packed, are read', () => {
    reader.parse(Buffer.concat([Buffer.of(0x2a, 8, 0x08, 1, 0x08, 2, 0x12, 2, 0x10, 5), symbols]), 2)
    expect(reader.labels(0)).toEqual(['__name__', 'up'])
  })

  it('empty series take no memory', () => {
    reader.parse(Buffer.concat([symbols, ...Array(1_000).fill(Buffer.of(0x2a, 4, 0x0a, 2, 1, 2))]), 2)
    expect([reader.seriesCount, reader.columns.listLength]).toEqual([0, 0])
  })

  it.each([
    ['a body of 1.0', Buffer.of(0x0a, 4, 0x12, 2, 0x10, 5)],
    ['a field with a wrong wire type', Buffer.concat([symbols, Buffer.of(0x28, 1)])],
  ])('%s is rejected', (_, body) => {
    expect(() => reader.parse(body, 2)).toThrow(MalformedRequest)
  })
})
