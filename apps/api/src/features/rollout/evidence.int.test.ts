// The queries of the evidence on a real Prometheus, with what an agent writes of two gateways.
import { createMetricsQuery } from '@tickwatch/aws'
import { beforeAll, describe, expect, it } from 'vitest'
import { useAmp } from '../../../../../local/src/testing/useAmp.ts'
import { readEvidence } from './evidence.ts'

const store = useAmp()
const [one, other] = ['i-0aaaaaaaaaaaaaaaa', 'i-0bbbbbbbbbbbbbbbb']
const intervalSeconds = 15
const scrapes = 60
let fromSeconds: number
let toSeconds: number

beforeAll(async () => {
  const now = Math.floor(Date.now() / 1_000)
  toSeconds = Math.floor(now / intervalSeconds) * intervalSeconds
  fromSeconds = toSeconds - 15 * intervalSeconds
  /** What an agent writes of an address: it scrapes every 5 s, 2 s after the full ones. */
  const scraped = (
    name: string,
    instance: string,
    labels: Record<string, string>,
    value: (i: number) => number | null,
  ) => ({
    labels: { __name__: name, tenant: 'tickwatch', job: 'gateway', instance, ...labels },
    samples: Array.from({ length: scrapes }, (_, i) => i).flatMap((i): [number, number][] => {
      const read = value(i)
      return read === null ? [] : [[toSeconds - (scrapes - i) * 5 + 2, read]]
    }),
  })
  const of = (gateway: string, instance: string, factor: number) => [
    scraped('tickwatch_gateway_samples_total', instance, { gateway }, (i) => 1_000 * i),
    scraped('tickwatch_ingest_requests_total', instance, { tenant_id: 'acme', code: '204' }, (i) => 7 * i),
    scraped('tickwatch_ingest_requests_total', instance, { tenant_id: 'globex', code: '204' }, (i) => 3 * i),
    scraped('tickwatch_ingest_requests_total', instance, { tenant_id: 'acme', code: '529' }, (i) => i),
    ...['0.005', '0.01', '+Inf'].map((le, at) =>
      scraped('tickwatch_edge_ingest_first_byte_seconds_bucket', instance, { code: '204', le }, (i) =>
        at === 0 ? 0 : i,
      ),
    ),
    scraped('tickwatch_edge_ingest_first_byte_seconds_bucket', instance, { code: '429', le: '+Inf' }, (i) => 100 * i),
    scraped('process_cpu_seconds_total', instance, {}, (i) => 0.2 * factor * i),
    scraped('process_resident_memory_bytes', instance, {}, () => 1e8 * factor),
    scraped('process_start_time_seconds', instance, {}, (i) => (i < 40 ? 1 : factor)),
  ]
  await store.write([
    ...of(one, '10.0.0.1:9101', 1),
    ...of(other, '10.0.0.2:9101', 2),
    // The first error of a process is born with its first count, as `CounterFromZero` does it. One scrape is missing then.
    scraped('tickwatch_ingest_requests_total', '10.0.0.1:9101', { tenant_id: 'acme', code: '503' }, (i) =>
      i < 30 ? null : i === 30 ? 0 : 4,
    ),
    scraped('tickwatch_ingest_lost_samples_total', '10.0.0.1:9101', { tenant_id: 'acme', reason: 'upstream' }, (i) =>
      i < 30 ? null : i === 30 ? 0 : i === 31 ? null : 2,
    ),
    scraped(
      'tickwatch_ingest_lost_samples_total',
      '10.0.0.1:9101',
      { tenant_id: 'acme', reason: 'label-name' },
      (i) => 50 * i,
    ),
    // A tenant writes metrics with the same names.
    ...of(one, '10.0.0.1:9101', 9).map((series) => ({ ...series, labels: { ...series.labels, tenant: 'acme' } })),
  ])
})

const sides = () =>
  readEvidence(
    createMetricsQuery(store.endpoint),
    { canary: [{ id: one, readySeconds: 0 }], baseline: [{ id: other, readySeconds: 0 }] },
    { fromSeconds, toSeconds, intervalSeconds, stepSeconds: intervalSeconds },
  )

describe('the figures of gateways', () => {
  it('are those of each interval, counted once', async () => {
    const { canary, baseline } = await sides()
    for (const [{ intervals = [] } = {}, factor] of [
      [canary[0], 1],
      [baseline[0], 2],
    ] as const) {
      expect(intervals).toHaveLength(16)
      for (const interval of intervals) {
        expect(interval).toMatchObject({ memoryBytes: 1e8 * factor, responses429: 3 })
        expect(interval.samplesAdmitted).toBeCloseTo(3_000, 6)
        expect(interval.cpuSeconds).toBeCloseTo(0.6 * factor, 6)
        expect(interval.firstByteP99Seconds).toBeCloseTo(0.00995, 6)
        expect(interval.requests).toBe(33 + (interval.responses5xx ?? 0))
      }
    }
  })

  it('have each lost sample and each 5xx once, although a scrape is missing, and not what a tenant sent wrong', async () => {
    const { canary, baseline } = await sides()
    const sum = (of: 'samplesLost' | 'responses5xx' | 'restarts', [side]: typeof canary) =>
      side?.intervals.reduce((total, interval) => total + (interval[of] ?? Number.NaN), 0)
    expect([sum('samplesLost', [...canary]), sum('samplesLost', [...baseline])]).toEqual([2, 0])
    expect([sum('responses5xx', [...canary]), sum('responses5xx', [...baseline])]).toEqual([4, 0])
    expect([sum('restarts', [...canary]), sum('restarts', [...baseline])]).toEqual([0, 1])
  })
})
