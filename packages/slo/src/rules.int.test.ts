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
 * The values of a counter every 30 s, which it has only in the middle of each minute, so that none is at the begin of a step.
 * After its first minute it counts `events[i]` in each. Null is a minute without a sample.
 */
function counter(series: string, events: readonly (number | null)[]): InputSeries {
  let value = 0
  const values = ['_ 0']
  for (const count of events) {
    value += count ?? 0
    values.push(count === null ? '_ _' : `_ ${value}`)
  }
  return { series, values: values.join(' ') }
}
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

/** Event i is counted in the step that ends at minute i + 2, and the rules of minute i + 3 are the first that know it. */
const requests = (events: readonly (readonly [bad: number, total: number] | null)[], more = '') => [
  counter(
    `requests_total{tenant="acme",code="500"${more}}`,
    events.map((each) => (each ? each[0] : null)),
  ),
  counter(
    `requests_total{tenant="acme",code="200"${more}}`,
    events.map((each) => (each ? each[1] - each[0] : null)),
  ),
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

  it("returns the episodes that Prometheus' own rules fire, minute by minute", async () => {
    const event = fc.oneof(
      { weight: 1, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constant([0, 0] as const) },
      { weight: 3, arbitrary: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 4, max: 30 })) },
    )
    let episodesSeen = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(event, fc.integer({ min: 1, max: 30 })), { minLength: 5, maxLength: 9 }),
        fc.constantFrom(0.9, 0.95),
        fc.integer({ min: 1, max: 20 }),
        async (runs, objective, badEventsMin) => {
          const definition = short(objective, badEventsMin)
          const events = [...times(3, [0, 1] as const), ...runs.flatMap(([each, count]) => times(count, each))]
          const steps: Step[] = events.flatMap((each, i) =>
            each ? [{ endSeconds: (i + 2) * minute, bad: each[0], total: each[1] }] : [],
          )
          const span = { startSeconds: 0, endSeconds: (events.length + 1) * minute }
          const episodes = replay(definition, new Map([['', steps]]), span, minute)
          episodesSeen += episodes.length
          const firing = episodes.map(({ alert, fromSeconds, toSeconds }) => ({
            alert: { page: 'SloBurnPage', ticket: 'SloBurnTicket', blind: 'SloBlind' }[alert],
            // The rules of a minute count the minute before.
            from: fromSeconds / minute + 1,
            to: toSeconds === null ? Infinity : toSeconds / minute + 1,
          }))
          expect(await evaluated(definition, requests(events), events.length + 2, firing)).toBeNull()
        },
      ),
      { numRuns: Number(process.env.SLO_RUNS ?? 2) },
    )
    expect(episodesSeen).toBeGreaterThan(0)
  })
})
