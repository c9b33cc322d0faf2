import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WriteRequestReader } from './reader.ts'
import { atOnce } from './slices.ts'
import { customHistograms } from './testing/arbitrary.ts'
import { decodeOracleV1, encodeOracleV1, encodeOracleV2, type OracleHistogram } from './testing/oracle.ts'
import { WriteRequestWriter } from './writer.ts'

const reader = new WriteRequestReader()
const writer = new WriteRequestWriter()

/** The classic series of a series `rpc_seconds{job="game"}` with these histograms, by name and `le`. */
function classicOf(histograms: OracleHistogram[], version: 1 | 2 = 2) {
  const labels = ['__name__', 'rpc_seconds', 'job', 'game']
  const points = { samples: [], exemplars: [], histograms }
  if (version === 2) {
    reader.parse(
      encodeOracleV2({ symbols: ['', ...labels], timeseries: [{ labels_refs: [1, 2, 3, 4], ...points }] }),
      2,
    )
  } else {
    const pairs = [0, 2].map((i) => ({ name: labels[i] as string, value: labels[i + 1] as string }))
    reader.parse(encodeOracleV1({ timeseries: [{ labels: pairs, ...points }], metadata: [] }), 1)
  }
  const sizes: number[] = []
  writer.begin()
  const slices = [...writer.appendClassic(reader, 0, (series) => sizes.push(series))].length + 1
  const { timeseries } = decodeOracleV1(writer.finish())
  return { sizes, slices, bytes: Buffer.from(writer.finish()), timeseries, samples: timeseries.map(sampleOf) }
}

function sampleOf({ labels, samples }: ReturnType<typeof decodeOracleV1>['timeseries'][number]) {
  const { __name__, le, ...rest } = Object.fromEntries(labels.map(({ name, value }) => [name, value]))
  expect(rest).toEqual({ job: 'game' })
  expect(samples).toHaveLength(1)
  return [`${__name__}${le === undefined ? '' : ` ${le}`}`, samples[0]?.value]
}

describe('a native histogram with custom buckets becomes the classic histogram that it is', () => {
  it('with bounds 0.1 and 1, and 6 observations', () => {
    const histogram = {
      schema: -53,
      count_int: 6,
      sum: 9.5,
      custom_values: [0.1, 1],
      positive_spans: [{ offset: 0, length: 3 }],
      positive_deltas: [2, 0, 0],
      timestamp: 1_800_000_000_000,
    }
    const { samples, timeseries } = classicOf([histogram])
    expect(samples).toEqual([
      ['rpc_seconds_bucket 0.1', 2],
      ['rpc_seconds_bucket 1.0', 4],
      ['rpc_seconds_bucket +Inf', 6],
      ['rpc_seconds_count', 6],
      ['rpc_seconds_sum', 9.5],
    ])
    expect(timeseries[0]?.samples[0]?.timestamp).toBe(1_800_000_000_000)
    expect([reader.classicSamples(0), reader.classicSampleCount, reader.histogramCount]).toEqual([5, 5, 0])
  })

  it('in both versions, with every bound, and the counts up to it', () => {
    fc.assert(
      fc.property(fc.array(customHistograms, { maxLength: 3 }), fc.constantFrom(1, 2), (all, version) => {
        const { samples, sizes, timeseries } = classicOf(all, version as 1 | 2)
        expect(samples).toEqual(all.flatMap(expected))
        expect(timeseries.map((series) => series.samples[0]?.timestamp)).toEqual(
          all.flatMap((each) => expected(each).map(() => each.timestamp)),
        )
        expect(sizes).toEqual(all.map((each) => expected(each).length))
        expect(reader.classicSampleCount).toBe(samples.length)
      }),
    )
  })

  it('whose bounds are spelled as Prometheus spells them', () => {
    // From Go's strconv.FormatFloat(…, 'g', -1, 64), with ".0" after a whole number.
    const spelled = {
      '-5e-07': -5e-7,
      '0.0': 0,
      '1e-05': 0.00001,
      '0.0001': 0.0001,
      '2.5': 2.5,
      '100000.0': 100_000,
      '1e+06': 1_000_000,
      '1.23456785e+07': 12_345_678.5,
      '1e+21': 1e21,
    }
    const bounds = Object.values(spelled)
    const { samples } = classicOf([{ schema: -53, custom_values: bounds, timestamp: 1 }])
    expect(samples.slice(0, bounds.length).map(([name]) => String(name).split(' ')[1])).toEqual(Object.keys(spelled))
  })

  it('all of whose series end if it ends', () => {
    const marker = Buffer.from('020000000000f07f', 'hex')
    const placeholder = Buffer.alloc(8)
    placeholder.writeDoubleLE(42.5)
    const body = encodeOracleV2({
      symbols: ['', '__name__', 'm'],
      timeseries: [
        {
          labels_refs: [1, 2],
          samples: [],
          exemplars: [],
          histograms: [{ schema: -53, sum: 42.5, custom_values: [1], timestamp: 1 }],
        },
      ],
    })
    marker.copy(body, body.indexOf(placeholder))
    reader.parse(body, 2)
    writer.begin()
    atOnce(writer.appendClassic(reader, 0, () => {}))
    const bytes = writer.finish().toString('hex')
    expect(bytes.split(marker.toString('hex'))).toHaveLength(1 + 4)
  })

  it('unless its series would take too much memory', () => {
    const histogram = { schema: -53, custom_values: Array.from({ length: 8_000 }, (_, i) => i), timestamp: 1 }
    const histograms = [histogram, histogram]
    const symbols = ['', '__name__', 'm'.repeat(2_048)]
    const one = { labels_refs: [1, 2], samples: [], exemplars: [], histograms }
    reader.parse(encodeOracleV2({ symbols, timeseries: [one] }), 2)
    const sizes: number[] = []
    writer.begin()
    atOnce(writer.appendClassic(reader, 0, (series) => sizes.push(series)))
    expect(sizes).toEqual([8_003, 0])
    expect(writer.finish().length).toBeLessThanOrEqual(32 * 1_048_576)
  })

  it('in slices, if it has many bounds', () => {
    const custom_values = Array.from({ length: 8_000 }, (_, i) => i)
    expect(classicOf([{ schema: -53, custom_values, timestamp: 1 }]).slices).toBeGreaterThanOrEqual(8_000 / 64)
  })

  it('unless it has more bytes than are read without a stop', () => {
    const custom_values = Array.from({ length: 8_200 }, (_, i) => i)
    const { sizes } = classicOf([{ schema: -53, custom_values, timestamp: 1 }])
    expect([sizes, reader.badHistograms(0), reader.histogramFault(0)]).toEqual([[], 1, 'has more than 65,536 bytes'])
  })
})

/** The classic samples of a histogram with custom buckets, the slow and obvious way. */
function expected(histogram: OracleHistogram): [string, number][] {
  const bounds = histogram.custom_values as number[]
  const isFloat = histogram.count_float !== undefined
  const given = (isFloat ? histogram.positive_counts : histogram.positive_deltas) as number[]
  const counts = isFloat ? given : given.map((_, i) => given.slice(0, i + 1).reduce((sum, delta) => sum + delta, 0))
  const places: number[] = []
  let place = 0
  for (const { offset, length } of histogram.positive_spans as { offset: number; length: number }[]) {
    place += offset
    for (let i = 0; i < length; i++) places.push(place++)
  }
  const upTo = (bound: number) => counts.filter((_, i) => (places[i] as number) <= bound).reduce((sum, n) => sum + n, 0)
  const count = Number(isFloat ? histogram.count_float : histogram.count_int)
  return [
    ...bounds.map((bound, i): [string, number] => [`rpc_seconds_bucket ${spell(bound)}`, upTo(i)]),
    ['rpc_seconds_bucket +Inf', count],
    ['rpc_seconds_count', count],
    ['rpc_seconds_sum', histogram.sum as number],
  ]
}

/** Six digits before the point at most, as `%g` in C and Go. */
function spell(bound: number): string {
  const size = Math.abs(bound)
  if (bound !== 0 && (size < 1e-4 || size >= 1e6)) {
    return bound.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  return Number.isInteger(bound) ? `${bound === 0 ? 0 : bound}.0` : `${bound}`
}
