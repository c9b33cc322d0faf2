import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { encodeSeriesLabels } from './labels.ts'
import { WriteRequestReader } from './reader.ts'
import { Scratch } from './scratch.ts'
import { decodeSnappy } from './snappy.ts'
import { decodeOracleV1, decodeOracleV2 } from './testing/oracle.ts'
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
  it('is read with its samples, native histograms and exemplars', () => {
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

  it('is forwarded completely, with the tenant on every series', () => {
    const body = fixture('prometheus-2.42-samples')
    const expected = decodeOracleV1(body)
    for (const series of expected.timeseries) series.labels.push({ name: 'tenant', value: 'acme' })
    reader.parse(body, 1)
    expect(forward()).toEqual(expected)
  })

  it('is forwarded with its metadata', () => {
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

describe('what Prometheus 3 sends', () => {
  const body = fixture('prometheus-3-samples')

  it('is read with its samples, native histograms, exemplars and metadata', () => {
    reader.parse(body, 2)
    expect(reader.seriesCount).toBe(9)
    expect(reader.labels(0)).toEqual(['__name__', 'game_actions_total', ...game])
    expect(reader.labels(7)).toEqual(['__name__', 'game_tick_seconds', ...game])
    expect([reader.sampleCount, reader.histogramCount, reader.exemplarCount]).toEqual([7, 1, 1])
    expect(reader.metadataCount).toBe(9)
    expect(new Date(reader.minTimestampMs(7)).toISOString()).toBe('2026-11-23T17:27:25.519Z')
  })

  it('has series with the same keys as in version 1.0', () => {
    reader.parse(fixture('prometheus-2.42-samples'), 1)
    const keys = Array.from({ length: 9 }, (_, i) => reader.key(i))
    reader.parse(body, 2)
    expect(Array.from({ length: 9 }, (_, i) => reader.key(i))).toEqual(keys)
  })

  it('is forwarded completely as 1.0, with the tenant on every series', () => {
    reader.parse(body, 2)
    const sent = forward()
    const { symbols, timeseries } = decodeOracleV2(body)
    const labels = (refs: number[]) =>
      refs.flatMap((ref, i) => (i % 2 === 0 ? [{ name: symbols[ref], value: symbols[refs[i + 1] as number] }] : []))
    expect(sent.timeseries).toEqual(
      timeseries.map((series) => ({
        labels: [...labels(series.labels_refs), { name: 'tenant', value: 'acme' }],
        samples: series.samples.map(({ value, timestamp }) => ({ value, timestamp })),
        histograms: series.histograms.map(({ start_timestamp, ...histogram }) => histogram),
        exemplars: series.exemplars.map(({ labels_refs, ...rest }) => ({ ...rest, labels: labels(labels_refs) })),
      })),
    )
    expect(sent.metadata).toHaveLength(8)
    expect(sent.metadata).toContainEqual({
      type: 3,
      metric_family_name: 'game_tick_seconds',
      help: 'Time of a tick.',
      unit: '',
    })
    expect(sent.metadata).toContainEqual({
      type: 2,
      metric_family_name: 'up',
      help: 'Health of the scrape target. 1 means the target is healthy, 0 if the scrape failed.',
      unit: 'targets',
    })
  })
})
