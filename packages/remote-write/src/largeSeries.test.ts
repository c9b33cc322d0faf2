import { describe, expect, it } from 'vitest'
import { MalformedRequest, TooLargeAsV1 } from './errors.ts'
import { labelCountMax, labelNameBytesMax, labelValueBytesMax } from './labelLimits.ts'
import { encodeSeriesLabels } from './labels.ts'
import { WriteRequestReader } from './reader.ts'
import { sliceBytes } from './slices.ts'
import { decodeOracleV1, encodeOracleV1, encodeOracleV2, type OracleSeries } from './testing/oracle.ts'
import { WriteRequestWriter } from './writer.ts'

const reader = new WriteRequestReader()
const writer = new WriteRequestWriter()
const versions = [1, 2] as const
const mebibyte = 1_048_576

const samples = (count: number) => Array.from({ length: count }, (_, i) => ({ value: i, timestamp: 1_000_000 + i }))
const noParts = { samples: [], exemplars: [], histograms: [] }
const exemplar = { labels: [{ name: 'trace_id', value: 'a' }], value: 1, timestamp: 1 }
const histogram = (timestamp: number) => ({
  schema: 0,
  count_int: 3,
  sum: 1,
  positive_spans: [{ offset: 0, length: 3 }],
  positive_deltas: [1, 0, 0],
  timestamp,
})

function encoded(version: 1 | 2, series: OracleSeries[]): Buffer {
  if (version === 1) return encodeOracleV1({ timeseries: series, metadata: [] })
  const refs = new Map([['', 0]])
  const ref = (text: string) => refs.get(text) ?? refs.set(text, refs.size).size - 1
  const refsOf = ({ labels }: Pick<OracleSeries, 'labels'>) =>
    labels.flatMap(({ name, value }) => [ref(name), ref(value)])
  const timeseries = series.map(({ exemplars, ...one }) => ({
    ...one,
    labels_refs: refsOf(one),
    exemplars: exemplars.map((each) => ({ ...each, labels_refs: refsOf(each) })),
  }))
  return encodeOracleV2({ symbols: [...refs.keys()], timeseries })
}
const parse = (body: Buffer, version: 1 | 2, rowsMax = Number.POSITIVE_INFINITY) =>
  [...reader.parseSliced(body, version, rowsMax)].length + 1
/** A length-delimited field. */
function message(tag: number, inside: Buffer): Buffer {
  const head = [tag]
  let rest = inside.length
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80)
  return Buffer.concat([Buffer.from([...head, rest]), inside])
}
const labelsOf = (count: number, value = 'v') => Array.from({ length: count }, (_, i) => ({ name: `l${i}`, value }))

describe.each(versions)('a large series of %i.0', (version) => {
  // Wherever the end of a slice is in it.
  it.each([0, 3, 7, 12])('is read and copied in slices, and nothing of it is lost (%i)', (shift) => {
    const large = {
      labels: [{ name: '__name__', value: 'x'.repeat(1 + shift) }, ...labelsOf(9)],
      samples: samples(6_000),
      exemplars: Array.from({ length: 1_500 }, () => exemplar),
      histograms: Array.from({ length: 1_500 }, (_, i) => histogram(2_000_000 + i)),
    }
    const small = { labels: [{ name: '__name__', value: 'small' }], ...noParts, samples: samples(1) }
    const body = encoded(version, [small, large, small])
    expect(parse(body, version)).toBeGreaterThan(body.length / sliceBytes)
    expect([reader.seriesCount, reader.samples(1), reader.histograms(1), reader.exemplars(1)]).toEqual([
      3, 6_000, 1_500, 1_500,
    ])
    expect([reader.minTimestampMs(1), reader.maxTimestampMs(1)]).toEqual([1_000_000, 2_001_499])
    const { block } = encodeSeriesLabels(reader.labels(1), 'tenant', 'acme')
    for (const [sinceMs, left] of [
      [0, 6_000],
      [1_000_010, 5_990],
    ] as const) {
      writer.begin()
      const slices = [...writer.appendSeriesSliced(reader, 1, block, { sinceMs, untilMs: 3_000_000 })].length + 1
      expect(slices).toBeGreaterThan(reader.bytes(1) / sliceBytes - 1)
      const [sent] = decodeOracleV1(writer.finish()).timeseries
      expect(sent?.samples).toEqual(large.samples.slice(-left))
      expect([sent?.histograms.length, sent?.exemplars.length]).toEqual([1_500, 1_500])
      expect(sent?.exemplars.at(-1)).toEqual(exemplar)
      expect(writer.leftOut).toMatchObject({ samples: 6_000 - left, older: 6_000 - left })
    }
  })

  it.each([
    ['labels', labelsOf(labelCountMax), labelsOf(labelCountMax + 1), labelCountMax],
    ['name bytes', ['n'.repeat(labelNameBytesMax)], ['n'.repeat(labelNameBytesMax + 1)], 0],
    ['value bytes', labelsOf(1, 'v'.repeat(labelValueBytesMax)), labelsOf(1, 'v'.repeat(labelValueBytesMax + 1)), 0],
  ])('may have many %s, but no more than a tenant’s limits can allow', (tooMuch, fits, over, read) => {
    const series = (labels: (string | OracleSeries['labels'][number])[]) => ({
      labels: labels.map((label) => (typeof label === 'string' ? { name: label, value: 'v' } : label)),
      ...noParts,
      samples: samples(1),
    })
    parse(encoded(version, [series(fits), series(over)]), version)
    expect([reader.labelFault(0), reader.labels(0).length]).toEqual([null, 2 * fits.length])
    expect([reader.isOdd(1), reader.labelFault(1)]).toMatchObject([true, { tooMuch }])
    expect(reader.labels(1).length).toBe(2 * read)
    expect(reader.sampleCount).toBe(2)
  })

  it('of a million labels is read in slices, and of its labels only some', () => {
    const label = Buffer.from('0a060a0161120162', 'hex')
    const refs = Buffer.from('0801', 'hex')
    const field = version === 1 ? label : refs
    const inside = Buffer.concat([Buffer.alloc(4 * mebibyte, field), Buffer.of(0x12, 2, 0x10, 1)])
    const symbols = version === 1 ? Buffer.alloc(0) : Buffer.from('2200220161', 'hex')
    const body = Buffer.concat([symbols, message(version === 1 ? 0x0a : 0x2a, inside)])
    expect(parse(body, version)).toBeGreaterThan((4 * mebibyte) / sliceBytes - 1)
    expect(reader.labelFault(0)).toMatchObject({ tooMuch: 'labels' })
    expect(reader.labels(0)).toHaveLength(2 * labelCountMax)
    expect(reader.sampleCount).toBe(1)
  })
})

describe('a request', () => {
  it('of more series than may be kept is counted, and takes no more memory', () => {
    const fresh = new WriteRequestReader()
    const body = Buffer.alloc(400_000, Buffer.from('0a021200', 'hex'))
    for (const _ of fresh.parseSliced(body, 1, 1_000));
    expect([fresh.seriesCount, fresh.sampleCount]).toEqual([1_000, 100_000])
    expect(fresh.columns.ints.length).toBeLessThan(50_000)
  })

  it('whose series have faults and nothing to store has no series', () => {
    const notText = Buffer.from('0a060a040a02ffff', 'hex')
    parse(Buffer.concat([notText, notText]), 1)
    expect(reader.seriesCount).toBe(0)
  })

  const fields = (times: number, hex: string) => Buffer.alloc(2 * times, Buffer.from(hex, 'hex'))
  it.each([
    ['a label', (times: number) => message(0x0a, message(0x0a, fields(times, '0a00')))],
    ['a sample', (times: number) => message(0x0a, message(0x12, fields(times, '1000')))],
    ['metadata', (times: number) => message(0x1a, fields(times, '1200'))],
  ])('with a field of %s that is there many times is malformed', (what, body) => {
    parse(body(64), 1)
    expect(() => parse(body(65), 1)).toThrow(MalformedRequest)
    expect(() => parse(body(65), 1)).toThrow(`${what} has more than 64 fields`)
  })

  it('with other fields between its labels is refused, because each look at the labels would walk them', () => {
    const label = Buffer.from('0a060a0161120162', 'hex')
    const inside = Buffer.concat([label, fields(2_500, '3800'), label, Buffer.of(0x12, 2, 0x10, 1)])
    parse(message(0x0a, inside), 1)
    expect(reader.labelFault(0)).toEqual({ text: 'has other fields between its labels', tooMuch: null })
    expect(reader.labels(0)).toEqual(['a', 'b'])
  })

  const metadata = (help_ref: number) => ({ type: 1, help_ref, unit_ref: 0 })
  it.each([
    ['labels', { labels_refs: Array.from({ length: 128 }, (_, i) => (i % 2 ? 2 : 1)) }, 2_000],
    ['help texts', { metadata: metadata(2) }, 1_000_000],
    ['exemplars', { exemplars: [{ labels_refs: [1, 2], value: 1, timestamp: 1 }] }, 1_000_000],
  ])('of 2.0 with %s that would be huge in 1.0 is refused', (_, parts, textBytes) => {
    const symbols = ['', 'a', 'x'.repeat(textBytes)]
    const one = { labels_refs: [], ...noParts, samples: samples(1), ...parts }
    const body = encodeOracleV2({ symbols, timeseries: Array.from({ length: 400 }, () => one) })
    expect(body.length).toBeLessThan(1_200_000)
    expect(() => parse(body, 2)).toThrow(TooLargeAsV1)
    expect(reader.seriesCount).toBe(0)
  })
})
