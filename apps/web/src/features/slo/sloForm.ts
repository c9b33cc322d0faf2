import type { AppRouter } from '@tickwatch/api/router'
import type { inferRouterInputs } from '@trpc/server'
import { z } from 'zod/mini'
import type { Outputs } from '../../lib/trpc/client.ts'
import { readNumber } from './whatIf.ts'

export type SentDefinition = inferRouterInputs<AppRouter>['slo']['save']['definition']
export type StoredDefinition = Outputs['slo']['definition']['definition']

const burnTexts = z.object({
  severity: z.enum(['page', 'ticket']),
  factor: z.string(),
  longMinutes: z.string(),
  shortMinutes: z.string(),
})
export type BurnTexts = z.output<typeof burnTexts>

/** What a person typed. A form keeps the fields of the other kinds of SLI too, in case the person goes back. */
export const textsSchema = z.object({
  ...{ id: z.string(), title: z.string(), owner: z.string(), runbookUrl: z.string(), reason: z.string() },
  kind: z.enum(['ratio', 'latency', 'condition']),
  counts: z.enum(['bad', 'good']),
  ...{ part: z.string(), total: z.string(), causeLabel: z.string() },
  ...{ histogram: z.string(), thresholdSeconds: z.string(), nativeSchema: z.string(), promql: z.string() },
  objective: z.string(),
  window: z.enum(['rolling', 'week', 'month', 'quarter']),
  ...{ days: z.string(), timeZone: z.string(), groupBy: z.string() },
  burns: z.array(burnTexts),
  badEventsMin: z.string(),
})
export type SloTexts = z.output<typeof textsSchema>

/** The alerts of chapter 5 of the Site Reliability Workbook. */
export const workbookTexts: BurnTexts[] = [
  { severity: 'page', factor: '14.4', longMinutes: '60', shortMinutes: '5' },
  { severity: 'page', factor: '6', longMinutes: '360', shortMinutes: '30' },
  { severity: 'ticket', factor: '3', longMinutes: '1440', shortMinutes: '120' },
  { severity: 'ticket', factor: '1', longMinutes: '4320', shortMinutes: '360' },
]

export const emptyTexts: SloTexts = {
  ...{ id: '', title: '', owner: '', runbookUrl: '', reason: '' },
  ...{ kind: 'ratio', counts: 'bad', part: '', total: '', causeLabel: '' },
  ...{ histogram: '', thresholdSeconds: '1', nativeSchema: '', promql: '' },
  ...{ objective: '99.9', window: 'rolling', days: '30', timeZone: 'UTC', groupBy: '' },
  ...{ burns: workbookTexts, badEventsMin: '10' },
}

/** A definition as the form shows it. */
export function textsOf({ sli, window, alerting, groupBy, objective, ...names }: StoredDefinition): SloTexts {
  const measured: Partial<SloTexts> =
    sli.kind === 'ratio'
      ? {
          counts: sli.good === undefined ? 'bad' : 'good',
          part: sli.good ?? sli.bad ?? '',
          total: sli.total,
          causeLabel: sli.causeLabel ?? '',
        }
      : sli.kind === 'latency'
        ? {
            histogram: sli.histogram,
            thresholdSeconds: `${sli.thresholdSeconds}`,
            nativeSchema: `${sli.nativeSchema ?? ''}`,
          }
        : { promql: sli.promql }
  return {
    ...emptyTexts,
    ...names,
    ...measured,
    kind: sli.kind,
    objective: `${Number((objective * 100).toPrecision(10))}`,
    ...('days' in window
      ? { window: 'rolling' as const, days: `${window.days}` }
      : { window: window.calendar, timeZone: window.timeZone }),
    groupBy: groupBy.join(', '),
    burns: alerting.burns.map(({ severity, factor, longMinutes, shortMinutes }) => ({
      ...{ severity, factor: `${factor}`, longMinutes: `${longMinutes}`, shortMinutes: `${shortMinutes}` },
    })),
    badEventsMin: `${alerting.badEventsMin}`,
  }
}

/** What is wrong with a field, by its path in the definition: `alerting.burns.0.factor`. */
export type FieldFaults = Readonly<Record<string, string>>

/** Reads the numbers. What a definition must be beyond them, the API says. */
export function readTexts(texts: SloTexts): { definition: SentDefinition | null; faults: FieldFaults } {
  const faults: Record<string, string> = {}
  const number = (field: string, text: string, example: string): number => {
    const value = readNumber(text)
    if (value === null) faults[field] = `Enter a number, such as ${example}.`
    return value ?? 0
  }
  const percent = number('objective', texts.objective, '99.95')
  const sli = ((): SentDefinition['sli'] => {
    if (texts.kind === 'condition') return { kind: 'condition', promql: texts.promql }
    if (texts.kind === 'latency') {
      const schema = texts.nativeSchema.trim()
      if (!/^(-?\d{1,2})?$/.test(schema)) faults['sli.nativeSchema'] = 'Enter a whole number from -4 to 8, or nothing.'
      return {
        kind: 'latency',
        histogram: texts.histogram,
        thresholdSeconds: number('sli.thresholdSeconds', texts.thresholdSeconds, '0.5'),
        nativeSchema: schema === '' ? null : Number(schema),
      }
    }
    const causeLabel = texts.causeLabel.trim()
    return {
      kind: 'ratio',
      total: texts.total,
      ...(texts.counts === 'bad' ? { bad: texts.part } : { good: texts.part }),
      ...(causeLabel === '' ? {} : { causeLabel }),
    }
  })()
  const definition: SentDefinition = {
    id: texts.id.trim(),
    ...{ title: texts.title, owner: texts.owner, runbookUrl: texts.runbookUrl.trim(), sli },
    objective: Number((percent / 100).toPrecision(10)),
    window:
      texts.window === 'rolling'
        ? { days: number('window.days', texts.days, '30') }
        : { calendar: texts.window, timeZone: texts.timeZone.trim() },
    groupBy: texts.groupBy
      .split(',')
      .map((label) => label.trim())
      .filter((label) => label !== ''),
    alerting: {
      burns: texts.burns.map(({ severity, ...burn }, i) => ({
        severity,
        factor: number(`alerting.burns.${i}.factor`, burn.factor, '14.4'),
        longMinutes: number(`alerting.burns.${i}.longMinutes`, burn.longMinutes, '60'),
        shortMinutes: number(`alerting.burns.${i}.shortMinutes`, burn.shortMinutes, '5'),
      })),
      badEventsMin: number('alerting.badEventsMin', texts.badEventsMin, '10'),
    },
  }
  return { definition: Object.keys(faults).length === 0 ? definition : null, faults }
}

type Fault = { path: readonly (string | number)[]; message: string }
const isFault = (value: unknown): value is Fault =>
  Array.isArray(Object(value).path) && typeof Object(value).message === 'string'

/** Faults that the API found, by field. */
export const faultsByField = (faults: readonly Fault[]): FieldFaults =>
  Object.fromEntries(faults.map(({ path, message }) => [path.filter((key) => key !== 'definition').join('.'), message]))

/** The faults of a definition in an error of the API; empty if the error is about something else. */
export function faultsOfError(error: unknown): FieldFaults {
  const { code, details } = Object(Object(Object(error).data).tickwatch)
  if (!['input-invalid', 'slo-invalid'].includes(code) || !Array.isArray(details)) return {}
  return faultsByField(details.filter(isFault))
}

/** Why the API would save it only without a preview, a sentence for each fault; empty if the error is about something else. */
export function whyWithoutPreview(error: unknown): string[] {
  const { code, details } = Object(Object(Object(error).data).tickwatch)
  if (code !== 'slo-without-preview' || !Array.isArray(details)) return []
  return details.filter(isFault).map(({ message }) => message)
}

/** Where a file in OpenSLO can't be imported, a sentence each; empty if the error is about something else. */
export function fileFaults(error: unknown): string[] {
  const { code } = Object(Object(Object(error).data).tickwatch)
  const { message } = Object(error)
  return code === 'openslo-invalid' && typeof message === 'string' ? message.split('\n') : []
}

/** The fault of a field, or of one of its members. */
export const faultOf = (faults: FieldFaults, field: string): string | null =>
  faults[field] ?? Object.entries(faults).find(([key]) => key.startsWith(`${field}.`))?.[1] ?? null

/** Names the fields that only the list under the button can show. */
export const otherFaults = (faults: FieldFaults, shown: readonly string[]): string[] =>
  Object.entries(faults).flatMap(([key, message]) =>
    shown.some((field) => key === field || key.startsWith(`${field}.`))
      ? []
      : [key === '' ? message : `${key}: ${message}`],
  )
