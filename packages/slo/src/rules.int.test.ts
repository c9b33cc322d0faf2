import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tools } from '../../../local/src/process/tools.ts'
import {
  builtInDefinitions,
  compileSlo,
  type Definition,
  readDefinition,
  replay,
  ruleFile,
  type Step,
} from './index.ts'
import { bruteSteps, type Counter } from './testing/bruteForce.ts'
import { kinds } from './testing/kinds.ts'

const minute = 60
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-rules-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** @returns promtool's complaint, or null */
async function promtool(...args: string[]): Promise<string | null> {
  const ended = await promisify(execFile)(tools().promtool, args, { cwd: dir }).then(
    () => null,
    (failed: { stdout: string; stderr: string }) => failed.stdout + failed.stderr,
  )
  return ended
}

type InputSeries = { series: string; values: string }
/** What must fire, in whole minutes since the start; all other alerts must not. */
type Firing = { alert: string; labels?: Record<string, string>; from: number; to: number }

/** Lets promtool evaluate the rules every minute, and compares the alerts that fire at each with those expected. */
async function evaluated(
  definition: Definition,
  input: InputSeries[],
  minutes: number,
  firing: Firing[],
): Promise<string | null> {
  await writeFile(join(dir, 'slo.rules.yaml'), ruleFile([compileSlo(definition, 'acme', minute)]))
  const labelsOf = (labels: Record<string, string>) =>
    Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`)
      .join(',')
  const at = (time: number) => ({
    expr: `count by (alertname, tenant_id) (ALERTS{alertstate="firing",slo="${definition.id}",tenant="acme"})`,
    eval_time: `${time}m`,
    exp_samples: firing
      .filter(({ from, to }) => time >= from && time < to)
      .map(({ alert, labels = {} }) => ({ labels: `{${labelsOf({ alertname: alert, ...labels })}}`, value: 1 })),
  })
  const test = {
    rule_files: ['slo.rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '30s',
        input_series: input,
        promql_expr_test: Array.from({ length: minutes }, (_, time) => at(time)),
      },
    ],
  }
  await writeFile(join(dir, 'slo.test.yaml'), JSON.stringify(test))
  return promtool('test', 'rules', 'slo.test.yaml')
}

/**
 * A counter that has a sample only in the middle of each minute, so that none is at the begin of a step. After its first minute
 * it counts `events[i]` in each. Null is a minute without a sample.
 */
function samplesOf(events: readonly (number | null)[]): Counter {
  let value = 0
  const samples: [number, number][] = [[minute / 2, 0]]
  for (const [i, count] of events.entries()) {
    value += count ?? 0
    if (count !== null) samples.push([(i + 1.5) * minute, value])
  }
  return samples
}
/** Its values every 30 s. */
function counter(series: string, events: readonly (number | null)[]): InputSeries {
  const byTime = new Map(samplesOf(events))
  const values = Array.from({ length: 2 * events.length + 2 }, (_, i) => byTime.get((i * minute) / 2) ?? '_')
  return { series, values: values.join(' ') }
}
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

/** In each minute the events; null if there is no sample. */
type Events = readonly (readonly [bad: number, total: number] | null)[]
const badOf = (events: Events) => events.map((each) => (each ? each[0] : null))
const goodOf = (events: Events) => events.map((each) => (each ? each[1] - each[0] : null))

/** Event i is counted in the step that ends at minute i + 2, and the rules of minute i + 3 are the first that know it. */
const requests = (events: Events, more = '') => [
  counter(`requests_total{tenant="acme",code="500"${more}}`, badOf(events)),
  counter(`requests_total{tenant="acme",code="200"${more}}`, goodOf(events)),
]

const ratio = kinds.ratio as Definition

describe('promtool', () => {
  it('accepts the rules of each kind, and of the built-in SLOs', async () => {
    const all = [
      ...Object.values(kinds).map((definition, i) => ({ ...definition, id: `kind-${i}` })),
      ...builtInDefinitions,
    ]
    await writeFile(
      join(dir, 'all.rules.yaml'),
      ruleFile(all.map((definition) => compileSlo(definition, 'acme', minute))),
    )
    expect(await promtool('check', 'rules', 'all.rules.yaml')).toBeNull()
  })

  it('fires nothing if 1 of 3 requests in an hour fails', async () => {
    const hour = times<readonly [number, number]>(60, [0, 0])
    hour[9] = [0, 1]
    hour[29] = [1, 1]
    hour[49] = [0, 1]
    expect(await evaluated(ratio, requests([...hour, ...times(20, [0, 0] as const)]), 80, [])).toBeNull()
  })

  it('pages within 12 min if the only request of each minute fails for 30 min', async () => {
    const events = [...times(20, [0, 1] as const), ...times(30, [1, 1] as const), ...times(40, [0, 1] as const)]
    const firing = [
      { alert: 'SloBurnPage', from: 32, to: 82 },
      { alert: 'SloBurnTicket', from: 32, to: 90 },
    ]
    expect(await evaluated(ratio, requests(events), 90, firing)).toBeNull()
  })

  it('fires for the group that burns and for no other', async () => {
    const definition = kinds['ratio-of-good'] as Definition
    const of = (id: string, bad: number) => requests(times(60, [bad, 10] as const), `,tenant_id="${id}",az="a"`)
    const firing = [
      { alert: 'SloBurnPage', labels: { tenant_id: 'globex' }, from: 4, to: 60 },
      { alert: 'SloBurnTicket', labels: { tenant_id: 'globex' }, from: 4, to: 60 },
    ]
    expect(await evaluated(definition, [...of('initech', 0), ...of('globex', 5)], 60, firing)).toBeNull()
  })

  it('fires for a latency and a condition', async () => {
    const slow = [
      counter('request_seconds_count{tenant="acme",job="shop"}', times(40, 10)),
      counter('request_seconds_bucket{tenant="acme",job="shop",le="0.25"}', times(40, 8)),
    ]
    const latency = ['SloBurnPage', 'SloBurnTicket'].map((alert) => ({ alert, from: 7, to: 40 }))
    expect(await evaluated(kinds['latency-classic'] as Definition, slow, 40, latency)).toBeNull()
    const late = [
      { series: 'lag_seconds{tenant="acme",gateway="a"}', values: [...times(40, 0), ...times(40, 61)].join(' ') },
    ]
    const lagging = ['SloBurnPage', 'SloBurnTicket'].map((alert) => ({ alert, from: 22, to: 40 }))
    expect(await evaluated(kinds.condition as Definition, late, 40, lagging)).toBeNull()
  })

  it('says that an SLO has no data when its series vanish, and not that all is well', async () => {
    const events = [...times(30, [0, 9] as const), ...times(30, null), ...times(10, [0, 9] as const)]
    expect(await evaluated(ratio, requests(events), 70, [{ alert: 'SloBlind', from: 39, to: 63 }])).toBeNull()
  })
})

describe('a replay', () => {
  const base = { id: 'checkout', title: 'Checkout', owner: 'shop', sli: ratio.sli }
  const short = (objective: number, badEventsMin: number) => {
    const burns = [
      { severity: 'page', factor: 5, longMinutes: 600, shortMinutes: 90 },
      { severity: 'page', factor: 2, longMinutes: 2_400, shortMinutes: 300 },
      { severity: 'ticket', factor: 1, longMinutes: 3_600, shortMinutes: 600 },
    ]
    const { definition } = readDefinition({
      ...base,
      objective,
      window: { days: 1 },
      alerting: { burns, badEventsMin },
    })
    if (!definition) throw new Error('the definition has faults')
    return definition
  }

  type Run = readonly [Events[number], minutes: number]
  type Case = { runs: readonly Run[]; objective: number; badEventsMin: number }

  /** Replays a history, and compares it with what the rules fire. The steps are counted without them. */
  async function replayed({ runs, objective, badEventsMin }: Case) {
    const definition = short(objective, badEventsMin)
    const events: Events = [...times(3, [0, 1] as const), ...runs.flatMap(([each, count]) => times(count, each))]
    const [bad, good] = [samplesOf(badOf(events)), samplesOf(goodOf(events))]
    const ends = Array.from({ length: events.length + 1 }, (_, i) => (i + 1) * minute)
    const steps: Step[] = bruteSteps({ bad: [bad], total: [bad, good] }, ends, minute)
    const span = { startSeconds: 0, endSeconds: (events.length + 1) * minute }
    const episodes = replay(definition, new Map([['', steps]]), span, minute)
    const firing = episodes.map(({ alert, fromSeconds, toSeconds }) => ({
      alert: { page: 'SloBurnPage', ticket: 'SloBurnTicket', blind: 'SloBlind' }[alert],
      // The rules of a minute count the minute before.
      from: fromSeconds / minute + 1,
      to: toSeconds === null ? Infinity : toSeconds / minute + 1,
    }))
    return { complaint: await evaluated(definition, requests(events), events.length + 2, firing), episodes }
  }

  // Nobody knows when the events happened that a counter has when it comes back after an hour.
  it.each<[gap: number, string, lostSteps: number, before: Run, after: Run]>([
    [59, 'the first events count', 0, [[1, 9], 9], [[4, 9], 20]],
    [60, 'those of the first minute do not count', 1, [[1, 9], 9], [[4, 9], 20]],
    [66, 'the first minute is blind too', 1, [[2, 14], 30], [[0, 0], 8]],
  ])('returns what the rules fire after %i min without data: %s', async (gap, _, lostSteps, before, after) => {
    const { complaint, episodes } = await replayed({
      runs: [before, [null, gap], after],
      objective: 0.95,
      badEventsMin: 5,
    })
    expect(complaint).toBeNull()
    const firstEvent = 3 + before[1] + gap
    expect(episodes.find(({ alert }) => alert === 'blind')?.toSeconds).toBe((firstEvent + 2 + lostSteps) * minute)
  })

  it("returns the episodes that Prometheus' own rules fire, minute by minute", async () => {
    const counts = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 4, max: 30 }))
    const minutes = fc.integer({ min: 1, max: 30 })
    const run = fc.oneof(
      // A counter that was not seen for an hour is a new one.
      { weight: 1, arbitrary: fc.tuple(fc.constant(null), fc.oneof(minutes, fc.integer({ min: 55, max: 65 }))) },
      { weight: 1, arbitrary: fc.tuple(fc.constant([0, 0] as const), minutes) },
      { weight: 3, arbitrary: fc.tuple(counts, minutes) },
    )
    let episodesSeen = 0
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          runs: fc.array(run, { minLength: 5, maxLength: 9 }),
          objective: fc.constantFrom(0.9, 0.95),
          badEventsMin: fc.integer({ min: 1, max: 20 }),
        }),
        async (generated) => {
          const { complaint, episodes } = await replayed(generated)
          episodesSeen += episodes.length
          expect(complaint).toBeNull()
        },
      ),
      { numRuns: Number(process.env.SLO_RUNS ?? 2) },
    )
    expect(episodesSeen).toBeGreaterThan(0)
  })
})
