import { describe, expect, it } from 'vitest'
import type { NativeHistogram } from './histogram.ts'
import { decodeOracleV1, decodeOracleV2 } from './testing/oracle.ts'
import { WriteRequestWriter } from './writer.ts'
import { WriteRequestWriterV2 } from './writerV2.ts'

const writer = new WriteRequestWriter()
const writerV2 = new WriteRequestWriterV2()

const tickTime: NativeHistogram = {
  schema: 3,
  zeroThreshold: 2.938735877055719e-39,
  zeroCount: 2,
  count: 12,
  sum: 0.4,
  positiveSpans: [
    { offset: -40, length: 2 },
    { offset: 3, length: 1 },
  ],
  positiveDeltas: [5, -2, -1],
}
const tickTimeOracle = {
  count_int: 12,
  sum: 0.4,
  schema: 3,
  zero_threshold: 2.938735877055719e-39,
  zero_count_int: 2,
  positive_spans: [
    { offset: -40, length: 2 },
    { offset: 3, length: 1 },
  ],
  positive_deltas: [5, -2, -1],
  timestamp: 1_800_000_000_000,
}

describe('what a sender writes is read by another implementation', () => {
  const exemplar = { value: 0.1, timestamp: 1_800_000_000_000 }

  it('in version 1.0', () => {
    writer.begin()
    writer.beginSeries(['__name__', 'game_tick_seconds', 'region', 'eu-središnja'])
    writer.histogram(tickTime, 1_800_000_000_000)
    writer.sample(-0.5, -1)
    writer.exemplar(['trace_id', 'abc'], 0.1, 1_800_000_000_000)
    writer.endSeries()
    writer.metadata('game_tick_seconds', 'histogram', 'Time of a tick.', 'seconds')
    const read = decodeOracleV1(writer.finish())
    expect(read.metadata).toEqual([
      { type: 3, metric_family_name: 'game_tick_seconds', help: 'Time of a tick.', unit: 'seconds' },
    ])
    expect(read.timeseries).toMatchObject([
      {
        labels: [
          { name: '__name__', value: 'game_tick_seconds' },
          { name: 'region', value: 'eu-središnja' },
        ],
        samples: [{ value: -0.5, timestamp: -1 }],
        histograms: [tickTimeOracle],
        exemplars: [{ ...exemplar, labels: [{ name: 'trace_id', value: 'abc' }] }],
      },
    ])
  })

  it('in version 2.0', () => {
    writerV2.begin()
    writerV2.beginSeries(['__name__', 'game_tick_seconds', 'region', 'eu'])
    writerV2.histogram(tickTime, 1_800_000_000_000)
    writerV2.exemplar(['trace_id', 'eu'], 0.1, 1_800_000_000_000)
    writerV2.metadata('histogram', 'Time of a tick.', '')
    writerV2.endSeries()
    writerV2.beginSeries(['__name__', 'game_players', 'region', 'eu'])
    writerV2.sample(41, 1_800_000_000_000)
    writerV2.endSeries()
    const read = decodeOracleV2(writerV2.finish())
    expect(read.symbols).toEqual([
      '',
      '__name__',
      'game_tick_seconds',
      'region',
      'eu',
      'trace_id',
      'Time of a tick.',
      'game_players',
    ])
    expect(read.timeseries).toMatchObject([
      {
        labels_refs: [1, 2, 3, 4],
        histograms: [tickTimeOracle],
        exemplars: [{ ...exemplar, labels_refs: [5, 4] }],
        metadata: { type: 3, help_ref: 6, unit_ref: 0 },
      },
      { labels_refs: [1, 7, 3, 4], samples: [{ value: 41, timestamp: 1_800_000_000_000 }] },
    ])
  })

  it('also if one series is very large', () => {
    for (const size of [1, 7, 8, 900, 1_000, 150_000]) {
      writer.begin()
      writer.beginSeries(['__name__', 'game_players'])
      for (let i = 0; i < size; i++) writer.sample(i, 1_800_000_000_000 + i)
      writer.endSeries()
      const [series] = decodeOracleV1(writer.finish()).timeseries
      expect(series?.samples).toHaveLength(size)
      expect(series?.samples.at(-1)).toEqual({ value: size - 1, timestamp: 1_800_000_000_000 + size - 1 })
    }
  })

  it('also if the request is larger than the buffer', () => {
    writer.begin()
    for (let i = 0; i < 5_000; i++) {
      writer.beginSeries(['__name__', 'game_players', 'shard_id', `shard-${i}`])
      writer.sample(i, 1_800_000_000_000)
      writer.endSeries()
    }
    const read = decodeOracleV1(writer.finish())
    expect(read.timeseries).toHaveLength(5_000)
    expect(read.timeseries[4_999]?.samples).toEqual([{ value: 4_999, timestamp: 1_800_000_000_000 }])
  })
})
