import type { Episode } from '@tickwatch/slo'
import type { EpisodesView } from './slo.reads.types.ts'

const newestMax = 100
const order: readonly Episode['alert'][] = ['page', 'ticket', 'blind']

/**
 * Counts episodes by alert.
 * @param untilSeconds the end of the replayed time, at which an episode without an end still fires
 */
export function episodesView(episodes: readonly Episode[], untilSeconds: number): EpisodesView {
  const byAlert = order.flatMap((alert) => {
    const own = episodes.filter((episode) => episode.alert === alert)
    if (own.length === 0) return []
    const lengths = own.map(({ fromSeconds, toSeconds }) => (toSeconds ?? untilSeconds) - fromSeconds)
    const seconds = lengths.reduce((sum, length) => sum + length, 0)
    return [{ alert, count: own.length, seconds, longestSeconds: Math.max(...lengths) }]
  })
  return { newest: episodes.toReversed().slice(0, newestMax), byAlert }
}
