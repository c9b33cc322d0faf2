import type { MetricsQuery } from '@tickwatch/aws'
import type { Exclusion } from '@tickwatch/db'
import { alertNames, type Severity, stepEndOf } from '@tickwatch/slo'
import { createCache } from '../../shared/cached.ts'
import { createInOrder } from './inOrder.ts'
import { blocksOfCut, type Cut, cutHas, cutsOf } from './slo.excluded.ts'
import { firingQuery, lastWrittenQuery, talliesQuery, writtenBy } from './slo.queries.ts'
import { blockSizes, blocksOf, groupOf, readTallies, sumTallies, type Tallies, tallyKey } from './slo.tallies.ts'

/** What the rules counted for all SLOs, up to one step. */
export type Snapshot = {
  /** The end of the newest step in it. */
  asOfSeconds: number
  /** The window so far, by its beginning. Like all that follows, with what is excluded. */
  windows: ReadonlyMap<number, Tallies>
  lastHour: Tallies
  /** The last 30 days, the earliest first; the last one is today so far. */
  days: readonly Tallies[]
  /** The end of the newest step with data, by the key of its tally. */
  lastData: ReadonlyMap<string, number>
  maintenance: readonly Exclusion[]
  /** What of them the maintenance windows exclude. */
  excluded: Pick<Snapshot, 'windows' | 'lastHour'>
}

/** An alert that fires. `blind` is of a whole SLO, so it has no labels. */
export type Firing = {
  sloId: string
  labels: Record<string, string>
  severity: Severity | 'blind'
  sinceSeconds: number
}

const daysShown = 30
/** As many as one turn of `FairSlots` has when others wait, so that no block waits there. */
const readsMax = 3
/** A rule can be late, so blocks that ended just now are not kept. */
const lateSteps = 5
/** As long as the longest window; the newest blocks replace older ones anyway. */
const blocksKeptMs = 90 * 86_400_000
/** 90 days, and 24 hours at the beginning of each of some windows and at their end. */
const blocksKeptMax = 400
/** A window has a block of each of its days. */
const cutsKeptMax = 1_000

/**
 * Reads the counts of all SLOs with a handful of queries, whatever their number. A window is cut into whole days and hours,
 * which are read once and kept: what rules wrote does not change. So only its two ends are read again.
 */
export function createSnapshots(amp: MetricsQuery, stepSeconds: number) {
  const blocks = createCache<Tallies>(blocksKeptMs, blocksKeptMax)
  const cutBlocks = createCache<Tallies>(blocksKeptMs, cutsKeptMax)
  const inOrder = createInOrder(readsMax)
  const { small, large } = blockSizes(stepSeconds)

  async function tallies(endSeconds: number, seconds: number, sloId: string | null = null): Promise<Tallies> {
    const answer = inOrder(() => amp.instant(talliesQuery(seconds, sloId), writtenBy(endSeconds, stepSeconds)))
    return readTallies(await answer)
  }

  const isFinal = (end: number, asOfSeconds: number) => end <= asOfSeconds - lateSteps * stepSeconds

  async function between(startSeconds: number, asOfSeconds: number): Promise<Tallies> {
    const parts = blocksOf(startSeconds, asOfSeconds, stepSeconds).map(({ endSeconds, seconds }) =>
      (seconds === small || seconds === large) && isFinal(endSeconds, asOfSeconds)
        ? blocks.get(`${endSeconds} ${seconds}`, () => tallies(endSeconds, seconds))
        : tallies(endSeconds, seconds),
    )
    return sumTallies(await Promise.all(parts))
  }

  /** @param fresh what was read for the same snapshot and is not kept */
  async function excludedBetween(
    cuts: readonly Cut[],
    startSeconds: number,
    asOfSeconds: number,
    fresh: ReturnType<typeof createCache<Tallies>>,
  ): Promise<Tallies> {
    const read = cuts.flatMap((cut) =>
      blocksOfCut(cut, { startSeconds, endSeconds: asOfSeconds }, stepSeconds).map(async ({ endSeconds, seconds }) => {
        const { sloId } = cut
        // The beginning of a rolling window moves on with each step, so a block that it cuts is not asked for again.
        const isKept = isFinal(endSeconds, asOfSeconds) && endSeconds - seconds !== startSeconds
        const found = (isKept ? cutBlocks : fresh).get(`${sloId} ${endSeconds} ${seconds}`, () =>
          tallies(endSeconds, seconds, sloId),
        )
        return new Map([...(await found)].filter(([, tally]) => cutHas(cut, tally)))
      }),
    )
    return sumTallies(await Promise.all(read))
  }

  /** The same counts with other maintenance windows. */
  async function excluding(
    counts: Pick<Snapshot, 'asOfSeconds' | 'windows'>,
    maintenance: readonly Exclusion[],
  ): Promise<Pick<Snapshot, 'maintenance' | 'excluded'>> {
    const { asOfSeconds } = counts
    const cuts = cutsOf(maintenance, stepSeconds)
    const fresh = createCache<Tallies>(blocksKeptMs, cutsKeptMax)
    const since = (start: number) => excludedBetween(cuts, start, asOfSeconds, fresh)
    const starts = [...counts.windows.keys()]
    const [windows, lastHour] = await Promise.all([
      Promise.all(starts.map(async (start) => [start, await since(start)] as const)),
      since(asOfSeconds - small),
    ])
    return { maintenance, excluded: { windows: new Map(windows), lastHour } }
  }

  async function lastData(asOfSeconds: number, lookBackSeconds: number): Promise<Map<string, number>> {
    const query = lastWrittenQuery(lookBackSeconds, stepSeconds)
    const found = new Map<string, number>()
    for (const { labels, points } of await amp.instant(query, writtenBy(asOfSeconds, stepSeconds))) {
      const writtenAt = points[0]?.[1] ?? null
      const { sloId, labels: group } = groupOf(labels)
      if (writtenAt !== null) found.set(tallyKey(sloId, group), stepEndOf(writtenAt, stepSeconds))
    }
    return found
  }

  return {
    /**
     * @param startsSeconds the beginnings of the windows
     * @param lookBackSeconds how far back a step with data is looked for, at least an hour
     */
    async read(
      asOfSeconds: number,
      startsSeconds: readonly number[],
      lookBackSeconds: number,
      maintenance: readonly Exclusion[],
    ): Promise<Snapshot> {
      const today = Math.floor((asOfSeconds - 1) / large) * large
      const dayStarts = Array.from({ length: daysShown }, (_, i) => today - (daysShown - 1 - i) * large)
      const [windows, lastHour, days, last] = await Promise.all([
        Promise.all(startsSeconds.map(async (start) => [start, await between(start, asOfSeconds)] as const)),
        tallies(asOfSeconds, small),
        Promise.all(dayStarts.map((start) => between(start, Math.min(start + large, asOfSeconds)))),
        lastData(asOfSeconds, Math.max(small, lookBackSeconds)),
      ])
      const counts = { asOfSeconds, windows: new Map(windows), lastHour, days, lastData: last }
      return { ...counts, ...(await excluding(counts, maintenance)) }
    },

    excluding,

    async firing(): Promise<Firing[]> {
      return (await amp.instant(firingQuery())).flatMap(({ labels, points }) => {
        const severity = severityOf(labels)
        const since = points[0]?.[1] ?? null
        if (severity === null || since === null) return []
        return [{ ...groupOf(labels), severity, sinceSeconds: since }]
      })
    },
  }
}

function severityOf({ alertname }: Readonly<Record<string, string>>): Firing['severity'] | null {
  const named = (['page', 'ticket', 'blind'] as const).find((severity) => alertNames[severity] === alertname)
  return named ?? null
}
