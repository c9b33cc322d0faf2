import { type RefusalReason, refusalReasons } from '@tickwatch/policy'
import type { ChartMarker } from '../../components/chart/series.ts'
import { formatDateTime, formatDuration, formatSi, plural, type Zone } from '../../lib/format.ts'
import { measuredWords } from '../../lib/rangeWords.ts'
import { refusedUnit } from '../../lib/refusals.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type Traffic = Outputs['usage']['traffic']
type Refusals = Traffic['byReason'][number]

const unit = 'samples/s'

/**
 * The sentence above the chart: the highest traffic of the range, how much was refused for how long, and what the figures
 * do not have.
 * @param owner `gateway-1`, `the fleet`
 * @param range in words, and its length and beginning
 */
export function trafficSentence(
  traffic: Traffic,
  owner: string,
  range: { words: string; fromMs: number; toMs: number },
  zone: Zone,
): string {
  if (traffic.historyMissing !== null) return traffic.historyMissing
  const { figures, notCounted, markedSince } = traffic
  if (figures === null) return `Nothing was measured ${range.words}.`
  const when = measuredWords(range, owner, figures.sinceSeconds, zone)
  return [
    `Most accepted ${when}: ${formatSi(figures.highestUse, unit)}; ${refusedWords(figures, traffic.byReason)}.`,
    notCounted > 0 &&
      `Up to ${plural(notCounted, 'gateway')} of an older release did not report this, and are not counted.`,
    markedSince !== null &&
      `Starts and policy versions are marked from ${formatDateTime(Date.parse(markedSince), zone)} on.`,
  ]
    .filter(Boolean)
    .join(' ')
}

function refusedWords(figures: NonNullable<Traffic['figures']>, byReason: readonly Refusals[]): string {
  // Nobody knows how many samples a request held that was refused before it was read.
  const unread = byReason.some((refusals) => reasonWords(refusals).unit !== unit)
  if (figures.refusedSeconds === 0) return unread ? 'whole requests were refused, see below' : 'nothing was refused'
  const samples = `samples were refused for ${formatDuration(figures.refusedSeconds * 1_000)}, at most ${formatSi(figures.highestRefused, unit)}`
  return unread ? `${samples}, and whole requests, see below` : samples
}

/** The gateway's starts and the policy versions that it applied. Of the fleet each start names its gateway. */
export const trafficMarkers = ({ starts, applied }: Traffic, ofFleet: boolean): ChartMarker[] => [
  ...starts.map(({ gatewayId, startedAt, previous }) => ({
    id: `${gatewayId} ${startedAt}`,
    at: Date.parse(startedAt),
    change: `${ofFleet ? `${gatewayId} started` : 'started'}${previous === null ? '' : `, the process before it ${endWords[previous.end]}`}`,
  })),
  ...applied.map(({ version, at }) => ({
    id: `v${version}`,
    at: Date.parse(at),
    change: `policy v${version} applied`,
  })),
]

/**
 * How a process ended, as far as anyone knows: one that crashed sends no last heartbeat, and neither does one that stops
 * while the API is away.
 */
export const endWords = { left: 'stopped', lost: 'sent no last heartbeat' } as const

const isKnown = (reason: string): reason is RefusalReason => Object.hasOwn(refusalReasons, reason)

/** A reason in words, and its unit. One of a newer release has no words here. */
export const reasonWords = ({ reason }: Pick<Refusals, 'reason'>) =>
  isKnown(reason) ? { words: refusalReasons[reason], unit: refusedUnit(reason) } : { words: reason, unit }
