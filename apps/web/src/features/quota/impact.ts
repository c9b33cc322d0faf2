import {
  type Envelope,
  type Impact,
  impactOf,
  type LimitChange,
  type LimitName,
  limitDefinitions,
  type OutsideEnvelope,
  type ResolvedLimits,
} from '@tickwatch/policy'
import { formatDuration, formatExact, formatInteger, formatPercent, formatSi } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

/** The values in the editor: a number for each edited limit; null while a field has none. */
export type Wanted = Partial<Record<LimitName, number | null>>

export type Preview = Outputs['usage']['preview']

/**
 * What a proposal would do, computed in the browser with the same policy as in the API, so that the button always
 * matches the fields.
 * @returns also `limits`: the limits that would change, as the proposal has them.
 */
export function localImpact(
  envelope: Envelope,
  resolved: ResolvedLimits,
  wanted: Wanted,
): Impact & { limits: Partial<ResolvedLimits> } {
  const limits: Partial<ResolvedLimits> = {}
  for (const [limit, value] of Object.entries(wanted) as [LimitName, number | null][]) {
    if (value !== null && value !== resolved[limit]) limits[limit] = value
  }
  return { limits, ...impactOf(envelope, resolved, { ...resolved, ...limits }) }
}

const withUnit = (limit: LimitName, value: number) => `${formatInteger(value)} ${limitDefinitions[limit].unit}`

/** `Apply 80,000 samples/s`, `Ask for 2 changes`: the verb says who decides. Null if a number can't be read. */
export function buttonWords(impact: Impact | null): string {
  if (!impact) return 'Apply'
  const verb = impact.decidedBy === 'rule' ? 'Apply' : 'Ask for'
  const [only, ...more] = impact.changes
  if (!only) return 'Apply'
  if (more.length > 0) return `${verb} ${impact.changes.length} changes`
  return `${verb} ${withUnit(only.limit, only.to)}`
}

export const fromToSentence = ({ limit, from, to }: LimitChange) =>
  `${limitDefinitions[limit].title} ${to > from ? 'rises' : 'falls'} from ${formatInteger(from)} to ${withUnit(limit, to)}.`

/** Says whether the change is inside the envelope, and so whether it applies at once or needs an approval. */
export function decisionSentence(impact: Impact, envelope: Envelope, tenantId: string): string {
  if (impact.decidedBy === 'rule') {
    const [only, ...more] = impact.changes
    const bounds = only && more.length === 0 ? envelope[only.limit] : undefined
    const where = bounds
      ? `the envelope of ${formatInteger(bounds.min)} to ${withUnit(only?.limit ?? 'ingest.samplesPerSecond', bounds.max)}`
      : 'the envelope'
    return `This is inside ${where}, so it applies at once.`
  }
  const why = impact.outside.map((o) => outsideWords(o, tenantId)).join(' and ')
  return `This is ${why}, so it waits for a platform approver. The requester cannot approve it.`
}

function outsideWords({ limit, value, bounds }: OutsideEnvelope, tenantId: string): string {
  if (!bounds) return `a limit that ${tenantId} has no envelope for`
  if (value > bounds.max) return `above the envelope’s ${withUnit(limit, bounds.max)}`
  return `below the envelope’s ${withUnit(limit, bounds.min)}`
}

/** What the value would have refused over the past, from measured use. */
export function previewSentence(limit: LimitName, value: number, preview: Preview): string {
  const past = preview.hours % 24 === 0 ? `${preview.hours / 24} days` : `${preview.hours} h`
  const { unit } = limitDefinitions[limit]
  if (preview.historyMissing !== null) return preview.historyMissing
  if (preview.coverageRatio <= 0 || preview.peak === null)
    return `Nothing was measured in the last ${past} to compare with.`
  const covered =
    preview.coverageRatio < 0.95 ? ` Use was measured for ${formatPercent(preview.coverageRatio)} of that time.` : ''
  const peak = `the busiest 15 s had ${formatSi(preview.peak, unit)}`
  if (preview.refusedSamples <= 0) {
    return `At ${formatInteger(value)}, nothing would have been refused in the last ${past}: ${peak}.${covered}`
  }
  const counted =
    limit === 'series.activeMax' ? 'series' : limit === 'ingest.requestsPerSecond' ? 'requests' : 'samples'
  const over = formatDuration(preview.refusedSeconds * 1_000)
  return `At ${formatInteger(value)}, ${formatSi(preview.refusedSamples, counted)} would have been refused in the last ${past}, over ${over}: ${peak}.${covered}`
}

/**
 * What a change would refuse of the present use. The paragraph of the form and its second look both show it. Null if it
 * would refuse nothing.
 * @param used null if present use can't be read.
 * @param burst the tenant's burst, which delays refusals of samples; null if it is not known.
 */
export function harmSentence(
  { limit, from, to }: LimitChange,
  used: number | null,
  burst: number | null,
  tenantId: string,
): string | null {
  if (used === null) {
    return to < from ? `We can’t read how much ${tenantId} uses now, so this reduction may refuse what it sends.` : null
  }
  const now = Math.round(used)
  if (now <= to) return null
  if (limit === 'series.activeMax') {
    return `${tenantId} has ${formatInteger(now)} active series now. At ${formatInteger(to)}, every new series would be refused at once.`
  }
  const over = now - to
  const when = limit === 'ingest.samplesPerSecond' ? afterBurst(burst, over) : 'at once'
  return `${tenantId} uses ${withUnit(limit, now)} now. At ${formatInteger(to)}, ${withUnit(limit, over)} would be refused ${when}.`
}

/** A burst that lasts less long than this makes no difference to a person. */
const atOnceMs = 2_000

function afterBurst(burst: number | null, samplesPerSecond: number): string {
  if (burst === null) return 'when its burst is used up'
  const lastsMs = (burst / samplesPerSecond) * 1_000
  return lastsMs < atOnceMs ? 'at once' : `after about ${formatDuration(lastsMs)}, when its burst is used up`
}

/** The end and the step of the slider, with room around everything that is drawn on it. */
export function trackDomain(
  limit: LimitName,
  values: readonly (number | null | undefined)[],
): { max: number; step: number } {
  const definition = limitDefinitions[limit]
  const highest = Math.max(1, ...values.map((v) => v ?? 0))
  const magnitude = 10 ** Math.floor(Math.log10(highest * 1.2))
  const max = Math.min(definition.max, Math.ceil((highest * 1.2) / magnitude) * magnitude)
  return { max, step: niceStep(max / 100) }
}

function niceStep(rough: number): number {
  if (rough <= 1) return 1
  const magnitude = 10 ** Math.floor(Math.log10(rough))
  return [1, 2, 5, 10].map((n) => n * magnitude).find((n) => n >= rough) ?? magnitude
}

export const exactWords = (limit: LimitName, value: number) => formatExact(value, limitDefinitions[limit].unit)
