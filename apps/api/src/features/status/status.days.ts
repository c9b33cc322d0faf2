import type { MetricsQuery } from '@tickwatch/aws'
import type { SloRecount } from '@tickwatch/db'
import { createCache } from '../../shared/cached.ts'
import { createInOrder } from '../slo/inOrder.ts'
import { togetherTalliesQuery, writtenBy } from '../slo/slo.queries.ts'
import { blockSizes, readTallies, type Tallies, type Tally, tallyKey } from '../slo/slo.tallies.ts'

/** The counts of all SLOs in one day, all groups of each together. */
export type Day = {
  startSeconds: number
  /** The end of what is counted: of today, the end of the newest step. */
  endSeconds: number
  tallies: Tallies
}

const daysShown = 90
/** As many as one turn of `FairSlots` has when others wait, so that no day waits there. */
const readsMax = 3
/** A rule can be late, so a day that ended just now is not kept. */
const lateSteps = 5
const keptMs = daysShown * 86_400_000

/** Reads the last days. What rules wrote does not change, so a day that is over is read once. */
export function createDays(amp: MetricsQuery, sloIds: readonly string[], stepSeconds: number) {
  const kept = createCache<Tallies>(keptMs, 2 * daysShown)
  const inOrder = createInOrder(readsMax)
  const { large } = blockSizes(stepSeconds)
  const read = async (startSeconds: number, endSeconds: number) => {
    const query = togetherTalliesQuery(sloIds, endSeconds - startSeconds)
    return readTallies(await inOrder(() => amp.instant(query, writtenBy(endSeconds, stepSeconds))))
  }

  /** @returns the earliest day first */
  return (asOfSeconds: number): Promise<Day[]> => {
    const today = Math.floor((asOfSeconds - 1) / large) * large
    const starts = Array.from({ length: daysShown }, (_, i) => today - (daysShown - 1 - i) * large)
    return Promise.all(
      starts.map(async (startSeconds) => {
        const endSeconds = Math.min(startSeconds + large, asOfSeconds)
        const isOver = startSeconds + large <= asOfSeconds - lateSteps * stepSeconds
        const ask = () => read(startSeconds, endSeconds)
        return { startSeconds, endSeconds, tallies: await (isOver ? kept.get(String(startSeconds), ask) : ask()) }
      }),
    )
  }
}

/** What an SLO counted in a day, with what differed when its steps were counted again. */
export function countsOf(
  { startSeconds, endSeconds, tallies }: Day,
  sloId: string,
  changes: readonly SloRecount[],
): Pick<Tally, 'bad' | 'total' | 'steps'> {
  const { bad, total, steps } = tallies.get(tallyKey(sloId, {})) ?? { bad: 0, total: 0, steps: 0 }
  const own = changes.filter(
    (change) => change.sloId === sloId && change.endSeconds > startSeconds && change.endSeconds <= endSeconds,
  )
  // The rule wrote nothing of these for some group; for another one it may have.
  const added = new Set(own.filter((change) => change.steps > 0).map((change) => change.endSeconds))
  return {
    bad: own.reduce((sum, change) => sum + change.bad, bad),
    total: own.reduce((sum, change) => sum + change.total, total),
    steps: Math.max(steps, added.size),
  }
}
