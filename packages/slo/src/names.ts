/**
 * The series that the rules of all SLOs write. Each sample is the number of events in one step; the label `event` says
 * which: `bad`, or `total`, which includes the bad ones. If the metric of an SLO says why events were bad, `bad:<why>` are
 * those of the bad ones; a step without any has no such sample. Rules, queries and pages use these names and no others.
 */
export const eventsMetric = 'slo:events:step'

const causePrefix = 'bad:'
/** The value of the label `event` for bad events with this value of the SLI's `causeLabel`, in which `$1` may stand for it. */
export const causeEvent = (value: string): string => `${causePrefix}${value}`
/** The value of the `causeLabel` of bad events; null for another event. */
export const causeValueOf = (event: string): string | null =>
  event.startsWith(causePrefix) ? event.slice(causePrefix.length) : null

export const sloLabels = {
  /** The tenant that the SLO belongs to; `tickwatch` for those of the platform. */
  tenant: 'tenant',
  /** The SLO's id. */
  slo: 'slo',
  event: 'event',
  /** On alerts. */
  severity: 'severity',
} as const

/** Labels that a definition can't group by, because rules, Prometheus or Alertmanager give them a meaning. */
export const reservedLabels: readonly string[] = [
  ...Object.values(sloLabels),
  '__name__',
  'alertname',
  'alertstate',
  'le',
]

export const severities = ['page', 'ticket'] as const
export type Severity = (typeof severities)[number]

/** Alerts of one SLO and severity have one name, so that a change from a fast to a slow burn is still the same alert. */
export const alertNames = { page: 'SloBurnPage', ticket: 'SloBurnTicket', blind: 'SloBlind' } as const

/** How often the rules run, and the time whose events one sample counts. A local platform may use a shorter step. */
export const stepSecondsDefault = 60
/** The least that the ranges in the rules allow: they are a second shorter than their steps. */
export const stepSecondsMin = 2

/**
 * A counter that was not seen for this long is a new one. At the default step that is 1 h, which is also the age at which
 * AMP refuses samples, so a counter whose agent was away for longer can't be filled in any more.
 */
export const knownSteps = 60

/** A counter is new, and not only back, if others of its group were seen in this time. */
export const recentSteps = 5

/** The least time without data before an SLO is blind: one scrape that comes late is not the end of the data. */
export const blindStepsMin = 5

/**
 * How long a step waits for late samples before the rules count it: half of a step. A sample that comes later is missing
 * in its step and in the next one too, until the step is counted again.
 */
export const delaySeconds = (stepSeconds: number): number => stepSeconds / 2

/** A PromQL duration, in the largest unit that fits. */
export function duration(seconds: number): string {
  const milliseconds = Math.round(seconds * 1_000)
  const unit = units.find(([, size]) => milliseconds % size === 0) ?? (['ms', 1] as const)
  return `${milliseconds / unit[1]}${unit[0]}`
}
const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/**
 * A range that holds exactly the last `count` samples of a rule that runs every `stepSeconds`. It is a second shorter,
 * because Prometheus 2 includes both ends of a range and Prometheus 3 only the later one.
 */
export const rangeOfSteps = (count: number, stepSeconds: number): string => `[${duration(count * stepSeconds - 1)}]`
