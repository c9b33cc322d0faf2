import { compileLabelSchema, judgeSeries, platformLabelSchema, resolveLimits } from '@tickwatch/policy'
import { decodeSnappy, type RemoteWriteVersion, Scratch, WriteRequestReader } from '@tickwatch/remote-write'
import { createEncoder } from '@tickwatch/remote-write/sender'
import { describe, expect, it } from 'vitest'
import { measureEverySeconds, playersAt, Region, seriesPerServer } from './fleet.ts'
import { metrics } from './metrics.ts'

const start = Date.UTC(2026, 0, 5, 12)
const reader = new WriteRequestReader()
const scratch = new Scratch()

/** All series that a region writes in `seconds`, as JSON of their labels, with the number of points of each. */
function written(region: Region, seconds: number, version: RemoteWriteVersion = 1) {
  const encoder = createEncoder(version, metrics)
  const points = new Map<string, number>()
  for (let second = 0; second < seconds; second++) {
    const nowMs = start + second * 1_000
    const batch = encoder.measurements(nowMs, (sink) => {
      for (const server of region.turn(nowMs)) server.write(sink)
    })
    reader.parse(decodeSnappy(batch.body, scratch, 10_000_000), version)
    expect(reader.sampleCount + reader.histogramCount).toBe(batch.samples)
    for (let i = 0; i < reader.seriesCount; i++) {
      const labels = JSON.stringify(reader.labels(i))
      points.set(labels, (points.get(labels) ?? 0) + reader.samples(i) + reader.histograms(i))
      expect(reader.minTimestampMs(i)).toBe(nowMs)
    }
  }
  return points
}

describe('a region of simulated game servers', () => {
  it.each([1, 2] as const)(
    'writes every series of every server once every five seconds, in version %i.0',
    (version) => {
      const points = written(new Region('eu-central-1', 'acme-game', 7, false), measureEverySeconds, version)
      expect(points.size).toBe(7 * seriesPerServer)
      expect(new Set(points.values())).toEqual(new Set([1]))
    },
  )

  it('has sorted labels that the platform’s schema allows', () => {
    const schema = compileLabelSchema(platformLabelSchema)
    for (const labels of written(new Region('eu-central-1', 'acme-game', 5, true), 2 * measureEverySeconds).keys()) {
      expect(judgeSeries(schema, resolveLimits({}), 'acme-game', JSON.parse(labels))).toBeNull()
    }
  })

  it('gets new series each time its noisy shard crashes, and from that shard only', () => {
    const region = new Region('us-east-1', 'acme-game', 5, true)
    const first = written(region, measureEverySeconds)
    const later = written(region, 100)
    const fresh = [...later.keys()].filter((labels) => !first.has(labels))
    expect(fresh.length).toBeGreaterThan(seriesPerServer)
    for (const labels of fresh) expect(labels).toContain('us-east-1-0000')
  })

  it('describes all its metrics to a receiver of version 1.0', () => {
    const batch = createEncoder(1, metrics).metadata(start)
    reader.parse(decodeSnappy(batch?.body ?? Buffer.of(0), scratch, 10_000_000), 1)
    expect(reader.metadataCount).toBe(14)
    expect(batch?.samples).toBe(0)
  })
})

it('players are fewest at 5:00 and most at 17:00 in their time zone', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => playersAt(Date.UTC(2026, 0, 5, hour), 0))
  expect(hours.indexOf(Math.max(...hours))).toBe(17)
  expect(hours.indexOf(Math.min(...hours))).toBe(5)
  expect(Math.min(...hours)).toBeGreaterThan(0)
  expect(playersAt(Date.UTC(2026, 0, 5, 16), 1)).toBeCloseTo(Math.max(...hours))
})
