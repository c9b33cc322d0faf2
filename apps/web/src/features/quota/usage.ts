import { type LimitName, limitDefinitions, type RefusalReason, refusalReasons, unreadReasons } from '@tickwatch/policy'
import { formatDuration, formatInteger, formatPercent, formatSi } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type UsageNow = Outputs['usage']['now']
export type UsageHistory = Outputs['usage']['history']
export type MeteredLimit = UsageHistory['limit']
/** What the stream of live figures sends. */
export type UsageLive = Pick<UsageNow, 'asOf' | 'refusedByReason'> & {
  meters: Pick<UsageNow['meters'][number], 'limit' | 'used' | 'refusedPerSecond' | 'max'>[]
}

/** Metered limits in the order of the page; the first is shown unless the URL names another. */
export const meteredLimits = [
  'ingest.samplesPerSecond',
  'series.activeMax',
  'ingest.requestsPerSecond',
] as const satisfies MeteredLimit[]
export const isMetered = (limit: LimitName): limit is MeteredLimit => meteredLimits.some((m) => m === limit)

const sparklineSeconds = 15 * 60
/** The stream speaks every few seconds; the line needs no more points than it has pixels. */
const sparklineStepSeconds = 15

/** The known answer with newer figures; the sparkline grows at its right end and forgets at its left. */
export function withLiveFigures(before: UsageNow, live: UsageLive): UsageNow {
  const atSeconds = live.asOf === null ? null : Math.floor(Date.parse(live.asOf) / 1000)
  return {
    ...before,
    asOf: live.asOf,
    refusedByReason: live.refusedByReason,
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

/** Gateways report every few seconds; figures older than this are no longer live. */
const liveForMs = 15_000
/** @param nowMs by the API's clock, like `asOf`; 0 before the browser's is known. */
export const isStale = (asOf: string | null, nowMs: number) =>
  asOf !== null && nowMs > 0 && nowMs - Date.parse(asOf) > liveForMs

const resourceNames: Record<MeteredLimit, string> = {
  'ingest.samplesPerSecond': 'ingest rate',
  'series.activeMax': 'active series',
  'ingest.requestsPerSecond': 'request rate',
}

/** The state of a tenant in one sentence: what is refused now and why, else how near it is to its limits. */
export function stateSentence(tenantId: string, usage: UsageNow): string {
  const refused = usage.refusedByReason.filter((r) => r.samplesPerSecond > 0)
  if (refused.length > 0) return refused.map((r) => refusalSentence(tenantId, r, usage)).join(' ')
  const known = usage.meters.filter((m) => m.used !== null)
  const nearest = known.toSorted((a, b) => ratio(b) - ratio(a))[0]
  if (!nearest) return `No gateway reports on ${tenantId}: nothing was sent, or the gateways are away.`
  if (ratio(nearest) === 0 && (usage.refused24h ?? 0) === 0) {
    return `Nothing arrives for ${tenantId}. Its use shows here with the first samples of a writer whose certificate names this tenant.`
  }
  if (nearest.limit === 'ingest.samplesPerSecond' && ratio(nearest) > 1) {
    return `${tenantId} sends ${formatPercent(ratio(nearest))} of its ingest rate, out of its burst: refusals begin when that is spent.`
  }
  const use = `${tenantId} is using ${formatPercent(ratio(nearest))} of its ${resourceNames[nearest.limit]}`
  if (usage.refused24h === null) return `${use}; nothing is refused now.`
  if (usage.refused24h < 0.5) return `${use}; nothing was refused in 24 h.`
  return `${use}; nothing is refused now, ${formatSi(usage.refused24h, 'samples')} were in the last 24 h.`
}

/** How the sentence is shown: refusals and nearness to a limit stand out. */
export function stateKind(usage: UsageNow): 'bad' | 'warning' | 'calm' {
  if (usage.refusedByReason.some((r) => r.samplesPerSecond > 0)) return 'bad'
  return usage.meters.some((m) => ratio(m) >= 0.8) ? 'warning' : 'calm'
}

const ratio = (meter: UsageNow['meters'][number]) => (meter.used ?? 0) / Math.max(1, meter.max)

/** What a figure of refusals counts. */
export const refusedUnit = (reason: RefusalReason) => (unreadReasons.has(reason) ? 'requests/s' : 'samples/s')
/** What the refusals over a limit count: of requests over their rate nobody reads how many samples are in them. */
export const refusedUnitOf = (limit: LimitName) =>
  limit === 'ingest.requestsPerSecond' ? refusedUnit('request-rate') : 'samples/s'

/**
 * `Refused: 1,204 samples/s over acme’s 50,000 samples/s (rate).` Where all that is asked fits under the limit, it was
 * just raised or the bursts are what is over: the sentence says so, instead of naming a limit that is kept.
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
  const fitting = askedWithin(refusal, meter)
  if (fitting !== null) {
    const asked = `${formatInteger(fitting)} ${limitDefinitions[limit].unit}`
    return `${what} in the last 5 s (${refusal.reason}); what is asked, ${asked}, fits under ${max}.`
  }
  return `${what} over ${max} (${refusal.reason}).`
}

/** Each gateway holds a share of the limit of active series: this near to the limit, it is the limit that refuses. */
const seriesNearRatio = 0.9

/**
 * All that is asked, if it fits under the limit that refuses some of it: the limit was just raised, the gateways' shares of
 * it are on their way, or bursts are over it. Null if it does not fit.
 */
function askedWithin(refusal: UsageNow['refusedByReason'][number], meter: UsageNow['meters'][number]): number | null {
  const used = meter.used ?? 0
  if (meter.limit === 'series.activeMax') return used < meter.max * seriesNearRatio ? used : null
  const asked = meter.limit === 'ingest.samplesPerSecond' ? used + refusal.samplesPerSecond : null
  return asked !== null && asked < meter.max ? asked : null
}

/**
 * Whether the tenant itself can end what is refused most: how far it may raise that limit, and who decides beyond. Null
 * when nothing is refused over a limit with a meter, or what is asked fits under it already.
 */
export function remedy(
  usage: UsageNow,
  quota: Pick<Outputs['quota']['current'], 'resolved' | 'envelope'>,
): { limit: MeteredLimit; words: string } | null {
  const worst = usage.refusedByReason.toSorted((a, b) => b.samplesPerSecond - a.samplesPerSecond)[0]
  const limit = worst && worst.samplesPerSecond > 0 ? limitOfReason[worst.reason] : undefined
  if (!limit) return null
  const meter = usage.meters.find((m) => m.limit === limit)
  if (worst && meter && askedWithin(worst, meter) !== null) return null
  const max = quota.envelope[limit]?.max
  if (max === undefined || quota.resolved[limit] >= max) {
    return { limit, words: 'It is as high as you may set it yourself; a platform approver decides on more.' }
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
 * The sentence above a chart: the highest use against the limit, and what was refused for how long.
 * @param limitNow the chart's last step may be hours old; null where only that is known.
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
