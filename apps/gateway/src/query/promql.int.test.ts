import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure, parseQuery, pinLabel, pinSelector } from '@tickwatch/promql'
import { generatedQuery, pinnedTenant } from '@tickwatch/promql/testing'
import { encodeSnappy, remoteWriteHeaders, Scratch, WriteRequestWriter } from '@tickwatch/remote-write'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPrometheus } from '../../../../local/src/parts/prometheus/prometheus.ts'

const otherTenant = 'borealis'
const metrics = [
  'up',
  'requests_total',
  'a:b',
  'offset',
  'sum',
  'by',
  'or',
  'and',
  'start',
  'end',
  'rate',
  'info',
  'group',
  '_',
]
/** One sample a minute. Its value gives its time and its tenant. */
const minutes = 180
const endSeconds = Math.floor(Date.now() / 60_000) * 60
const startSeconds = endSeconds - (minutes - 1) * 60

let dir: string
/** `shared` has the series of both tenants, `alone` only those of the pinned tenant. */
let shared: Awaited<ReturnType<typeof startPrometheus>>
let alone: Awaited<ReturnType<typeof startPrometheus>>

async function write(url: string, tenants: readonly string[]) {
  const writer = new WriteRequestWriter()
  writer.begin()
  for (const tenant of tenants) {
    for (const metric of metrics) {
      for (const job of ['a', 'b']) {
        writer.beginSeries(['__name__', metric, 'job', job, 'of', tenant, 'tenant', tenant])
        for (let at = startSeconds; at <= endSeconds; at += 60) {
          writer.sample(tenant === pinnedTenant ? at : -at, at * 1_000)
        }
        writer.endSeries()
      }
    }
  }
  const headers = { ...remoteWriteHeaders[1], 'content-encoding': 'snappy' }
  const body = Buffer.from(encodeSnappy(writer.finish(), new Scratch()))
  expect((await fetch(`${url}/api/v1/write`, { method: 'POST', headers, body })).status).toBe(204)
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-promql-'))
  shared = await startPrometheus({ dir: join(dir, 'shared') })
  alone = await startPrometheus({ dir: join(dir, 'alone') })
  await write(shared.url, [pinnedTenant, otherTenant])
  await write(alone.url, [pinnedTenant])
})

afterAll(async () => {
  await shared?.stop()
  await alone?.stop()
  await rm(dir, { recursive: true, force: true })
})

type Answer = { status: string; errorType?: string; error?: string; data?: { result: unknown } }

/** Prometheus' answer to an instant query at the newest sample, with series in a fixed order. */
async function ask(url: string, query: string): Promise<Answer> {
  const body = new URLSearchParams({ query, time: `${endSeconds}` })
  const answer = (await (await fetch(`${url}/api/v1/query`, { method: 'POST', body })).json()) as Answer
  if (!Array.isArray(answer.data?.result)) return answer
  const result = answer.data.result.map((series) => JSON.stringify(series)).sort()
  return { ...answer, data: { ...answer.data, result } }
}

const pin = (query: string) => pinLabel(parseQuery(query), 'tenant', pinnedTenant)

describe('a pinned query answers as if the tenant were alone', () => {
  it.each([
    'up',
    '{__name__=~".+"}',
    '{__name__=~".+",tenant=~".*"}',
    '{tenant!=""}',
    'up{job="a",}',
    'up or up',
    'up or ignoring(tenant, of) up',
    'or or or',
    'up and on() {tenant=~"b.*"} or up',
    'up unless on(job) sum{job="a"}',
    'sum by (tenant) (up)',
    'sum without (tenant, of) (up)',
    'SUM(up) BY (of)',
    'count({job=~"a|b"})',
    'topk(5, up)',
    'bottomk(1, up)',
    'quantile(0.1, up)',
    'count_values("tenant", up)',
    'group by (of) (by{})',
    'sum{} + on(job, of) by{}',
    'start @ end()',
    'end @ start()',
    'up @ 1e9 or up',
    'up offset 5m',
    'up offset -5m or up offset 1m',
    'min_over_time(up[1h])',
    'min_over_time(up[1h:5m])',
    'min_over_time(min_over_time(up[5m])[1h:5m] offset 10m)',
    'max_over_time((up or -up)[30m:1m] @ end())',
    'rate(requests_total[5m])',
    'histogram_quantile(0.5, label_replace(up, "le", "1", "", ""))',
    'label_replace(up, "tenant", "borealis", "", "")',
    'label_join(up, "tenant", "-", "of", "job")',
    'up * on(job, of) group_left(tenant) requests_total',
    'up > bool on(job, of) requests_total',
    'vector(scalar(sum(up)))',
    'absent_over_time(nothing[5m]) or up',
    'sort_desc(abs(-up))',
    'a:b + rate',
    'offset offset 5m or offset{job="a"}',
    'sum by (of) (offset{} # offset\n)',
    '-up ^ 2',
    'up{job="a"} # } or up{\nor up{job="b"}',
    'up # {tenant="aurora"}',
    'up # x\r\nor # y\r\nrequests_total',
    'up{#{tenant="aurora"}\n}',
    'up{job!="} or up{"}',
    "up{job!='\"} or up # {'}",
    'up{job!=`"} or up{\\`}',
    'up{job!="\\"} or up #"}',
    'up{job!="💥"} or up',
  ])('%j', async (query) => {
    const pinned = await ask(shared.url, pin(query))
    expect(pinned).toMatchObject({ status: 'success' })
    // If the answers were equal without the pin, the query would prove nothing.
    expect(await ask(shared.url, query)).not.toEqual(pinned)
    if (query.includes('absent')) expect(await ask(alone.url, pin(query))).toEqual(pinned)
    else expect(await ask(alone.url, query)).toEqual(pinned)
  })

  it.each([
    'up{tenant="borealis"}',
    'up{tenant=~"borealis|x"}',
    '{of="borealis"}',
    'sum by (of) (up) < 0',
    'up{tenant="aurora"} and on(job) up{tenant="borealis"}',
  ])("and shows nothing of another tenant's: %s", async (query) => {
    expect((await ask(shared.url, query)).data?.result).not.toEqual([])
    expect((await ask(shared.url, pin(query))).data?.result).toEqual([])
  })

  it('for any query: the other tenant changes no answer, and no query is refused only because it is pinned', async () => {
    let different = 0
    await fc.assert(
      fc.asyncProperty(generatedQuery, async ({ source }) => {
        const pinned = await ask(shared.url, pin(source))
        // A fault of Prometheus itself: it sometimes panics at a subquery whose range is shorter than its step.
        if (pinned.error?.startsWith('unexpected error: runtime error')) return
        expect(pinned).toEqual(await ask(alone.url, pin(source)))
        const unpinned = await ask(shared.url, source)
        if (unpinned.errorType !== 'bad_data') expect(pinned.errorType).not.toBe('bad_data')
        if (JSON.stringify(unpinned) !== JSON.stringify(pinned)) different += 1
      }),
      { numRuns: 400 },
    )
    expect(different).toBeGreaterThan(40)
  })

  it.each(['up', '{__name__=~".+"}', '{}', '{tenant=~".*"} # x'])('match[]: %s', async (selector) => {
    const of = async (match: string) => {
      const answer = await fetch(`${shared.url}/api/v1/label/of/values?${new URLSearchParams({ 'match[]': match })}`)
      return ((await answer.json()) as { data: string[] }).data
    }
    expect(await of(pinSelector(selector, 'tenant', pinnedTenant))).toEqual([pinnedTenant])
  })
})

describe('a query that Prometheus parses differently than our grammar is refused before Prometheus gets it', () => {
  it('a comment with a carriage return: Prometheus ends the comment there, so it could hide a selector from us', async () => {
    const query = 'nothing # \ror up'
    expect((await ask(shared.url, query)).data?.result).not.toEqual([])
    expect(() => pin(query)).toThrow('A comment must not contain a carriage return')
  })
})

describe('the measured span is the span that Prometheus reads', () => {
  // A sample's value is its time, so the smallest value shows how far back Prometheus read.
  it.each([
    ['up[30m]', 60],
    ['up[1800s] offset 1h', 60],
    ['up[30m] offset 1h5m', 60],
    [`up[10m] @ ${endSeconds - 3_600}`, 60],
    [`up[10m] offset 5m @ ${endSeconds - 3_600}`, 60],
    [`up[10m] offset -5m @ ${endSeconds - 3_600}`, 60],
    ['up[30m] @ start()', 60],
    // An instant selector uses only the newest sample, so it reads only the part of the lookback delta that it needs.
    ['up[1h:1m]', 360],
    ['up[1h:1m] offset 30m', 360],
    ['(up offset 10m)[1h:1m] offset 30m', 360],
    ['min_over_time(up[20m])[1h:1m]', 120],
    ['(0 * up + up offset 1h)[30m:1m]', 360],
    ['(up offset 1h + 0 * up)[30m:1m]', 360],
    ['min_over_time(min_over_time(up[20m])[30m:1m])[1h:1m] offset 5m', 180],
    [`(up + 0 * up @ ${endSeconds - 3_600})[10m:1m] @ ${endSeconds - 1_800}`, Infinity],
    [`min_over_time((up @ ${endSeconds - 3_600})[10m:1m])[20m:1m] offset 1h`, 360],
  ])('%s', async (range, slackSeconds) => {
    const read = async (aggregation: string) => {
      const answer = await ask(alone.url, `${aggregation}(${aggregation}_over_time(${range}))`)
      const [series = ''] = (answer.data?.result ?? []) as string[]
      return Number((JSON.parse(series) as { value: [number, string] }).value[1])
    }
    const span = measure(parseQuery(range), { startSeconds: endSeconds, endSeconds })
    const earliestSeconds = span?.earliestSeconds ?? Number.NaN
    const latestSeconds = span?.latestSeconds ?? Number.NaN
    const least = await read('min')
    expect(least).toBeGreaterThanOrEqual(earliestSeconds)
    expect(least).toBeLessThanOrEqual(earliestSeconds + slackSeconds)
    expect(await read('max')).toBeLessThanOrEqual(latestSeconds)
  })
})
