import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeSeriesLabels } from './labels.ts'
import { WriteRequestReader } from './reader.ts'
import { requestsV2 } from './testing/arbitrary.ts'
import { decodeOracleV1, encodeOracleV1, encodeOracleV2, type OracleV2 } from './testing/oracle.ts'
import { WriteRequestWriter } from './writer.ts'

const reader = new WriteRequestReader()
const writer = new WriteRequestWriter()

/** Forwards what is not bad, like a gateway. */
function forward() {
  writer.begin()
  for (let i = 0; i < reader.seriesCount; i++) {
    if (reader.labelFault(i) !== null) continue
    writer.appendSeries(reader, i, encodeSeriesLabels(reader.labels(i), 'tenant', 'acme').block)
  }
  writer.appendMetadata(reader)
  return decodeOracleV1(writer.finish())
}

/** Replaces a text of a request by the same number of bytes that are not UTF-8, wherever it is. */
function withBadText(bytes: Buffer, text: string): Buffer {
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at)) bytes[at] = 0xe9
  return bytes
}

const sample = [{ value: 1, timestamp: 1 }]
const exemplar = (value: string) => ({ labels: [{ name: 'trace_id', value }], value: 1, timestamp: 1 })

describe('only the bad part of a request is left out', () => {
  it('of 1.0 with texts that are not UTF-8', () => {
    const series = (name: string, queue: string, ...traces: string[]) => ({
      labels: [
        { name: '__name__', value: name },
        { name: 'queue', value: queue },
      ],
      samples: sample,
      exemplars: traces.map(exemplar),
      histograms: [],
    })
    const timeseries = [series('a', 'good', 'first', 'CAFE', 'last'), series('b', 'CAFE'), series('c', 'good')]
    const described = (help: string) => ({ type: 1, metric_family_name: 'a', help, unit: '' })
    const metadata = [described('CAFE'), described('Good.')]
    reader.parse(withBadText(encodeOracleV1({ timeseries, metadata }), 'CAFE'), 1)
    expect([0, 1, 2].map((i) => reader.labelFault(i)?.text ?? null)).toEqual([
      null,
      'has a label that is not UTF-8',
      null,
    ])
    expect([0, 1, 2].map((i) => reader.isOdd(i))).toEqual([true, true, false])
    expect([reader.badExemplars(0), reader.exemplarCount, reader.badMetadataCount]).toEqual([1, 2, 1])
    expect(reader.badMetadataNames()).toEqual(['a'])
    const sent = forward()
    expect(sent.timeseries.map(({ labels }) => labels[0]?.value)).toEqual(['a', 'c'])
    expect(sent.timeseries[0]?.exemplars).toEqual([exemplar('first'), exemplar('last')])
    expect(sent.metadata).toEqual([described('Good.')])
  })

  it('of 2.0 with symbols that are not UTF-8', () => {
    const symbols = ['', '__name__', 'a', 'b', 'queue', 'CAFE', 'trace_id', 'first']
    const series = (labels_refs: number[], more: object = {}) => ({
      labels_refs,
      samples: sample,
      histograms: [],
      exemplars: [],
      ...more,
    })
    const exemplars = [7, 5].map((value) => ({ labels_refs: [6, value], value: 1, timestamp: 1 }))
    const metadata = { type: 1, help_ref: 5, unit_ref: 0 }
    const timeseries = [series([1, 2], { exemplars, metadata }), series([1, 3, 4, 5]), series([1, 3])]
    reader.parse(withBadText(encodeOracleV2({ symbols, timeseries }), 'CAFE'), 2)
    expect([0, 1, 2].map((i) => reader.labelFault(i)?.text ?? null)).toEqual([
      null,
      'has a label that is not UTF-8',
      null,
    ])
    expect([reader.badExemplars(0), reader.exemplarCount, reader.badMetadataCount]).toEqual([1, 1, 1])
    expect(reader.badMetadataNames()).toEqual(['a'])
    const sent = forward()
    expect(sent.timeseries.map(({ labels }) => labels[0]?.value)).toEqual(['a', 'b'])
    expect(sent.timeseries[0]?.exemplars).toEqual([exemplar('first')])
    expect(sent.metadata).toEqual([])
  })

  it('of 2.0 that refers to a symbol that does not exist, wherever that is', () => {
    const place = fc.constantFrom('label', 'odd labels', 'exemplar', 'odd exemplar', 'help', 'unit')
    fc.assert(
      fc.property(requestsV2, fc.nat(), place, fc.nat(2 ** 20), ({ request }, at, place, beyond) => {
        fc.pre(request.timeseries.length > 0)
        for (const one of request.timeseries) one.metadata = null
        const sound = structuredClone(request)
        const [victim, twin] = [request, sound].map(({ timeseries }) => {
          const series = timeseries[at % timeseries.length] as OracleV2['timeseries'][number]
          series.samples.push({ value: 1, timestamp: 1 })
          return series
        }) as [OracleV2['timeseries'][number], OracleV2['timeseries'][number]]
        const ref = request.symbols.length + beyond
        if (place === 'label') victim.labels_refs.push(0, ref)
        else if (place === 'odd labels') victim.labels_refs.push(0)
        else if (place === 'exemplar') victim.exemplars.push({ labels_refs: [ref, 0], value: 1, timestamp: 1 })
        else if (place === 'odd exemplar') victim.exemplars.push({ labels_refs: [0], value: 1, timestamp: 1 })
        else {
          victim.metadata = { type: 1, help_ref: place === 'help' ? ref : 0, unit_ref: place === 'unit' ? ref : 0 }
        }
        const isLost = place.endsWith('label') || place.endsWith('labels')
        if (isLost) sound.timeseries.splice(sound.timeseries.indexOf(twin), 1)
        reader.parse(encodeOracleV2(sound), 2)
        const expected = forward()
        reader.parse(encodeOracleV2(request), 2)
        expect(forward()).toEqual(expected)
        const series = Array.from({ length: reader.seriesCount }, (_, i) => i)
        expect(series.filter((i) => reader.labelFault(i) !== null).length).toBe(isLost ? 1 : 0)
        expect(series.reduce((sum, i) => sum + reader.badExemplars(i), 0)).toBe(place.endsWith('exemplar') ? 1 : 0)
        expect(reader.badMetadataCount).toBe(place === 'help' || place === 'unit' ? 1 : 0)
      }),
    )
  })
})
