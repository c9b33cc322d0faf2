import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeSeriesLabels } from './labels.ts'
import { WriteRequestReader } from './reader.ts'
import { requestsV1, requestsV2 } from './testing/arbitrary.ts'
import {
  canonicalLabels,
  decodeOracleV1,
  encodeOracleV1,
  encodeOracleV2,
  type OracleSeries,
  type OracleV1,
} from './testing/oracle.ts'
import { WriteRequestWriter } from './writer.ts'
import { WriteRequestWriterV2 } from './writerV2.ts'

const reader = new WriteRequestReader()
const writer = new WriteRequestWriter()
const writerV2 = new WriteRequestWriterV2()

/** Forwards a request like a gateway: it adds the label `tenant` to each series and changes nothing else. */
function forward(): OracleV1 {
  writer.begin()
  for (let i = 0; i < reader.seriesCount; i++) {
    writer.appendSeries(reader, i, encodeSeriesLabels(reader.labels(i), 'tenant', 'acme').block)
  }
  writer.appendMetadata(reader)
  expect(writer.seriesCount).toBe(reader.seriesCount)
  return decodeOracleV1(writer.finish())
}

/** The series that the other implementation should read, with the tenant. */
const withTenant = (timeseries: OracleSeries[]) =>
  decodeOracleV1(
    encodeOracleV1({
      timeseries: timeseries.map((series) => ({
        ...series,
        labels: canonicalLabels([
          ...series.labels.filter((label) => label.name !== 'tenant'),
          { name: 'tenant', value: 'acme' },
        ]),
      })),
      metadata: [],
    }),
  ).timeseries
const carriesPoints = (series: OracleSeries) =>
  series.samples.length + series.histograms.length + series.exemplars.length > 0

describe('what a gateway sends upstream', () => {
  it.each([1, 2] as const)(
    'of a %i.0 request leaves out points that are too old or too new, and counts them',
    (version) => {
      const window = { sinceMs: 1_750_000_000_000, untilMs: 1_850_000_000_000 }
      const isWithin = ({ timestamp }: { timestamp: number }) =>
        timestamp >= window.sinceMs && timestamp <= window.untilMs
      fc.assert(
        fc.property(
          version === 1 ? requestsV1.map(encodeOracleV1) : requestsV2.map((v2) => encodeOracleV2(v2.request)),
          (bytes) => {
            reader.parse(bytes, version)
            const whole = forward()
            const leftOut = { samples: 0, histograms: 0, older: 0, newer: 0 }
            writer.begin()
            for (let i = 0; i < reader.seriesCount; i++) {
              const { block } = encodeSeriesLabels(reader.labels(i), 'tenant', 'acme')
              writer.appendSeries(reader, i, block, window)
              for (const kind of Object.keys(leftOut) as (keyof typeof leftOut)[]) leftOut[kind] += writer.leftOut[kind]
            }
            const sent = decodeOracleV1(writer.finish())
            expect(sent.timeseries).toEqual(
              whole.timeseries.map((series) => ({
                ...series,
                samples: series.samples.filter(isWithin),
                histograms: series.histograms.filter(isWithin),
              })),
            )
            const samples = whole.timeseries.flatMap((series) => series.samples)
            const histograms = whole.timeseries.flatMap((series) => series.histograms)
            expect(leftOut).toEqual({
              samples: samples.filter((point) => !isWithin(point)).length,
              histograms: histograms.filter((point) => !isWithin(point)).length,
              older: [...samples, ...histograms].filter(({ timestamp }) => timestamp < window.sinceMs).length,
              newer: [...samples, ...histograms].filter(({ timestamp }) => timestamp > window.untilMs).length,
            })
          },
        ),
      )
    },
  )

  it('of a 1.0 request are its samples, histograms, exemplars and metadata, with the tenant added in order', () => {
    fc.assert(
      fc.property(requestsV1, (request) => {
        reader.parse(encodeOracleV1(request), 1)
        const sent = forward()
        expect(sent.timeseries).toEqual(withTenant(request.timeseries.filter(carriesPoints)))
        expect(sent.metadata).toEqual(request.metadata)
      }),
    )
  })

  it('of a 2.0 request is the same in the form of 1.0', () => {
    fc.assert(
      fc.property(requestsV2, ({ request, series }) => {
        for (const one of request.timeseries) one.metadata = null
        reader.parse(encodeOracleV2(request), 2)
        expect(forward().timeseries).toEqual(withTenant(series.filter(carriesPoints)))
      }),
    )
  })

  it.each(['sample', 'histogram'])('has no field of a 2.0 %s that 1.0 does not have', (kind) => {
    const request = (start: object) => ({
      symbols: ['', '__name__', 'up'],
      timeseries: [
        {
          labels_refs: [1, 2],
          samples: kind === 'sample' ? [{ value: 1, timestamp: 2, ...start }] : [],
          histograms: kind === 'histogram' ? [{ count_int: 1, sum: 2, timestamp: 3, ...start }] : [],
          exemplars: [],
          created_timestamp: 4,
        },
      ],
    })
    const [plain, started] = [{}, { start_timestamp: 1 }].map((start) => {
      reader.parse(encodeOracleV2(request(start)), 2)
      forward()
      return Buffer.from(writer.finish())
    })
    expect(started).toEqual(plain)
  })

  it('has metadata only of the appended series of a 2.0 request, once per metric family', () => {
    const one = fc.record({
      name: fc.constantFrom('up', 'players', 'rpc_seconds_sum', 'rpc_seconds_count', 'rpc_seconds_bucket'),
      type: fc.constantFrom(0, 1, 2, 3, 5),
      hasUnit: fc.boolean(),
      hasMetadata: fc.boolean(),
      isAppended: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (all) => {
        const symbols = ['', '__name__']
        const ref = (text: string) => symbols.push(text) - 1
        const timeseries = all.map(({ name, type, hasUnit, hasMetadata }, i) => ({
          labels_refs: [1, ref(name)],
          samples: [{ value: i, timestamp: 1 }],
          histograms: [],
          exemplars: [],
          metadata: hasMetadata
            ? { type, help_ref: ref(`help ${i}.`), unit_ref: hasUnit ? ref(`unit ${i}.`) : 0 }
            : null,
        }))
        reader.parse(encodeOracleV2({ symbols, timeseries }), 2)
        writer.begin()
        const expected = new Map<string, OracleV1['metadata'][number]>()
        for (const [i, { name, type, hasUnit, hasMetadata, isAppended }] of all.entries()) {
          if (!isAppended) continue
          writer.appendSeries(reader, i, encodeSeriesLabels(reader.labels(i), 'tenant', 'acme').block)
          const suffix = type === 3 ? /_(sum|count|bucket)$/ : type === 5 ? /_(sum|count)$/ : /$/
          const family = name.replace(suffix, '')
          if (!hasMetadata || expected.has(family)) continue
          expected.set(family, {
            type,
            metric_family_name: family,
            help: `help ${i}.`,
            unit: hasUnit ? `unit ${i}.` : '',
          })
        }
        writer.appendMetadata(reader)
        const sent = decodeOracleV1(writer.finish())
        expect(sent.metadata).toEqual([...expected.values()])
        expect(sent.timeseries.map(({ samples }) => samples[0]?.value)).toEqual(
          all.flatMap(({ isAppended }, i) => (isAppended ? [i] : [])),
        )
      }),
    )
  })

  it('has metadata of a 2.0 request once per metric family', () => {
    writerV2.begin()
    for (const name of ['http_seconds_bucket', 'http_seconds_sum', 'http_seconds_count']) {
      writerV2.beginSeries(['__name__', name])
      writerV2.sample(1, 1)
      writerV2.metadata('histogram', 'Time of requests.', 'seconds')
      writerV2.endSeries()
    }
    for (const name of ['rpc_sum', 'rpc_bucket']) {
      writerV2.beginSeries(['__name__', name])
      writerV2.sample(1, 1)
      writerV2.metadata('summary', '', '')
      writerV2.endSeries()
    }
    reader.parse(writerV2.finish(), 2)
    expect(forward().metadata).toEqual([
      { type: 3, metric_family_name: 'http_seconds', help: 'Time of requests.', unit: 'seconds' },
      { type: 5, metric_family_name: 'rpc', help: '', unit: '' },
      { type: 5, metric_family_name: 'rpc_bucket', help: '', unit: '' },
    ])
  })
})
