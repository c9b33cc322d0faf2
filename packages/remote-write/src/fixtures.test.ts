import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { encodeSeriesLabels } from './labels.ts'
import { WriteRequestReader } from './reader.ts'
import { Scratch } from './scratch.ts'
import { decodeSnappy } from './snappy.ts'
import { decodeOracleV1 } from './testing/oracle.ts'
import { WriteRequestWriter } from './writer.ts'

const fixture = (name: string) =>
  decodeSnappy(readFileSync(new URL(`./fixtures/${name}.snappy`, import.meta.url)), new Scratch(), 100_000)
const reader = new WriteRequestReader()
const writer = new WriteRequestWriter()

function forward() {
  writer.begin()
  for (let i = 0; i < reader.seriesCount; i++) {
    writer.appendSeries(reader, i, encodeSeriesLabels(reader.labels(i), 'tenant', 'acme').block)
  }
  writer.appendMetadata(reader)
  return decodeOracleV1(writer.finish())
}

const scraped = ['instance', '127.0.0.1:9690', 'job', 'game']
const game = [...scraped, 'region', 'eu-central-1', 'shard_id', 'shard-7']

describe('what Prometheus 2.42 sends', () => {
  test('its samples, native histograms and exemplars are read', () => {
    reader.parse(fixture('prometheus-2.42-samples'), 1)
    expect(Array.from({ length: reader.seriesCount }, (_, i) => reader.labels(i))).toEqual([
      ['__name__', 'game_actions_total', ...game],
      ['__name__', 'game_players', ...game],
      ['__name__', 'up', ...scraped],
      ['__name__', 'scrape_duration_seconds', ...scraped],
      ['__name__', 'scrape_samples_scraped', ...scraped],
      ['__name__', 'scrape_samples_post_metric_relabeling', ...scraped],
      ['__name__', 'scrape_series_added', ...scraped],
      ['__name__', 'game_tick_seconds', ...game],
      ['__name__', 'game_actions_total', ...game],
    ])
    expect([reader.sampleCount, reader.histogramCount, reader.exemplarCount]).toEqual([7, 1, 1])
    expect(reader.key(8)).toBe(reader.key(0))
    expect(new Date(reader.minTimestampMs(7)).toISOString()).toBe('2026-11-23T17:18:05.454Z')
  })

  test('it is forwarded whole, with the tenant on every series', () => {
    const body = fixture('prometheus-2.42-samples')
    const expected = decodeOracleV1(body)
    for (const series of expected.timeseries) series.labels.push({ name: 'tenant', value: 'acme' })
    reader.parse(body, 1)
    expect(forward()).toEqual(expected)
  })

  test('its metadata is forwarded', () => {
    reader.parse(fixture('prometheus-2.42-metadata'), 1)
    expect(forward()).toEqual({
      timeseries: [],
      metadata: [
        { type: 1, metric_family_name: 'game_actions_total', help: 'Actions of players, Ω.', unit: '' },
        { type: 2, metric_family_name: 'game_players', help: 'Players.', unit: '' },
        { type: 3, metric_family_name: 'game_tick_seconds', help: 'Time of a tick.', unit: '' },
      ],
    })
  })
})
