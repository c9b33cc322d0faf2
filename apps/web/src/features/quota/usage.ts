import { type LimitName, limitDefinitions, type RefusalReason, refusalReasons, unreadReasons } from '@tickwatch/policy'
import { formatDuration, formatInteger, formatPercent, formatSi } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type UsageNow = Outputs['usage']['now']
export type UsageHistory = Outputs['usage']['history']
export type MeteredLimit = UsageHistory['limit']
/** An event of the stream of live figures. */
export type UsageLive = Pick<UsageNow, 'asOf' | 'refusedByReason' | 'quota'> & {
  meters: Pick<UsageNow['meters'][number], 'limit' | 'used' | 'refusedPerSecond' | 'max'>[]
}

/** The metered limits in the order of the page. By default the first one is shown. */
export const meteredLimits = [
  'ingest.samplesPerSecond',
  'series.activeMax',
  'ingest.requestsPerSecond',
] as const satisfies MeteredLimit[]
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
    quota: live.quota,
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
export function stateSentence(tenantId: string, usage: UsageNow): string {
  const refused = usage.refusedByReason.filter((r) => r.samplesPerSecond > 0)
  if (refused.length > 0) return refused.map((r) => refusalSentence(tenantId, r, usage)).join(' ')
  const known = usage.meters.filter((m) => m.used !== null)
  const nearest = known.toSorted((a, b) => ratio(b) - ratio(a))[0]
  if (!nearest) return `No gateway reports on ${tenantId}: nothing was sent, or the gateways are away.`
  if (ratio(nearest) === 0 && (usage.refused24h ?? 0) === 0) {
    return `Nothing arrives for ${tenantId}. Its use appears here when a writer with a certificate of this tenant sends samples.`
  }
  if (nearest.limit === 'ingest.samplesPerSecond' && ratio(nearest) > 1) {
    return `${tenantId} sends ${formatPercent(ratio(nearest))} of its ingest rate, which uses up its burst. Refusals begin when the burst is empty.`
  }
  const use = `${tenantId} is using ${formatPercent(ratio(nearest))} of its ${resourceNames[nearest.limit]}`
  if (usage.refused24h === null) return `${use}; nothing is refused now.`
  if (usage.refused24h < 0.5) return `${use}; nothing was refused in 24 h.`
  return `${use}; nothing is refused now, ${formatSi(usage.refused24h, 'samples')} were in the last 24 h.`
}

/** How the sentence is shown: as bad if something is refused, as a warning from 80 % of a limit on. */
export function stateKind(usage: UsageNow): 'bad' | 'warning' | 'calm' {
  if (usage.refusedByReason.some((r) => r.samplesPerSecond > 0)) return 'bad'
  return usage.meters.some((m) => ratio(m) >= 0.8) ? 'warning' : 'calm'
}

const ratio = (meter: UsageNow['meters'][number]) => (meter.used ?? 0) / Math.max(1, meter.max)

/** The unit of a refusal reason. */
export const refusedUnit = (reason: RefusalReason) => (unreadReasons.has(reason) ? 'requests/s' : 'samples/s')
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
  const meter = limit && usage.meters.find((m) => m.limit === limit)
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
 * more. Null if no metered limit is the reason, or if the demand is already below it.
 */
export function remedy(
  usage: UsageNow,
  quota: Pick<Outputs['quota']['current'], 'resolved' | 'envelope'>,
): { limit: MeteredLimit; words: string } | null {
  const worst = usage.refusedByReason.toSorted((a, b) => b.samplesPerSecond - a.samplesPerSecond)[0]
  const limit = worst && worst.samplesPerSecond > 0 ? limitOfReason[worst.reason] : undefined
  if (!limit) return null
  const meter = usage.meters.find((m) => m.limit === limit)
  if (worst && meter && demandBelow(worst, meter) !== null) return null
  const max = quota.envelope[limit]?.max
  if (max === undefined || quota.resolved[limit] >= max) {
    return {
      limit,
      words: 'It is at the highest value that you can set alone. A platform approver decides about more.',
    }
  }
  const { unit } = limitDefinitions[limit]
  return { limit, words: `You can raise it to ${formatInteger(max)} ${unit} at once.` }
}

export const limitOfReason: Partial<Record<UsageNow['refusedByReason'][number]['reason'], MeteredLimit>> = {
  rate: 'ingest.samplesPerSecond',
  'request-rate': 'ingest.requestsPerSecond',
  'active-series': 'series.activeMax',
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

/**
 * The sentence above a chart: the highest use against the limit, and how much was refused for how long.
 * @param limitNow the present limit, because the chart's last step may be hours old; null if only that is known.
 */
export function historySentence(history: UsageHistory, rangeWords: string, limitNow: number | null): string {
  if (history.historyMissing !== null) return history.historyMissing
  const { unit } = limitDefinitions[history.limit]
  const measured = history.points.filter((p) => p.used !== null)
  const last = history.points.at(-1)
  if (measured.length === 0 || !last) return `Nothing was measured ${rangeWords}.`
  const peak = Math.max(...measured.map((p) => p.used ?? 0))
  const refusing = history.points.filter((p) => (p.refused ?? 0) > 0)
  const use = `Highest use ${rangeWords}: ${formatSi(peak, unit)}, limit now ${formatSi(limitNow ?? last.limit, unit)}`
  if (history.points.every((p) => p.refused === null)) return `${use}.`
  if (refusing.length === 0) return `${use}; no refusal is recorded.`
  const forMs = refusing.length * history.stepSeconds * 1000
  const most = Math.max(...refusing.map((p) => p.refused ?? 0))
  return `${use}; refused for ${formatDuration(forMs)}, at most ${formatSi(most, unit)}.`
}
