import { expect, it } from 'vitest'
import { WriteRequestReader } from '../reader.ts'
import { Scratch } from '../scratch.ts'
import { decodeSnappy } from '../snappy.ts'
import { decodeOracleV1, decodeOracleV2 } from '../testing/oracle.ts'
import { type Batch, createEncoder } from './encoder.ts'

const metrics = {
  game_players: { type: 'gauge', help: 'Players.', unit: '' },
  game_tick_seconds: { type: 'histogram', help: 'Ticks.', unit: 'seconds' },
} as const
const nowMs = 1_800_000_000_000
const histogram = { schema: 0, zeroThreshold: 0, zeroCount: 1, count: 1, sum: 0, positiveSpans: [], positiveDeltas: [] }

/** A request of one gauge and one histogram with an exemplar. */
const measured = (version: 1 | 2) =>
  createEncoder(version, metrics).measurements(nowMs, (sink) => {
    sink.value('game_players', ['__name__', 'game_players'], 41)
    const exemplar = { labels: ['trace_id', 'abc'], value: 0.2 }
    sink.histogram('game_tick_seconds', ['__name__', 'game_tick_seconds'], histogram, exemplar)
  })
const body = (batch: Batch | null) => decodeSnappy(batch?.body ?? Buffer.of(0), new Scratch(), 1e6)

it.each([1, 2] as const)('a request of version %i.0 carries each point and exemplar once', (version) => {
  const batch = measured(version)
  expect(batch).toMatchObject({ samples: 2, measuredMs: nowMs })
  const reader = new WriteRequestReader()
  reader.parse(body(batch), version)
  expect(reader).toMatchObject({ seriesCount: 2, sampleCount: 1, histogramCount: 1, exemplarCount: 1 })
})

it('in version 1.0 the descriptions are a separate request', () => {
  expect(decodeOracleV1(body(measured(1))).metadata).toEqual([])
  const batch = createEncoder(1, metrics).metadata(nowMs)
  expect(batch?.samples).toBe(0)
  expect(decodeOracleV1(body(batch)).metadata).toEqual([
    { type: 2, metric_family_name: 'game_players', help: 'Players.', unit: '' },
    { type: 3, metric_family_name: 'game_tick_seconds', help: 'Ticks.', unit: 'seconds' },
  ])
})

it('in version 2.0 each series has its description', () => {
  const { symbols, timeseries } = decodeOracleV2(body(measured(2)))
  expect(timeseries.map(({ metadata }) => symbols[metadata?.help_ref ?? 0])).toEqual(['Players.', 'Ticks.'])
  expect(createEncoder(2, metrics).metadata(nowMs)).toBeNull()
})

it('a request does not change while the next one is encoded', () => {
  const first = measured(1)
  const bytes = Buffer.from(first.body)
  createEncoder(1, metrics).metadata(nowMs)
  expect(first.body.equals(bytes)).toBe(true)
})
