import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type RawSeries, rangeQuery, writeSamples } from '../../../local/src/testing/rawSamples.ts'
import { usePrometheus } from '../../../local/src/testing/usePrometheus.ts'
import { budgetOf, causeQuery, compileSlo, countQuery, readSteps, type Step, settledUntil, stepEndOf } from './index.ts'
import { bruteSteps, type Counter } from './testing/bruteForce.ts'
import { ageSeconds, badOf, definitionOf, only, outageSeconds, scrapesFrom, series, sums } from './testing/counters.ts'
import { histories } from './testing/histories.ts'

/** Another Prometheus than that of the platform, for `npm run test:slo`. */
const command = process.env.SLO_PROMETHEUS
/** How many histories the property tries. */
const runs = Number(process.env.SLO_RUNS ?? 10)
const stepSeconds = 60
/** Steps end at these times. Three hours, so that a gap can be longer than the hour after which a counter is a new one. */
const steps = 180
const nowSeconds = Math.floor(Date.now() / 1_000 / stepSeconds) * stepSeconds
const startSeconds = nowSeconds - steps * stepSeconds
const samples = histories(startSeconds, steps * 4)
const ends = Array.from({ length: steps }, (_, i) => startSeconds + (i + 1) * stepSeconds)

const scraped = scrapesFrom(startSeconds, steps * 4)

const prometheus = usePrometheus(command ? { command } : {})
// First, because Prometheus 2.42 accepts no native histograms out of order.
beforeAll(() => {
  const scrapes = scraped(7, () => 1)
  return writeSamples(prometheus.url, [ageSeconds(scrapes), outageSeconds(scrapes)])
})

let scenarios = 0
/** A name for the labels of a scenario, so that all can be in one Prometheus. */
const scenario = () => `s${++scenarios}`

/** What the rules' query counts in each step of the scenario. */
const counted = async (sli: object, groupBy: string[] = []) => readSteps(await answerOf(sli, groupBy))
const answerOf = (sli: object, groupBy: string[] = []) =>
  rangeQuery(
    prometheus.url,
    countQuery(definitionOf(sli, groupBy), 'acme', stepSeconds),
    ends[0] ?? 0,
    nowSeconds,
    stepSeconds,
  )
describe('the events of each step', () => {
  it.each([0, 7])(
    'are exact, where increase() over each step is not: scrapes %i s after the minute',
    async (offset) => {
      const run = scenario()
      const good = scraped(offset, (scrape) => 3 + (scrape % 2))
      const bad = scraped(offset, (scrape) => (scrape % 5 === 0 ? 1 : 0))
      await writeSamples(prometheus.url, [series(run, '200', 'a', good), series(run, '500', 'a', bad)])
      const all = { bad: [bad], total: [good, bad] }
      expect(only(await counted(badOf(run)))).toEqual(
        bruteSteps(all, ends, stepSeconds).map(({ exact: _, ...step }) => step),
      )
    },
  )

  it('include the first error, with which its counter appears at 1', async () => {
    const run = scenario()
    const good = scraped(7, () => 2)
    const first: Counter = scraped(7, (scrape) => (scrape === 40 ? 1 : 0), 40)
    await writeSamples(prometheus.url, [series(run, '200', 'a', good), series(run, '500', 'a', first)])
    expect(sums(only(await counted(badOf(run)))).bad).toBe(1)
  })

  it('are all bad if there never was a good one, and none is if there never was a bad one', async () => {
    const run = scenario()
    const failing = scraped(7, () => 3)
    await writeSamples(prometheus.url, [series(run, '500', 'a', failing)])
    const total = `requests_total{run="${run}"}`
    const ofPart = async (part: 'good' | 'bad') => {
      const answer = await answerOf({ kind: 'ratio', [part]: `requests_total{run="${run}",code="200"}`, total })
      return Object.fromEntries(
        answer.map(({ metric, values }) => [metric.event, values.reduce((sum, [, value]) => sum + Number(value), 0)]),
      )
    }
    expect(await ofPart('good')).toEqual({ bad: 179 * 12, total: 179 * 12 })
    expect(await ofPart('bad')).toEqual({ bad: 0, total: 179 * 12 })
  })

  it('are those of no group if a selector matches nothing, which a budget would show as 100 %', async () => {
    expect((await counted(badOf('nothing'))).size).toBe(0)
  })

  it('are 0 of 0 without traffic, and missing without data', async () => {
    const run = scenario()
    const still = scraped(7, () => 0, 0, 400)
    await writeSamples(prometheus.url, [series(run, '200', 'a', still)])
    const found = only(await counted(badOf(run)))
    expect(found.length).toBe(99)
    expect(found.every(({ bad, total }) => bad === 0 && total === 0)).toBe(true)
  })

  it('of a counter that comes back after an outage of its agent are those since, and not all that it ever counted', async () => {
    const run = scenario()
    const hours = scraped(7, () => 1_000)
    const away = hours.filter(([at]) => at < startSeconds + 1_800 || at > startSeconds + 1_800 + 4_000)
    await writeSamples(prometheus.url, [series(run, '200', 'a', away)])
    const found = only(await counted(badOf(run)))
    expect(Math.max(...found.map(({ total }) => total))).toBeLessThanOrEqual(4_000)
  })

  it('are of each group, and a condition is bad in the steps in which it fails for one of its series', async () => {
    const run = scenario()
    const lag = (instance: string, value: (step: number) => number): RawSeries => ({
      labels: { __name__: 'lag_seconds', tenant: 'acme', run, gateway: instance.slice(0, 1), instance },
      samples: ends.map((at, i) => [at, value(i)]),
    })
    await writeSamples(prometheus.url, [
      lag('a1', () => 0),
      lag('a2', (step) => (step < 30 ? 61 : 0)),
      lag('b1', (step) => (step === 3 ? 61 : 0)),
    ])
    const groups = await counted({ kind: 'condition', promql: `lag_seconds{run="${run}"} < bool 60` }, ['gateway'])
    expect([...groups.values()].map(({ labels, steps }) => ({ ...labels, ...sums(steps) }))).toEqual([
      { gateway: 'a', bad: 30, total: 180 },
      { gateway: 'b', bad: 1, total: 180 },
    ])
  })

  it.each(['bad', 'good'])('are split by cause without losing one, if the %s ones are counted', async (part) => {
    const run = scenario()
    const steady = scraped(7, () => 2)
    const failing = scraped(7, () => 1)
    const first = scraped(7, () => 1, 40)
    await writeSamples(prometheus.url, [
      series(run, '200', 'a', steady),
      series(run, '503', 'a', failing),
      series(run, '500', 'a', first),
    ])
    const selector = part === 'bad' ? badOf(run).bad : `requests_total{run="${run}",code="200"}`
    const sli = { kind: 'ratio', [part]: selector, total: badOf(run).total, causeLabel: 'code' }
    const valuesBy = async (name: 'code' | 'event', query: string, phase: number) => {
      const answer = await rangeQuery(prometheus.url, query, (ends[0] ?? 0) + phase, nowSeconds - phase, stepSeconds)
      const numbers = ({ values }: (typeof answer)[number]) => values.map(([, value]) => Number(value))
      return new Map(answer.map((one) => [one.metric[name], numbers(one)]))
    }
    const sumOf = (values: readonly number[] = []) => values.reduce((sum, value) => sum + value, 0)
    const byCode = await valuesBy('code', causeQuery(definitionOf(sli), 'acme', stepSeconds) ?? '', 0)
    const { bad } = sums(only(await counted(sli)))
    expect(sumOf(byCode.get('500')) + sumOf(byCode.get('503'))).toBe(bad)
    expect(sumOf(byCode.get('500'))).toBe(first.length)

    const events = await valuesBy('event', compileSlo(definitionOf(sli), 'acme', stepSeconds).rules[0]?.expr ?? '', 15)
    const causes = [events.get('bad:500') ?? [], events.get('bad:503') ?? []]
    expect(Math.min(...causes.flat())).toBeGreaterThan(0)
    expect(sumOf(causes.flat())).toBe(sumOf(events.get('bad')))
  })

  it('of a classic histogram are bad above the threshold', async () => {
    const run = scenario()
    const part = (name: string, le: string | null, perScrape: number): RawSeries => ({
      labels: { __name__: name, tenant: 'acme', run, ...(le === null ? {} : { le }) },
      samples: scraped(7, () => perScrape),
    })
    await writeSamples(prometheus.url, [
      part('t_seconds_bucket', '0.5', 1),
      part('t_seconds_bucket', '1.0', 3),
      part('t_seconds_bucket', '+Inf', 5),
      part('t_seconds_count', null, 5),
    ])
    const found = only(await counted({ kind: 'latency', histogram: `t_seconds{run="${run}"}`, thresholdSeconds: 1 }))
    expect(found.slice(1).every(({ bad, total }) => bad === 8 && total === 20)).toBe(true)
  })

  it('of a native histogram are bad above a bound of its buckets', async () => {
    const sli = { kind: 'latency', histogram: 'age_seconds', thresholdSeconds: 8, nativeSchema: 0 }
    const all = sums(only(await counted(sli)))
    expect(all.total).toBe(716 * 6)
    expect(all.bad).toBe(716)
  })

  it('of a native histogram are bad in an outage, in which the fraction of good events falls at each scrape', async () => {
    const sli = { kind: 'latency', histogram: 'outage_seconds', thresholdSeconds: 8, nativeSchema: 0 }
    const found = only(await counted(sli))
    expect(sums(found).bad).toBe(520)
    expect(found.filter(({ bad, total }) => bad < 0 || bad > total)).toEqual([])
  })
})

describe('the rules', () => {
  it('write the counts of the step that ended last, whenever in a minute Prometheus runs them', async () => {
    const run = scenario()
    const good = scraped(7, (scrape) => scrape % 6)
    const bad = scraped(7, (scrape) => (scrape % 9 === 0 ? 1 : 0))
    await writeSamples(prometheus.url, [series(run, '200', 'a', good), series(run, '500', 'a', bad)])
    const definition = definitionOf(badOf(run))
    const byEnd = new Map(only(await counted(badOf(run))).map((step) => [step.endSeconds, step]))
    const [rule] = compileSlo(definition, 'acme', stepSeconds).rules
    for (const phase of [0, 0.5, 17, 29.9, 30, 59.9]) {
      const answer = await rangeQuery(
        prometheus.url,
        rule?.expr ?? '',
        startSeconds + 600 + phase,
        nowSeconds,
        stepSeconds,
      )
      const written = only(readSteps(answer))
      expect(written.length).toBeGreaterThan(160)
      for (const { endSeconds: writtenAt, ...counts } of written) {
        expect(byEnd.get(stepEndOf(writtenAt, stepSeconds))).toMatchObject(counts)
      }
    }
  })
})

describe('a budget', () => {
  const settledUntilSeconds = settledUntil(nowSeconds, stepSeconds)
  const fixed = { objective: 0.99, window: { days: 1 }, nowSeconds, stepSeconds, settledUntilSeconds, excluded: [] }
  const budget = (steps: readonly Step[]) => budgetOf({ steps, ...fixed })

  it('equals brute force over the raw samples once an agent that was offline for 10 min has sent them', async () => {
    const run = scenario()
    const good = scraped(7, (scrape) => scrape % 7)
    const bad = scraped(7, (scrape) => (scrape % 11 === 0 ? 2 : 0))
    const isLate = ([at]: readonly [number, number]) => at > startSeconds + 3_600 && at <= startSeconds + 4_200
    const write = (part: (counter: Counter) => Counter) =>
      writeSamples(prometheus.url, [series(run, '200', 'a', part(good)), series(run, '500', 'a', part(bad))])
    await write((counter) => counter.filter((sample) => !isLate(sample)))
    const before = budget(only(await counted(badOf(run))))
    expect(before.seconds.withoutData).toBe(86_400 - 180 * 60 + 60 + 600)
    await write((counter) => counter.filter(isLate))
    const after = budget(only(await counted(badOf(run))))
    const brute = sums(bruteSteps({ bad: [bad], total: [good, bad] }, ends, stepSeconds))
    expect(after).toMatchObject({ ...brute, leftRatio: 1 - brute.bad / brute.total / 0.01 })
    expect(after.seconds.withoutData).toBe(86_400 - 180 * 60 + 60)
  })

  it('equals brute force whatever gaps, resets, births and late samples its counters have', async () => {
    let inexact = 0
    await fc.assert(
      fc.asyncProperty(samples, samples, samples, async (ok, failed, other) => {
        const run = scenario()
        const all = [
          series(run, '200', 'a', ok.all),
          series(run, '500', 'a', failed.all),
          series(run, '200', 'b', other.all),
        ]
        const part = (which: 'inTime' | 'late') =>
          all.map((each, i) => ({ ...each, samples: [ok, failed, other][i]?.[which] ?? [] }))
        await writeSamples(prometheus.url, part('inTime'))
        await writeSamples(prometheus.url, part('late'))
        const brute = bruteSteps({ bad: [failed.all], total: [ok.all, failed.all, other.all] }, ends, stepSeconds)
        const found = new Map(only(await counted(badOf(run))).map((step) => [step.endSeconds, step]))
        // Prometheus 2 also finds a sample at the begin of a step, so the step after the last sample may be one of 0 events.
        const isBrute = new Set(brute.map(({ endSeconds }) => endSeconds))
        const others = [...found.values()].filter(({ endSeconds }) => !isBrute.has(endSeconds))
        expect(sums(others)).toEqual({ bad: 0, total: 0 })
        for (const { exact, ...step } of brute) {
          const ours = found.get(step.endSeconds)
          if (exact) expect(ours).toEqual(step)
          // It never counts an event that did not happen.
          else expect(ours?.total).toBeLessThanOrEqual(step.total)
          if (!exact) inexact += 1
        }
        if (brute.every(({ exact }) => exact)) expect(budget([...found.values()])).toMatchObject(sums(brute))
      }),
      { numRuns: runs },
    )
    expect(inexact).toBeLessThan(runs * 2)
  })
})
