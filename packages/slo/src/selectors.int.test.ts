import { expect, it } from 'vitest'
import { type RawSeries, rangeQuery, writeSamples } from '../../../local/src/testing/rawSamples.ts'
import { usePrometheus } from '../../../local/src/testing/usePrometheus.ts'
import { type Sli, seriesQuery } from './index.ts'
import { ageSeconds, scrapesFrom } from './testing/counters.ts'

const command = process.env.SLO_PROMETHEUS
const prometheus = usePrometheus(command ? { command } : {})
const nowSeconds = Math.floor(Date.now() / 60_000) * 60
const scraped = scrapesFrom(nowSeconds - 600, 40)

it('the series that a definition reads are counted, and the bounds of a classic histogram named', async () => {
  const samples = scraped(7, () => 1)
  const of = (name: string, labels: Record<string, string>): RawSeries => ({
    labels: { __name__: name, tenant: 'acme', ...labels },
    samples,
  })
  await writeSamples(prometheus.url, [
    ageSeconds(samples),
    ...['200', '201', '500'].map((code) => of('seen_total', { code })),
    ...['0.5', '1.0', '+Inf'].map((le) => of('seen_seconds_bucket', { le })),
    of('seen_seconds_count', {}),
  ])
  const seen = async (sli: Sli) => {
    const answer = await rangeQuery(prometheus.url, seriesQuery(sli, 'acme'), nowSeconds, nowSeconds, 60)
    return answer.map(({ metric, values }) => [metric.part, metric.le, values[0]?.[1]].join(' ').trim()).sort()
  }
  const total = 'seen_total'
  expect(await seen({ kind: 'ratio', total, bad: 'seen_total{code="500"}' })).toEqual(['bad  1', 'total  3'])
  expect(await seen({ kind: 'ratio', total, good: 'nothing_total' })).toEqual(['total  3'])
  const classic = { kind: 'latency' as const, histogram: 'seen_seconds', thresholdSeconds: 1 }
  const bounds = ['bucket +Inf 1', 'bucket 0.5 1', 'bucket 1.0 1', 'histogram  1']
  expect(await seen({ ...classic, nativeSchema: null })).toEqual(bounds)
  expect(await seen({ ...classic, histogram: 'age_seconds', nativeSchema: 0 })).toEqual(['histogram  1'])
  expect(await seen({ kind: 'condition', promql: `${total} > bool 0` })).toEqual(['promql  3'])
})
