import type { MetricsQuery } from '@tickwatch/aws'
import type { Incident } from '@tickwatch/db'
import { blindStepsMin, duration, eventsMetric, rangeOfSteps, sloLabels } from '@tickwatch/slo'
import { whyMissing } from '../../shared/storageAnswers.ts'
import type { Seen } from './incident.rules.ts'
import type { SliChart } from './incident.types.ts'

type About = Pick<Incident, 'slo' | 'owner' | 'labels'>

/** The series that the rules of an incident's SLO write for its group; of the whole SLO, for all groups. */
function selector({ slo, owner, labels }: About, event: 'bad' | 'total'): string {
  const all = { ...labels, [sloLabels.slo]: slo ?? '', [sloLabels.tenant]: owner, [sloLabels.event]: event }
  const matchers = Object.entries(all).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `${eventsMetric}{${matchers.join(',')}}`
}

/** How many steps say whether data are back for good. */
const sureSteps = 3

/** Asks the metrics store which steps of an incident's SLO and group were recorded last. @throws AwsRefused, AwsUnavailable */
export async function readSeen(
  metrics: Pick<MetricsQuery, 'instant'>,
  about: About,
  stepSeconds: number,
): Promise<Seen> {
  const total = selector(about, 'total')
  // An instant selector looks back for 5 min only, and the points of a subquery may miss the newest sample.
  const range = `[${duration((blindStepsMin + 1) * stepSeconds)}:${duration(stepSeconds)}]`
  const [last, recent] = await Promise.all([
    metrics.instant(`max(timestamp(${total}) or max_over_time(timestamp(${total})${range}))`),
    metrics.instant(`max(count_over_time(${total}${rangeOfSteps(sureSteps, stepSeconds)}))`),
  ])
  const lastSeconds = last[0]?.points[0]?.[1] ?? null
  return {
    lastMs: lastSeconds === null ? null : lastSeconds * 1_000,
    recentSteps: recent[0]?.points[0]?.[1] ?? 0,
  }
}

const beforeMs = 3_600_000
const afterMs = 1_800_000
/** A chart has at most so many points. */
const pointsMax = 360

/** The SLI around an incident, a point for each minute, or for more if it lasts long. */
export async function sliChart(
  metrics: Pick<MetricsQuery, 'range'>,
  incident: About & Pick<Incident, 'beganAt' | 'resolvedAt'>,
  now: Date,
): Promise<SliChart> {
  if (incident.slo === null) return { points: null, missing: 'This alert is of no SLO, so there is no SLI to show.' }
  const end = Math.min(now.getTime(), (incident.resolvedAt ?? now).getTime() + afterMs)
  const start = incident.beganAt.getTime() - beforeMs
  const step = Math.max(1, Math.ceil((end - start) / 60_000 / pointsMax)) * 60
  const from = Math.floor(start / 1_000 / step) * step
  const to = Math.floor(end / 1_000 / step) * step
  const sum = (event: 'bad' | 'total') => `sum(sum_over_time(${selector(incident, event)}${rangeOfSteps(1, step)}))`
  try {
    const series = await metrics.range(`${sum('bad')} / ${sum('total')}`, from, to, step)
    const badAt = new Map(series[0]?.points ?? [])
    const times = Array.from({ length: (to - from) / step + 1 }, (_, i) => from + i * step)
    return { points: times.map((t) => ({ t, badRatio: badAt.get(t) ?? null })), stepSeconds: step, missing: null }
  } catch (err) {
    const missing = whyMissing('The chart is missing', err)
    if (missing === null) throw err
    return { points: null, missing }
  }
}
