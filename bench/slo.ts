// SLO pages: the API's list of 500 SLOs, the page of one over 30 days, when the portal has painted them, the time to compile the
// rules of all, and how soon an alert is an incident on an open page, in PagerDuty and in Slack.
import { rmSync } from 'node:fs'
import { compileSlo, countRules, platformTenant, ruleFile, stepSecondsDefault } from '@tickwatch/slo'
import { machine, quantile, rounded } from './lib/platform.ts'
import { temporaryFolder } from './reads/parts.ts'
import { definitions, sloCount } from './slo/data.ts'
import { timePlatform } from './slo/platform.ts'
import { timeReads } from './slo/reads.ts'

const held = {
  ...{ listP99Ms: 200, detailP99Ms: 200, lcpMs: 1_500, compileMs: 500 },
  ...{ alertToIncidentMs: 2_000, alertToPagerDutyMs: 5_000, alertToSlackMs: 5_000 },
}

const startedAt = performance.now()
const step = (what: string) =>
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${what}`)

/** From definitions to the bytes of the rule file; the first time, as a process that has just started does it. */
function timeCompile() {
  const began = performance.now()
  const groups = definitions.map((definition) => compileSlo(definition, platformTenant, stepSecondsDefault))
  const bytes = ruleFile(groups).length
  return { compileMs: performance.now() - began, rules: countRules(groups), ruleBytes: bytes }
}

const { compileMs, rules, ruleBytes } = timeCompile()
step(`${rules} rules of ${sloCount} SLOs compiled in ${Math.round(compileMs)} ms`)

const stack = new AsyncDisposableStack()
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())
const dir = temporaryFolder()
try {
  const times = await timeReads(stack, dir, stopping.signal, step)
  await stack.disposeAsync()
  stopping.signal.throwIfAborted()
  const { paints, alerts } = await timePlatform(times.dataDir, step)
  const p = (values: readonly number[], q: number) => rounded(quantile(values, q), 1)
  const figures = {
    listP99Ms: p(times.list, 0.99),
    listP50Ms: p(times.list, 0.5),
    firstFiguresMs: rounded(times.firstFiguresMs),
    detailP99Ms: p(times.opened, 0.99),
    detailP50Ms: p(times.opened, 0.5),
    detailAgainP99Ms: p(times.again, 0.99),
    lcpMs: rounded(Math.max(...Object.values(paints).map((paintMs) => paintMs ?? Number.POSITIVE_INFINITY))),
    compileMs: rounded(compileMs),
    // The 95th percentiles. An alert fires when Prometheus has evaluated its rule.
    alertToIncidentMs: p(alerts.shown, 0.95),
    alertToIncidentP50Ms: p(alerts.shown, 0.5),
    alertStoredMs: p(alerts.stored, 0.95),
    alertToPagerDutyMs: p(alerts.pagerDuty, 0.95),
    alertToPagerDutyP50Ms: p(alerts.pagerDuty, 0.5),
    alertToSlackMs: p(alerts.slack, 0.95),
    alertToSlackP50Ms: p(alerts.slack, 0.5),
  }
  const pass = (Object.keys(held) as (keyof typeof held)[]).every((name) => (figures[name] ?? Number.NaN) <= held[name])
  const size = { slos: sloCount, rules, ruleBytes, samples: times.samples }
  console.log(JSON.stringify({ bench: 'slo', ...size, ...figures, held, pass, machine }))
  if (!pass) process.exitCode = 1
} catch (error) {
  if (!stopping.signal.aborted) throw error
  process.exitCode = 130
} finally {
  await stack.disposeAsync()
  rmSync(dir, { recursive: true, force: true })
}
