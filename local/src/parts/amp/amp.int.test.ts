import type { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { createMetricsQuery, createMetricsReader, createRemoteWriter } from '@tickwatch/aws'
import { WriteRequestReader, WriteRequestWriter } from '@tickwatch/remote-write'
import { encodeOracleV2 } from '@tickwatch/remote-write/testing'
import { describe, expect, it, vi } from 'vitest'
import { until } from '../../process/until.ts'
import { startAmp } from './amp.ts'
import { histogramSeries, sampleSeries, snappyLiteral } from './ampTestRequest.ts'
import { accessKey, body, region, useAmp, workspaceId } from './ampTestServer.ts'

const { endpoint, rulesDir } = useAmp()
const now = () => Date.now()
const minuteMs = 60_000
const brokenHistogram = (at: number, counts: number[], spanLength: number) =>
  histogramSeries({ __name__: 'broken' }, { schema: 0, sum: 7, offset: 1, counts, spanLength }, at)

describe('writes and queries signed by our own adapters', () => {
  it('stores samples and returns them', async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    const answer = await writer.write(body(sampleSeries({ __name__: 'frames_total', shard_id: 'a b' }, 41.5, at)))
    expect(answer).toEqual({ status: 200, body: '', retryAfterSeconds: null })
    await writer.close()
    const query = createMetricsQuery(endpoint())
    const series = await query.instant('frames_total{shard_id="a b"}', at / 1_000)
    expect(series).toEqual([{ labels: { __name__: 'frames_total', shard_id: 'a b' }, points: [[at / 1_000, 41.5]] }])
    const range = await query.range('frames_total', at / 1_000 - 30, at / 1_000, 15)
    expect(range[0]?.points).toEqual([[at / 1_000, 41.5]])
  })

  it('stores native histograms and computes quantiles of them', async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    // Schema 0: bucket 1 is (1, 2], bucket 2 is (2, 4].
    const counts = [3, 1]
    const series = histogramSeries({ __name__: 'tick_seconds' }, { schema: 0, sum: 7, offset: 1, counts }, at)
    expect((await writer.write(body(series))).status).toBe(200)
    await writer.close()
    const query = createMetricsQuery(endpoint())
    const value = async (promql: string) => (await query.instant(promql, at / 1_000))[0]?.points[0]?.[1]
    expect(await value('histogram_count(tick_seconds)')).toBe(4)
    expect(await value('histogram_sum(tick_seconds)')).toBe(7)
    expect(await value('histogram_quantile(1, tick_seconds)')).toBe(4)
  })

  it('computes the quantiles of a native histogram with custom buckets, as gateways send it', async () => {
    const at = now()
    const v2 = new WriteRequestReader()
    const custom = { schema: -53, count_int: 6, sum: 9.5, custom_values: [0.1, 1], timestamp: at }
    const buckets = { positive_spans: [{ offset: 0, length: 3 }], positive_deltas: [2, 0, 0] }
    const series = { labels_refs: [1, 2], samples: [], exemplars: [], histograms: [{ ...custom, ...buckets }] }
    v2.parse(encodeOracleV2({ symbols: ['', '__name__', 'rpc_seconds'], timeseries: [series] }), 2)
    const classic = new WriteRequestWriter()
    classic.begin()
    expect([...classic.appendClassic(v2, 0, () => {})]).toHaveLength(0)
    const writer = createRemoteWriter(endpoint())
    expect((await writer.write(snappyLiteral(classic.finish()))).status).toBe(200)
    await writer.close()
    const query = createMetricsQuery(endpoint())
    const value = async (promql: string) => (await query.instant(promql, at / 1_000))[0]?.points[0]?.[1]
    expect(await value('histogram_quantile(0.5, rpc_seconds_bucket)')).toBeCloseTo(0.55, 12)
    expect(await value('rpc_seconds_sum / rpc_seconds_count')).toBeCloseTo(9.5 / 6, 12)
  })

  it("returns Prometheus's own errors", async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    const series = (value: number) => body(sampleSeries({ __name__: 'doubled' }, value, at))
    expect((await writer.write(series(1))).status).toBe(200)
    const again = await writer.write(series(2))
    expect(again.status).toBe(400)
    expect(again.body).toContain('duplicate sample')
    await writer.close()
    await expect(createMetricsQuery(endpoint()).instant('sum(')).rejects.toThrow(/400.*parse error/s)
  })

  it.each([
    ['another one at the same time', (at: number) => sampleSeries({ __name__: 'bad' }, 2, at), /duplicate sample/],
    [
      '15 min behind its newest one',
      (at: number) => sampleSeries({ __name__: 'bad' }, 2, at - 15 * minuteMs),
      /too old/,
    ],
    [
      'older than an hour',
      (at: number) => sampleSeries({ __name__: 'bad' }, 2, at - 61 * minuteMs),
      /timestamp too old/,
    ],
    ['65 min ahead', (at: number) => sampleSeries({ __name__: 'bad' }, 2, at + 65 * minuteMs), /timestamp too new/],
    [
      'a histogram with spans for 4 buckets and 3 given',
      (at: number) => brokenHistogram(at, [3, 1, 2], 4),
      /spans need 4 buckets/,
    ],
    ['a histogram with a negative bucket', (at: number) => brokenHistogram(at, [3, -1, 2], 3), /observation count/],
  ])('answers 400 to a write with a sample that is %s, and stores all others', async (_what, bad, why) => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    expect((await writer.write(body(sampleSeries({ __name__: 'bad' }, 1, at)))).status).toBe(200)
    const good = Array.from({ length: 9 }, (_, i) => sampleSeries({ __name__: 'good', i: `${i}` }, at, at))
    const answer = await writer.write(body(...good.slice(0, 4), bad(at), ...good.slice(4)))
    expect(answer).toMatchObject({ status: 400, body: expect.stringMatching(why) })
    await writer.close()
    const query = createMetricsQuery(endpoint())
    expect(await query.instant(`good == ${at}`, at / 1_000)).toHaveLength(9)
  })

  it('stores the series of one replica of a cluster, without the label __replica__', async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    const write = (replica: string, value: number) => {
      const labels = { cluster: 'c', __replica__: replica, job: 'a' }
      const series = ['one', 'two'].map((name) => sampleSeries({ ...labels, __name__: name }, value, at + value))
      return writer.write(body(...series))
    }
    expect(await write('a', 1)).toMatchObject({ status: 200, body: '' })
    expect(await write('b', 2)).toMatchObject({ status: 202, body: expect.stringContaining('elected=a') })
    const alone = sampleSeries({ __name__: 'alone', __replica__: 'b' }, 1, at)
    expect((await writer.write(body(alone))).status).toBe(200)
    await writer.close()
    const query = createMetricsQuery(endpoint())
    const stored = await query.instant('{__name__=~"one|two|alone"}', at / 1_000 + 1)
    expect(stored.map(({ labels, points }) => [labels, points[0]?.[1]])).toEqual([
      [{ __name__: 'alone', __replica__: 'b' }, 1],
      [{ __name__: 'one', cluster: 'c', job: 'a' }, 1],
      [{ __name__: 'two', cluster: 'c', job: 'a' }, 1],
    ])
  })

  it("answers readers' requests, also by GET, with any characters in their parameters", async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    const named = (job: string) => sampleSeries({ __name__: 'read_total', job }, 1, at)
    expect((await writer.write(body(named("a b+c!'(*)~ä"), named('d')))).status).toBe(200)
    await writer.close()
    const reader = createMetricsReader(endpoint())
    const match = { 'match[]': ['read_total{job!="d"}', 'other{x=~"a*(b)\'~ &="}'] }
    const values = { method: 'GET', path: '/api/v1/label/job/values', query: match, form: '' } as const
    const never = new AbortController().signal
    expect(await json((await reader.read(values, never)).body as Readable)).toMatchObject({ data: ["a b+c!'(*)~ä"] })
    const form = new URLSearchParams({ 'match[]': 'read_total' }).toString()
    const series = { method: 'POST', path: '/api/v1/series', query: {}, form } as const
    expect(await json((await reader.read(series, never)).body as Readable)).toMatchObject({
      data: [{ job: "a b+c!'(*)~ä" }, { job: 'd' }],
    })
    await reader.close()
  })

  it('rejects a query that processes more samples than allowed', async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    const many = Array.from({ length: 10 }, (_, i) => sampleSeries({ __name__: 'counted', i: `${i}` }, i, at))
    expect((await writer.write(body(...many))).status).toBe(200)
    await writer.close()
    const reader = createMetricsReader(endpoint())
    const never = new AbortController().signal
    const ask = async (samplesMax: number, more: Record<string, string> = {}, path = '/api/v1/query') => {
      const query = { max_samples_processed_error_threshold: `${samplesMax}` }
      const form = new URLSearchParams({ query: 'counted', time: `${at / 1_000}`, ...more })
      const { status, body } = await reader.read({ method: 'POST', path, query, form: `${form}` }, never)
      return { status, answer: typeof body === 'string' ? JSON.parse(body) : await json(body) }
    }
    expect(await ask(9)).toMatchObject({ status: 422, answer: { status: 'error', errorType: 'execution' } })
    const { status, answer } = await ask(10)
    expect(status).toBe(200)
    expect(Object(answer).data.result).toHaveLength(10)
    expect(Object(answer).data).not.toHaveProperty('stats')
    expect(Object((await ask(10, { stats: 'all' })).answer).data.stats.samples.totalQueryableSamples).toBe(10)
    // Over a range Prometheus processes them again at each of 2,901 times. Of many more it need not compute all.
    const times = { start: `${at / 1_000}`, end: `${at / 1_000 + 290}`, step: '0.1' }
    for (const samplesMax of [1_000, 29_009]) {
      const { status, answer } = await ask(samplesMax, times, '/api/v1/query_range')
      expect([status, Object(answer).error]).toEqual([422, expect.stringContaining('processed (29010) exceed')])
    }
    expect((await ask(29_010, times, '/api/v1/query_range')).status).toBe(200)
    await reader.close()
  })

  it('is ready only with the right key', async () => {
    const right = createRemoteWriter(endpoint())
    expect(await right.ready()).toBe(true)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong')
    const wrong = createRemoteWriter(endpoint())
    expect(await wrong.ready()).toBe(false)
    await Promise.all([right.close(), wrong.close()])
  })
})
describe('when the storage is away', () => {
  it('answers 503, so that a sender keeps its samples', async () => {
    const lonely = await startAmp({
      port: 0,
      prometheusUrl: 'http://127.0.0.1:1',
      region,
      accessKeys: { [accessKey.id]: accessKey.secret },
      workspaceId,
      rulesDir: `${rulesDir()}-other`,
    })
    const writer = createRemoteWriter(`${lonely.url}/workspaces/${workspaceId}`)
    expect((await writer.write(body())).status).toBe(503)
    expect(await writer.ready()).toBe(false)
    await writer.close()
    await lonely.stop()
    await until('the port is free', async () => {
      await expect(fetch(lonely.url)).rejects.toThrow()
      return true
    })
  })
})
