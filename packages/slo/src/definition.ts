import { z } from 'zod'
import { type Alerting, allowedRatio, scaledSteps, workbookBurns } from './burn.ts'
import { timeZoneFault, type Window, windowDays } from './calendar.ts'
import { reservedLabels, severities } from './names.ts'
import { checkCondition, PromqlFault, readSelector } from './selectors.ts'

export const idPattern = /^[a-z][a-z0-9-]{0,61}[a-z0-9]$/
const labelPattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const labelRule = 'Use a label name: letters, digits and _.'

/** Postgres can't store NUL or half of a surrogate pair. */
const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0')
const text = (max: number) =>
  z
    .string('Enter a text.')
    .trim()
    .min(1, 'Enter a text.')
    .max(max, `Enter at most ${max} characters.`)
    .refine(isStorable, 'Remove the characters that can’t be stored: NUL, or half of a surrogate pair.')
const wholeNumber = (min: number, max: number, unit: string) => {
  const rule = `Enter a whole number from ${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')} ${unit}.`
  return z.number(rule).int(rule).min(min, rule).max(max, rule)
}
const number = (min: number, max: number, unit: string) => {
  const rule = `Enter a number from ${min} to ${max.toLocaleString('en-US', { maximumFractionDigits: 5 })}${unit}.`
  return z.number(rule).min(min, rule).max(max, rule)
}
const selector = text(1_000)

/** Bad events and all events: selectors of counters, of which one names all events and the other the bad or the good ones. */
const ratio = z.object({
  kind: z.literal('ratio'),
  bad: selector.optional(),
  good: selector.optional(),
  total: selector,
  /** The label whose value says why an event was bad, if the counters have one. */
  causeLabel: z.string().max(64, 'Enter at most 64 characters.').regex(labelPattern, labelRule).optional(),
})

/** An event is good if the histogram counts it at or below the threshold. */
const latency = z.object({
  kind: z.literal('latency'),
  /** The selector of the histogram, without the suffixes `_bucket` and `_count` of a classic one. */
  histogram: selector,
  thresholdSeconds: number(0.001, 3_600, ' s'),
  /** The schema of a native histogram, or null for a classic one. If senders use several, the smallest. */
  nativeSchema: wholeNumber(-4, 8, '').nullable().default(null),
})

/** The share of steps in which an expression is not 0. Without a series, a step is without data. */
const condition = z.object({ kind: z.literal('condition'), promql: text(4_000) })

const sli = z.discriminatedUnion('kind', [ratio, latency, condition], 'Choose ratio, latency or condition.')

const window = z.union(
  [
    z.object({ days: wholeNumber(1, 90, 'days') }),
    z.object({ calendar: z.enum(['week', 'month', 'quarter']), timeZone: text(64) }),
  ],
  'Enter the days of a rolling window (1 to 90), or calendar (week, month or quarter) with timeZone.',
)

const burn = z.object({
  severity: z.enum(severities, 'Choose page or ticket.'),
  factor: number(0, 1_000, ''),
  longMinutes: wholeNumber(2, 20_160, 'min'),
  shortMinutes: wholeNumber(1, 20_160, 'min'),
})

const alerting = z.object({
  burns: z.array(burn).max(8, 'Use at most 8 burn alerts.').readonly(),
  /** A burn alert waits until its long window has this many bad events, because of few events a ratio says little. */
  badEventsMin: wholeNumber(1, 1_000_000, 'events'),
})

/** A definition as a release stores it. Unknown members are ignored, and missing ones get their default (ADR 9). */
export const definitionSchema = z.object({
  id: z
    .string('Enter an id.')
    .regex(
      idPattern,
      'Use 2 to 63 lower-case letters, digits and dashes. Start with a letter and do not end with a dash.',
    )
    .refine((id) => id !== 'new', 'The portal has a page of this name. Use another id.'),
  title: text(100),
  /** The team that acts on its alerts. */
  owner: text(100),
  runbookUrl: z
    .string()
    .max(500, 'Enter at most 500 characters.')
    .refine(
      (url) => url === '' || isWebAddress(url),
      'Enter an address that begins with https:// or http://, or leave it empty.',
    )
    .default(''),
  sli,
  /** The part of events that must be good. */
  objective: number(0.5, 0.99999, ''),
  window,
  /** Labels by whose values the SLO is many, each with a budget and alerts of its own. */
  groupBy: z
    .array(z.string().max(64, 'Enter at most 64 characters.').regex(labelPattern, labelRule))
    .max(4, 'Group by at most 4 labels.')
    .default([]),
  alerting: alerting.optional(),
})

type Parsed = z.output<typeof definitionSchema>
export type Sli = Parsed['sli']
export type Definition = Omit<Parsed, 'alerting'> & { alerting: Alerting }

/** What is wrong with a definition: where, and what to do. */
export type Fault = { path: readonly (string | number)[]; message: string }

/**
 * The alert policy of a definition that has none. An event of a condition is a step, so two of them are two minutes, and
 * not two requests of a few.
 */
export const defaultAlerting = (kind: Sli['kind']): Alerting => ({
  burns: workbookBurns,
  badEventsMin: kind === 'condition' ? 2 : 10,
})

/** Reads a definition and judges it. It has no faults exactly if it is not null. */
export function readDefinition(
  value: unknown,
): { definition: Definition; faults: [] } | { definition: null; faults: Fault[] } {
  const { data, error } = definitionSchema.safeParse(value)
  if (!data) {
    const faults = error.issues.map(({ path, message }) => ({
      path: path.map((key) => (typeof key === 'symbol' ? String(key) : key)),
      message,
    }))
    return { definition: null, faults }
  }
  const read = withAlerting(data)
  const faults = [...sliFaults(read.sli), ...windowFaults(read.window), ...groupFaults(read), ...causeFaults(read)]
  // The alerts depend on the window, so they are judged only with a good one.
  faults.push(...(faults.length === 0 ? alertFaults(read) : []))
  return faults.length > 0 ? { definition: null, faults } : { definition: read, faults: [] }
}

/**
 * Reads a definition that was judged when it was saved, also by another release: what is wrong by today's rules is no
 * reason to lose an SLO. Null if this release does not know its form.
 */
export function storedDefinition(value: unknown): Definition | null {
  const { data } = definitionSchema.safeParse(value)
  return data ? withAlerting(data) : null
}

const withAlerting = (data: Parsed): Definition => ({
  ...data,
  alerting: data.alerting ?? defaultAlerting(data.sli.kind),
})

function sliFaults(sli: Sli): Fault[] {
  switch (sli.kind) {
    case 'ratio': {
      const faults = (['bad', 'good', 'total'] as const).flatMap((name) =>
        promqlFaults(['sli', name], () => sli[name] !== undefined && readSelector(sli[name])),
      )
      if ((sli.bad === undefined) === (sli.good === undefined)) {
        faults.push({
          path: ['sli'],
          message: 'Enter the selector of the bad events or that of the good ones, and not both.',
        })
      }
      return faults
    }
    case 'latency': {
      const faults = promqlFaults(['sli', 'histogram'], () => readSelector(sli.histogram))
      const fault = boundFault(sli)
      return fault === null ? faults : [...faults, { path: ['sli', 'thresholdSeconds'], message: fault }]
    }
    case 'condition':
      return promqlFaults(['sli', 'promql'], () => checkCondition(sli.promql))
  }
}

function promqlFaults(path: Fault['path'], read: () => unknown): Fault[] {
  try {
    read()
    return []
  } catch (cause) {
    if (cause instanceof PromqlFault) return [{ path, message: cause.message }]
    throw cause
  }
}

/** The bound of a native histogram's buckets that is nearest to a threshold: 2^(k / 2^schema). */
export const nativeBound = (thresholdSeconds: number, schema: number): number =>
  2 ** (Math.round(Math.log2(thresholdSeconds) * 2 ** schema) / 2 ** schema)

/**
 * Inside a bucket, Prometheus can only guess how many events are below a threshold; 2.42 and 3 guess differently. A person
 * may write a bound with four digits.
 */
function boundFault({ thresholdSeconds, nativeSchema }: Sli & { kind: 'latency' }): string | null {
  if (nativeSchema === null) return null
  const bound = nativeBound(thresholdSeconds, nativeSchema)
  if (Math.abs(bound / thresholdSeconds - 1) < 5e-4) return null
  const step = 2 ** -nativeSchema
  const below = bound > thresholdSeconds ? bound / 2 ** step : bound
  const [low, high] = [below, below * 2 ** step].map((seconds) => Number(seconds.toPrecision(5)))
  return `${thresholdSeconds} s is inside a bucket of the native histogram, whose events can’t be told apart. Use a bound of its buckets: ${low} or ${high} s.`
}

function windowFaults(window: Window): Fault[] {
  const fault = 'calendar' in window ? timeZoneFault(window.timeZone) : null
  return fault === null ? [] : [{ path: ['window', 'timeZone'], message: fault }]
}

function groupFaults({ groupBy }: Definition): Fault[] {
  return groupBy.flatMap((label, i) => {
    const path = ['groupBy', i]
    if (reservedLabels.includes(label))
      return [{ path, message: `The rules set the label ${label} themselves. Group by another label.` }]
    if (groupBy.indexOf(label) < i) return [{ path, message: `The label ${label} is in the list twice. Remove one.` }]
    return []
  })
}

function causeFaults({ sli, groupBy }: Definition): Fault[] {
  if (sli.kind !== 'ratio' || sli.causeLabel === undefined) return []
  if (![...reservedLabels, ...groupBy].includes(sli.causeLabel)) return []
  return [
    {
      path: ['sli', 'causeLabel'],
      message: `The label ${sli.causeLabel} has another meaning here. Use one that says why.`,
    },
  ]
}

const percent = (ratio: number) => `${Number((ratio * 100).toPrecision(4))} %`

function alertFaults({ objective, window, alerting, sli }: Definition): Fault[] {
  const allowed = allowedRatio(objective)
  return alerting.burns.flatMap(({ factor, longMinutes, shortMinutes }, i) => {
    const faults: Fault[] = []
    const path = ['alerting', 'burns', i]
    if (factor < 1) {
      faults.push({
        path: [...path, 'factor'],
        message: `With a factor of ${factor} this alert fires although the budget lasts. Use a factor of at least 1, or remove the alert.`,
      })
    }
    if (factor * allowed >= 1) {
      const most = Number((Math.floor(99 / allowed) / 100).toPrecision(4))
      faults.push({
        path: [...path, 'factor'],
        message: `This alert can never fire: ${factor} × ${percent(allowed)} is ${percent(factor * allowed)} bad events. Use a factor of at most ${most}, a higher objective, or remove the alert.`,
      })
    }
    if (shortMinutes >= longMinutes) {
      faults.push({ path: [...path, 'shortMinutes'], message: 'The short window must be shorter than the long one.' })
    }
    const longSteps = scaledSteps(longMinutes, windowDays(window))
    if (sli.kind === 'condition' && alerting.badEventsMin > longSteps) {
      faults.push({
        path: [...path, 'longMinutes'],
        message: `This alert can never fire: its long window has ${longSteps} steps, and it waits for ${alerting.badEventsMin} bad ones. Use a longer window or a lower badEventsMin.`,
      })
    }
    return faults
  })
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && isStorable(text)
}
