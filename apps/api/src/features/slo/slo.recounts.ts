import type { SloRecount } from '@tickwatch/db'
import { groupKey, noCauses, type Step } from '@tickwatch/slo'
import { isOut } from './slo.excluded.ts'
import type { Snapshot } from './slo.snapshot.ts'
import { blockSizes, sumTallies, type Tallies, type Tally, tallyKey } from './slo.tallies.ts'

type Changes = readonly SloRecount[]
/** The first step ends after `from`. */
type Range = { from: number; to: number }

/** Numbers of native histograms are interpolated, and come back with another rounding. */
const noise = 1e-6

/**
 * How a second count differs from what the rule wrote. A step that is only in the first one stays as it is: its samples were
 * there, and the store has lost them.
 */
export function recountsOf(
  sloId: string,
  recorded: ReadonlyMap<string, { steps: readonly Step[] }>,
  counted: ReadonlyMap<string, { labels: Record<string, string>; steps: readonly Step[] }>,
): SloRecount[] {
  return [...counted].flatMap(([key, { labels, steps }]) => {
    const before = new Map(recorded.get(key)?.steps.map((step) => [step.endSeconds, step]))
    return steps.flatMap(({ endSeconds, bad, total }) => {
      const was = before.get(endSeconds)
      const change = { bad: bad - (was?.bad ?? 0), total: total - (was?.total ?? 0), steps: was ? 0 : 1 }
      const isSame = was !== undefined && Math.abs(change.bad) < noise && Math.abs(change.total) < noise
      return isSame ? [] : [{ sloId, labels, endSeconds, ...change }]
    })
  })
}

/** The counts of all SLOs with what differed. */
export function recountedSnapshot(snapshot: Snapshot, changes: Changes, stepSeconds: number): Snapshot {
  if (changes.length === 0) return snapshot
  const { asOfSeconds } = snapshot
  const { small, large } = blockSizes(stepSeconds)
  const within = (tallies: Tallies, from: number, to: number, of = changes): Tallies =>
    sumTallies([tallies, ...of.flatMap((change) => (isIn(change, { from, to }) ? [tallyOf(change)] : []))])
  const out = changes.filter((change) => isOut(snapshot.maintenance, change, stepSeconds))
  const windowsOf = ({ windows }: Pick<Snapshot, 'windows'>, of: Changes) =>
    new Map([...windows].map(([start, tallies]) => [start, within(tallies, start, asOfSeconds, of)]))
  const lastHourOf = ({ lastHour }: Pick<Snapshot, 'lastHour'>, of: Changes) =>
    within(lastHour, asOfSeconds - small, asOfSeconds, of)
  const today = Math.floor((asOfSeconds - 1) / large) * large
  const days = snapshot.days.map((tallies, i) => {
    const start = today - (snapshot.days.length - 1 - i) * large
    return within(tallies, start, Math.min(start + large, asOfSeconds))
  })
  return {
    ...snapshot,
    windows: windowsOf(snapshot, changes),
    lastHour: lastHourOf(snapshot, changes),
    days,
    excluded: { windows: windowsOf(snapshot.excluded, out), lastHour: lastHourOf(snapshot.excluded, out) },
  }
}

/**
 * The steps of a group, or of all groups together, with what differed.
 * @param labels of the group; null for all together
 */
export function recountedSteps(
  steps: readonly Step[],
  sloId: string,
  labels: Readonly<Record<string, string>> | null,
  changes: Changes,
  range: Range,
): Step[] {
  const key = labels && groupKey(labels)
  const own = changes.filter(
    (change) => change.sloId === sloId && isIn(change, range) && (key === null || groupKey(change.labels) === key),
  )
  if (own.length === 0) return [...steps]
  const byEnd = new Map(steps.map((step) => [step.endSeconds, { ...step }]))
  for (const { endSeconds, bad, total } of own) {
    const step = byEnd.get(endSeconds) ?? { endSeconds, bad: 0, total: 0 }
    byEnd.set(endSeconds, { endSeconds, bad: step.bad + bad, total: step.total + total })
  }
  return [...byEnd.values()].sort((a, b) => a.endSeconds - b.endSeconds)
}

const isIn = ({ endSeconds }: SloRecount, { from, to }: Range) => endSeconds > from && endSeconds <= to
const tallyOf = ({ sloId, labels, bad, total, steps }: SloRecount): Map<string, Tally> =>
  new Map([[tallyKey(sloId, labels), { sloId, labels, bad, total, steps, told: noCauses }]])
