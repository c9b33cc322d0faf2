import { probeBytesMax, probeMetric } from '@tickwatch/policy'
import { atOnce, decodeSnappy, Scratch, WriteRequestWriter } from '@tickwatch/remote-write'
import { decodeOracleV1 } from '@tickwatch/remote-write/testing'
import { describe, expect, it } from 'vitest'
import { snappy } from '../testing/testGateway.ts'
import { ProbeSample } from './probeSample.ts'

const nowMs = 1_800_000_000_000
const hourMs = 3_600_000
const own = ['__name__', probeMetric]

/** A compressed request of one series with samples at these times. */
function bodyOf(labels: readonly string[], timestampsMs: readonly number[], more = (_into: WriteRequestWriter) => {}) {
  const into = new WriteRequestWriter()
  into.begin()
  into.beginSeries(labels)
  for (const timestampMs of timestampsMs) into.sample(timestampMs / 1_000, timestampMs)
  into.endSeries()
  more(into)
  return snappy(into.finish())
}
const sample = new ProbeSample()
const make = (body: Buffer | null) => atOnce(sample.make(body, 1, 'acme', 'probe-1', nowMs))

it('a probe’s sample is stored in a series of the probe and the tenant, which is not the tenant’s', () => {
  const bytes = decodeSnappy(make(bodyOf(own, [nowMs])), new Scratch(), 1_000)
  const labels = { __name__: probeMetric, probe: 'probe-1', tenant: 'probe:acme' }
  expect(decodeOracleV1(bytes)).toMatchObject({
    timeseries: [
      {
        labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
        samples: [{ value: nowMs / 1_000, timestamp: nowMs }],
      },
    ],
    metadata: [],
  })
})

describe('a probe’s certificate can’t write', () => {
  const tooMuch = 'more or less than one sample'
  const another = `is not ${probeMetric} without labels`
  it.each<[string, Buffer | null, string]>([
    ['a large request', null, `more than ${probeBytesMax} bytes`],
    [
      'a small request that expands to a large one',
      bodyOf(['__name__', 'x'.repeat(2 * probeBytesMax)], [nowMs]),
      'bytes after decompression',
    ],
    ['something else than remote write', Buffer.from('no'), 'compressed body'],
    ['another metric', bodyOf(['__name__', 'game_players'], [nowMs]), another],
    ['a label', bodyOf([...own, 'region', 'eu'], [nowMs]), another],
    ['the series of another probe', bodyOf([...own, 'probe', 'probe-2'], [nowMs]), another],
    ['as a tenant', bodyOf([...own, 'tenant', 'acme'], [nowMs]), another],
    ['a label twice', bodyOf([...own, ...own], [nowMs]), another],
    ['no sample', bodyOf(own, []), tooMuch],
    ['two samples', bodyOf(own, [nowMs, nowMs + 1]), tooMuch],
    [
      'two series',
      bodyOf(own, [nowMs], (into) => {
        into.beginSeries(own)
        into.sample(1, nowMs)
        into.endSeries()
      }),
      tooMuch,
    ],
    ['metadata', bodyOf(own, [nowMs], (into) => into.metadata('up', 'gauge', 'Help.', '')), tooMuch],
    ['the past', bodyOf(own, [nowMs - 2 * hourMs]), 'older than AMP accepts'],
    ['the future', bodyOf(own, [nowMs + hourMs]), 'in the future'],
  ])('%s', (_what, body, detail) => {
    expect(() => make(body)).toThrow(detail)
  })
})
