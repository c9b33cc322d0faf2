import {
  type LimitName,
  limitDefinitions,
  limitOfReason,
  type MeteredLimit,
  meteredLimits,
  queryRefusalReasons,
  refusalReasons,
} from '@tickwatch/policy'
import { formatDuration, formatInteger, formatPercent, formatSi, type Zone } from '../../lib/format.ts'
import { measuredWords } from '../../lib/rangeWords.ts'
import { refusedUnit } from '../../lib/refusals.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { either } from '../../lib/words.ts'
import { type CatchUp, catchUpSentence, passes } from './catchUp.ts'

export type UsageNow = Outputs['usage']['now'] & {
  /** Something was refused since the totals of 24 h were loaded. */
  refusedSince?: boolean
}
export type UsageHistory = Outputs['usage']['history']
/** An event of the stream of live figures. */
export type UsageLive = Pick<UsageNow, 'asOf' | 'refusedByReason' | 'refusedQueries' | 'quota' | 'sampleAgeSeconds'> & {
  meters: Pick<UsageNow['meters'][number], 'limit' | 'used' | 'refusedPerSecond' | 'max'>[]
}

export const isMetered = (limit: LimitName): limit is MeteredLimit => meteredLimits.some((m) => m === limit)

const sparklineSeconds = 15 * 60
/** The stream sends every few seconds, but the line needs at most one point per pixel. */
const sparklineStepSeconds = 15

/**
 * The previous answer with newer figures. The sparkline gets a point at its right end and loses old ones at its left.
 */
export function withLiveFigures(before: UsageNow, live: UsageLive): UsageNow {
  const atSeconds = live.asOf === null ? null : Math.floor(Date.parse(live.asOf) / 1000)
  return {
    ...before,
    asOf: live.asOf,
    refusedByReason: live.refusedByReason,
    refusedQueries: live.refusedQueries,
    quota: live.quota,
    refusedSince: before.refusedSince === true || isRefusing(live),
    sampleAgeSeconds: live.sampleAgeSeconds,
    meters: before.meters.map((meter) => {
      const newer = live.meters.find((m) => m.limit === meter.limit)
      if (!newer) return meter
      const last = meter.sparkline.at(-1)?.[0] ?? 0
      const grows = atSeconds !== null && atSeconds - last >= sparklineStepSeconds
      const sparkline = grows
        ? [...meter.sparkline.filter(([t]) => t > atSeconds - sparklineSeconds), [atSeconds, newer.used] as const]
        : meter.sparkline
      return { ...meter, ...newer, sparkline: sparkline.map(([t, used]): [number, number | null] => [t, used]) }
    }),
  }
}

export const isRefusing = ({ refusedByReason, refusedQueries }: Pick<UsageNow, 'refusedByReason' | 'refusedQueries'>) =>
  refusedByReason.length + refusedQueries.length > 0

/** Gateways report every few seconds. Figures older than this are no longer live. */
const liveForMs = 15_000
/** @param nowMs by the API's clock, like `asOf`; 0 before the browser's clock is known. */
export const isStale = (asOf: string | null, nowMs: number) =>
  asOf !== null && nowMs > 0 && nowMs - Date.parse(asOf) > liveForMs

const resourceNames: Record<MeteredLimit, string> = {
  'ingest.samplesPerSecond': 'ingest rate',
  'series.activeMax': 'active series',
  'ingest.requestsPerSecond': 'request rate',
}

/** The state of a tenant in one sentence: what is refused now and why, or else how near it is to its limits. */
export function stateSentence(tenantId: string, usage: UsageNow, catchUp: CatchUp = { state: 'current' }): string {
  const backlog = catchUpSentence(catchUp)
  const refused = [
    ...harmful(usage, catchUp).map((r) => refusalSentence(tenantId, r, usage)),
    ...usage.refusedQueries.map(queryRefusalSentence),
  ]
  const told = retryWords(usage)
  if (catchUp.state === 'catching-up' || (passes(catchUp) && told))
    return [...refused, backlog, told].filter(Boolean).join(' ')
  if (refused.length > 0) return [...refused, passes(catchUp) ? null : backlog].filter(Boolean).join(' ')
  const known = usage.meters.filter((m) => m.used !== null)
  const nearest = known.toSorted((a, b) => ratio(b) - ratio(a))[0]
  if (!nearest) return `No gateway reports on ${tenantId}: nothing was sent, or the gateways are away.`
  const day = usage.refused24h
  if (ratio(nearest) === 0 && !usage.refusedSince && (day === null || wasNothing(day))) {
    return `Nothing arrives for ${tenantId}. Its use appears here when a writer with a certificate of this tenant sends samples.`
  }
  if (nearest.limit === 'ingest.samplesPerSecond' && ratio(nearest) > 1) {
    return `${tenantId} sends ${formatPercent(ratio(nearest))} of its ingest rate, which uses up its burst. Refusals begin when the burst is empty.`
  }
  const use = `${tenantId} is using ${formatPercent(ratio(nearest))} of its ${resourceNames[nearest.limit]}`
  if (day === null || (wasNothing(day) && usage.refusedSince)) return `${use}; nothing is refused now.`
  if (wasNothing(day)) return `${use}; nothing was refused in 24 h.`
  return `${use}; nothing is refused now. In the last 24 h ${refusedWords(day)} were refused, retries included.`
}

/** `Refused: 60 queries/s: queries over the concurrent queries limit (query-concurrent).` */
const queryRefusalSentence = ({ reason, queriesPerSecond }: UsageNow['refusedQueries'][number]): string =>
  `Refused: ${formatInteger(Math.max(1, queriesPerSecond))} queries/s: ${lowerFirst(queryRefusalReasons[reason])} (${reason}).`

/** Refusals that senders who catch up get over without help: the rest of their backlog waits for its turn. */
export const passing: ReadonlySet<UsageNow['refusedByReason'][number]['reason']> = new Set(['rate', 'request-rate'])

/** The refusals that someone has to do something about. */
const harmful = (usage: UsageNow, catchUp: CatchUp) =>
  usage.refusedByReason.filter((r) => r.samplesPerSecond > 0 && !(passes(catchUp) && passing.has(r.reason)))

/** What was refused of senders that catch up; null if nothing. */
function retryWords(usage: UsageNow): string | null {
  const told = usage.refusedByReason.filter((r) => r.samplesPerSecond > 0 && passing.has(r.reason))
  if (told.length === 0) return null
  const rates = told.map((r) => `${formatInteger(Math.max(1, r.samplesPerSecond))} ${refusedUnit(r.reason)}`)
  return `In the last 5 s ${rates.join(' and ')} were refused for a while (429 or 529).`
}

type RefusedTotals = NonNullable<UsageNow['refused24h']>
export const wasNothing = ({ samples, requests, queries }: RefusedTotals): boolean => samples + requests + queries < 0.5

/** `123 k samples, 12 requests that were not read and 5 queries` */
function refusedWords({
  samples,
  requests,
  queries = 0,
}: {
  samples: number
  requests: number
  queries?: number
}): string {
  const parts = [
    ...(samples >= 0.5 ? [formatSi(samples, 'samples')] : []),
    ...(requests >= 0.5 ? [formatSi(requests, 'requests that were not read')] : []),
    ...(queries >= 0.5 ? [formatSi(queries, 'queries')] : []),
  ]
  return either(parts, 'and')
}

/**
 * What was refused in 24 h, and what of it is lost, as far as a gateway can know: it knows which samples it told a
 * sender to drop, but not which ones a sender gave up after it was told to come back. A refused query loses nothing.
 */
export function daySentences(day: RefusedTotals): string[] {
  if (wasNothing(day)) return ['Nothing was refused in the last 24 h.']
  const lost = { samples: day.lostSamples, requests: day.lostRequests }
  const back = { samples: day.samples - day.lostSamples, requests: day.requests - day.lostRequests }
  const someLost = lost.samples + lost.requests >= 0.5
  const said: string[] = []
  if (someLost) {
    said.push(
      `In the last 24 h ${refusedWords(lost)} were refused for good (4xx other than 429): senders drop them, so they are lost.`,
    )
  }
  if (back.samples + back.requests >= 0.5) {
    const what = someLost ? `${refusedWords(back)} more` : `In the last 24 h ${refusedWords(back)}`
    said.push(
      `${what} were refused for a while (429, 529 or 503); each retry counts again. They are stored if their sender came back in time. What a sender gave up, only its own log says.`,
    )
  }
  if (day.queries >= 0.5) {
    said.push(
      `In the last 24 h ${refusedWords({ samples: 0, requests: 0, queries: day.queries })} were refused, retries included.`,
    )
  }
  return said
}

/** How the sentence is shown: as bad if something is refused other than a wrong query, as a warning from 80 % of a limit on. */
export function stateKind(usage: UsageNow, catchUp: CatchUp = { state: 'current' }): 'bad' | 'warning' | 'calm' {
  if (harmful(usage, catchUp).length > 0 || usage.refusedQueries.some(({ reason }) => reason !== 'query-invalid')) {
    return 'bad'
  }
  if (catchUp.state === 'catching-up') return 'warning'
  return usage.meters.some((m) => ratio(m) >= 0.8) ? 'warning' : 'calm'
}

const ratio = (meter: UsageNow['meters'][number]) => (meter.used ?? 0) / Math.max(1, meter.max)

/** The unit of refusals over a limit. Requests over their rate are refused unread, so their samples are not counted. */
export const refusedUnitOf = (limit: LimitName) =>
  limit === 'ingest.requestsPerSecond' ? refusedUnit('request-rate') : 'samples/s'

/**
 * `Refused: 1,204 samples/s over acme’s 50,000 samples/s (rate).` If the demand is below the limit, the limit was
 * just raised or only bursts exceed it. Then the sentence says so.
 */
export function refusalSentence(
  tenantId: string,
  refusal: UsageNow['refusedByReason'][number],
  usage: Pick<UsageNow, 'meters'>,
): string {
  const what = `Refused: ${formatInteger(Math.max(1, refusal.samplesPerSecond))} ${refusedUnit(refusal.reason)}`
  const limit = limitOfReason[refusal.reason]
  const meter = usage.meters.find((m) => m.limit === limit)
  if (!limit || !meter) return `${what}: ${lowerFirst(refusalReasons[refusal.reason])} (${refusal.reason}).`
  const max = `${tenantId}’s ${formatInteger(meter.max)} ${limitDefinitions[limit].unit}`
  const demand = demandBelow(refusal, meter)
  if (demand !== null) {
    return `${what} in the last 5 s (${refusal.reason}); the demand of ${formatInteger(demand)} ${limitDefinitions[limit].unit} is below ${max} now.`
  }
  return `${what} over ${max} (${refusal.reason}).`
}

/**
 * Each gateway has a share of the limit of active series. From this ratio on, the limit itself is the reason for
 * refusals.
 */
const seriesNearRatio = 0.9

/**
 * The demand, if it is below the limit although some of it is refused: the limit was just raised, the gateways do not
 * have their shares yet, or bursts exceed it. Otherwise null.
 */
function demandBelow(refusal: UsageNow['refusedByReason'][number], meter: UsageNow['meters'][number]): number | null {
  const used = meter.used ?? 0
  if (meter.limit === 'series.activeMax') return used < meter.max * seriesNearRatio ? used : null
  const demand = meter.limit === 'ingest.samplesPerSecond' ? used + refusal.samplesPerSecond : null
  return demand !== null && demand < meter.max ? demand : null
}

/**
 * What the tenant itself can do about the most frequent refusal: how far it may raise that limit, and who decides about
 * more. Null if no limit is the reason, if the demand is already below it, or if senders catch up with their backlog.
 */
export function remedy(
  usage: UsageNow,
  quota: Pick<Outputs['quota']['current'], 'resolved' | 'envelope'>,
  catchUp: CatchUp = { state: 'current' },
): { limit: LimitName; words: string } | null {
  // A higher limit does not help if the backlog already shrinks. Before that is known, say nothing.
  if (catchUp.state === 'unknown') return null
  const worst = harmful(usage, catchUp).toSorted((a, b) => b.samplesPerSecond - a.samplesPerSecond)[0]
  const limit = worst && worst.samplesPerSecond > 0 ? limitOfReason[worst.reason] : null
  if (!limit) return null
  const meter = usage.meters.find((m) => m.limit === limit)
  if (worst && meter && demandBelow(worst, meter) !== null) return null
  const max = quota.envelope[limit]?.max
  const it = isMetered(limit) ? 'it' : limitDefinitions[limit].title.toLowerCase()
  if (max === undefined || quota.resolved[limit] >= max) {
    return {
      limit,
      words: `${it.charAt(0).toUpperCase()}${it.slice(1)} is at the highest value that you can set alone. A platform approver decides about more.`,
    }
  }
  const { unit } = limitDefinitions[limit]
  return { limit, words: `You can raise ${it} to ${formatInteger(max)} ${unit} at once.` }
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

/**
 * The sentence above a chart: the highest use against the limit, and how much was refused for how long. The figures are
 * those of the whole range at the finest resolution, not of the steps of the chart.
 * @param range the range in words, and its length and beginning
 * @param limitNow the present limit; null if only the chart's is known.
 */
export function historySentence(
  history: UsageHistory,
  tenantId: string,
  range: { words: string; fromMs: number; toMs: number },
  limitNow: number | null,
  zone: Zone,
): string {
  if (history.historyMissing !== null) return history.historyMissing
  const { unit } = limitDefinitions[history.limit]
  const { figures } = history
  if (figures === null) return `Nothing was measured ${range.words}.`
  const { highestUse, highestRefused, refusedSeconds } = figures
  const when = measuredWords(range, tenantId, figures.sinceSeconds, zone)
  const limit = limitNow ?? history.points.at(-1)?.limit ?? null
  const against = limit === null ? '' : `, limit now ${formatSi(limit, unit)}`
  const use = `Highest use ${when}: ${formatSi(highestUse, unit)}${against}`
  if (refusedSeconds === 0) return `${use}; nothing was refused because of this limit.`
  return `${use}; refused for ${formatDuration(refusedSeconds * 1_000)}, at most ${formatSi(highestRefused, unit)}.`
}
