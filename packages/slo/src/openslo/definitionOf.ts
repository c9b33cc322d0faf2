import { burnDays, scaledSteps, workbookBurns } from '../burn.ts'
import { type Window, windowDays } from '../calendar.ts'
import { defaultAlerting, type Fault, type Sli } from '../definition.ts'
import { annotations, calendars, type OpenSlo, type OpenSloMetric, periodStart } from './shape.ts'

export type Path = Fault['path']
/** Where each part of a definition is in the file. */
export type Places = readonly (readonly [part: string, path: Path])[]

const specPath = ['spec', 'indicator', 'spec'] as const
const objectivePath = ['spec', 'objectives', 0] as const
const windowPath = ['spec', 'timeWindow', 0] as const

/** The definition that a file means, not yet judged. @throws nothing: what it can't translate is in `faults`. */
export function definitionOf({ metadata, spec }: OpenSlo): { value: unknown; places: Places; faults: Fault[] } {
  const places: [string, Path][] = [
    ['id', ['metadata', 'name']],
    ['title', ['metadata', 'displayName']],
    ['owner', ['spec', 'service']],
    ['runbookUrl', ['metadata', 'annotations', annotations.runbookUrl]],
    ['groupBy', ['metadata', 'annotations', annotations.groupBy]],
    ['alerting.badEventsMin', ['metadata', 'annotations', annotations.badEventsMin]],
    ['sli.causeLabel', ['metadata', 'annotations', annotations.causeLabel]],
    ['objective', [...objectivePath, 'target']],
    ['window.timeZone', [...windowPath, 'calendar', 'timeZone']],
    ['window', [...windowPath, 'duration']],
  ]
  const faults: Fault[] = []
  const note = metadata.annotations
  const causeLabel = note[annotations.causeLabel]
  const sli = sliOf(spec, places, faults)
  const window = windowOf(spec.timeWindow[0], faults)
  const burns =
    window && spec.alertPolicies ? burnsOf(spec.alertPolicies, windowDays(window), places, faults) : undefined
  const badEventsMin = note[annotations.badEventsMin]
  const byKind = defaultAlerting(sli?.kind ?? 'ratio')
  const value = {
    id: metadata.name,
    title: metadata.displayName ?? metadata.name,
    owner: spec.service,
    runbookUrl: note[annotations.runbookUrl] ?? '',
    sli: causeLabel === undefined ? sli : { ...sli, causeLabel },
    objective: spec.objectives[0]?.target,
    window,
    groupBy: (note[annotations.groupBy] ?? '')
      .split(',')
      .map((label) => label.trim())
      .filter((label) => label !== ''),
    alerting: {
      burns: burns ?? byKind.burns,
      badEventsMin: badEventsMin === undefined ? byKind.badEventsMin : Number(badEventsMin),
    },
  }
  return { value, places, faults }
}

function sliOf(
  { indicator, budgetingMethod, objectives }: OpenSlo['spec'],
  places: [string, Path][],
  faults: Fault[],
): Sli | undefined {
  const { ratioMetric, thresholdMetric } = indicator.spec
  const { op, value } = objectives[0] ?? {}
  const place = (part: string, ...path: string[]) =>
    places.push([part, [...specPath, ...path, 'metricSource', 'spec', 'query']])
  if ((ratioMetric === undefined) === (thresholdMetric === undefined)) {
    faults.push({ path: specPath, message: 'Use ratioMetric or thresholdMetric, and not both.' })
    return undefined
  }
  const wants = (ok: boolean, path: Path, message: string) => ok || faults.push({ path, message })
  if (ratioMetric) {
    wants(budgetingMethod === 'Occurrences', ['spec', 'budgetingMethod'], 'A ratioMetric is counted by Occurrences.')
    for (const name of ['good', 'bad', 'total'] as const) place(`sli.${name}`, 'ratioMetric', name)
    places.push(['sli', [...specPath, 'ratioMetric']])
    const query = (each: OpenSloMetric | undefined) => each?.metricSource.spec.query
    return {
      kind: 'ratio',
      good: query(ratioMetric.good),
      bad: query(ratioMetric.bad),
      total: query(ratioMetric.total) ?? '',
    }
  }
  const source = thresholdMetric?.metricSource.spec ?? { query: '' }
  if (budgetingMethod === 'Timeslices') {
    wants(
      op === 'gt' && value === 0,
      [...objectivePath, 'op'],
      'Use op: gt and value: 0. Write the limit into the query, such as queue_length < bool 100.',
    )
    place('sli.promql', 'thresholdMetric')
    places.push(['sli', [...specPath, 'thresholdMetric']])
    return { kind: 'condition', promql: source.query }
  }
  wants(op === 'lte', [...objectivePath, 'op'], 'Use op: lte, and the highest good latency in seconds as value.')
  place('sli.histogram', 'thresholdMetric')
  places.push(['sli.thresholdSeconds', [...objectivePath, 'value']])
  places.push(['sli.nativeSchema', [...specPath, 'thresholdMetric', 'metricSource', 'spec', 'nativeSchema']])
  places.push(['sli', [...specPath, 'thresholdMetric']])
  return {
    kind: 'latency',
    histogram: source.query,
    thresholdSeconds: value ?? Number.NaN,
    nativeSchema: source.nativeSchema ?? null,
  }
}

function windowOf(timeWindow: OpenSlo['spec']['timeWindow'][number] | undefined, faults: Fault[]): Window | undefined {
  const { duration = '', isRolling, calendar } = timeWindow ?? {}
  if (isRolling) {
    const days = /^(\d+)([dw])$/.exec(duration)
    if (days) return { days: Number(days[1]) * (days[2] === 'w' ? 7 : 1) }
    faults.push({ path: [...windowPath, 'duration'], message: 'Write a rolling window in days or weeks, such as 30d.' })
    return undefined
  }
  const unit = calendars[duration as keyof typeof calendars]
  if (!unit || !calendar) {
    faults.push({
      path: [...windowPath, 'duration'],
      message: 'A calendar window is 1w, 1M or 1Q, and has a calendar with startTime and timeZone.',
    })
    return undefined
  }
  if (!startsPeriod(unit, calendar.startTime)) {
    faults.push({
      path: [...windowPath, 'calendar', 'startTime'],
      message: `Use a time at which a ${unit} begins, such as ${periodStart}.`,
    })
  }
  return { calendar: unit, timeZone: calendar.timeZone }
}

function startsPeriod(unit: 'week' | 'month' | 'quarter', startTime: string): boolean {
  const [, date = ''] = /^(\d{4}-\d\d-\d\d)[ T]00:00:00Z?$/.exec(startTime) ?? []
  const day = new Date(`${date}T00:00:00Z`)
  if (Number.isNaN(day.getTime())) return false
  if (unit === 'week') return day.getUTCDay() === 1
  return day.getUTCDate() === 1 && (unit === 'month' || day.getUTCMonth() % 3 === 0)
}

const minuteUnits = { m: 1, h: 60, d: 1_440, w: 10_080 } as const
const minutesOf = (text: string) => Number(text.slice(0, -1)) * minuteUnits[text.slice(-1) as keyof typeof minuteUnits]

function burnsOf(
  policies: NonNullable<OpenSlo['spec']['alertPolicies']>,
  days: number,
  places: [string, Path][],
  faults: Fault[],
): unknown[] {
  return policies.map(({ spec }, i) => {
    const { severity, condition } = spec.conditions[0]?.spec ?? {}
    const base: Path = ['spec', 'alertPolicies', i, 'spec', 'conditions', 0, 'spec']
    const window = (name: 'lookbackWindow' | 'alertAfter') => {
      const minutes = minutesOf(condition?.[name] ?? '')
      const unscaled = unscaledMinutes(minutes, days)
      if (unscaled === null) {
        faults.push({
          path: [...base, 'condition', name],
          message: `Alert windows scale with the window of ${days} d, and none becomes ${minutes} min. Use a minute more or less.`,
        })
      }
      return unscaled ?? 1
    }
    places.push([`alerting.burns.${i}.severity`, [...base, 'severity']])
    places.push([`alerting.burns.${i}.factor`, [...base, 'condition', 'threshold']])
    places.push([`alerting.burns.${i}.longMinutes`, [...base, 'condition', 'lookbackWindow']])
    places.push([`alerting.burns.${i}.shortMinutes`, [...base, 'condition', 'alertAfter']])
    return {
      severity,
      factor: condition?.threshold,
      longMinutes: window('lookbackWindow'),
      shortMinutes: window('alertAfter'),
    }
  })
}

/** The minutes of an alert window for 30 days that are these minutes for an SLO of `days`; preferably the usual ones. */
function unscaledMinutes(minutes: number, days: number): number | null {
  const usual = workbookBurns.flatMap(({ longMinutes, shortMinutes }) => [longMinutes, shortMinutes])
  return (
    [...usual, Math.floor((minutes * burnDays) / days)].find(
      (candidate) => candidate > 0 && scaledSteps(candidate, days) === minutes,
    ) ?? null
  )
}
