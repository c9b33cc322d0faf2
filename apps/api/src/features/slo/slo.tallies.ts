import type { Series } from '@tickwatch/aws'
import { addCauses, type BadByCause, causeOf, causeValueOf, groupKey, noCauses, sloLabels } from '@tickwatch/slo'

/** The events of one group of an SLO in a time, and in how many steps it had data. */
export type Tally = {
  sloId: string
  labels: Record<string, string>
  bad: number
  total: number
  steps: number
  /** Of the bad events those of which the metric says the cause. */
  told: BadByCause
}
/** The events of a time, of a group or of several. */
export type Counts = Pick<Tally, 'bad' | 'total' | 'steps' | 'told'>
export const noCounts: Counts = { bad: 0, total: 0, steps: 0, told: noCauses }
/** By {@link tallyKey}. */
export type Tallies = ReadonlyMap<string, Tally>

export const tallyKey = (sloId: string, labels: Readonly<Record<string, string>>): string =>
  `${sloId} ${groupKey(labels)}`

/** The SLO and the labels of the group of a series that a rule wrote. */
export function groupOf(labels: Readonly<Record<string, string>>): Pick<Tally, 'sloId' | 'labels'> {
  const own: Record<string, string> = {}
  for (const [name, value] of Object.entries(labels)) if (!rulesLabels.has(name)) own[name] = value
  return { sloId: labels.slo ?? '', labels: own }
}
const rulesLabels: ReadonlySet<string> = new Set([...Object.values(sloLabels), '__name__', 'alertname', 'alertstate'])

/** @param answer to `talliesQuery` */
export function readTallies(answer: readonly Series[]): Tallies {
  const tallies = new Map<string, Tally>()
  for (const { labels, points } of answer) {
    const value = points[0]?.[1] ?? null
    const { event = '' } = labels
    const why = causeValueOf(event)
    if (value === null || (why === null && !isCounted(event))) continue
    const group = groupOf(labels)
    const key = tallyKey(group.sloId, group.labels)
    const tally = tallies.get(key) ?? { ...group, ...noCounts }
    if (isCounted(event)) tally[event] = value
    else if (why !== null) tally.told = addCauses(tally.told, { ...noCauses, [causeOf(why)]: value })
    tallies.set(key, tally)
  }
  return tallies
}

const isCounted = (event: string) => event === 'bad' || event === 'total' || event === 'steps'

/** The sum of tallies of times that do not overlap. */
export function sumTallies(parts: readonly Tallies[]): Tallies {
  const sum = new Map<string, Tally>()
  for (const part of parts) {
    for (const [key, tally] of part) {
      const so = sum.get(key)
      if (!so) sum.set(key, { ...tally })
      else {
        so.bad += tally.bad
        so.total += tally.total
        so.steps += tally.steps
        so.told = addCauses(so.told, tally.told)
      }
    }
  }
  return sum
}

/** All groups of an SLO together. `steps` are then those of the group with the most. */
export const together = (groups: readonly Counts[]): Counts =>
  groups.reduce(
    (sum, { bad, total, steps, told }) => ({
      bad: sum.bad + bad,
      total: sum.total + total,
      steps: Math.max(sum.steps, steps),
      told: addCauses(sum.told, told),
    }),
    noCounts,
  )

/** Of one minute's steps: an hour and a day. Larger blocks are counted once and kept. */
export function blockSizes(stepSeconds: number): { small: number; large: number } {
  const small = Math.max(1, Math.round(3_600 / stepSeconds)) * stepSeconds
  return { small, large: 24 * small }
}

export type Block = { endSeconds: number; seconds: number }

/**
 * Cuts a time into blocks: as many large and small ones as fit at their multiples, and what is left at its ends.
 * @param startSeconds exclusive, a multiple of the step, like `endSeconds`
 */
export function blocksOf(startSeconds: number, endSeconds: number, stepSeconds: number): Block[] {
  const { small, large } = blockSizes(stepSeconds)
  const blocks: Block[] = []
  for (let at = startSeconds; at < endSeconds; ) {
    const fits = (size: number) => at % size === 0 && at + size <= endSeconds
    const next = fits(large)
      ? at + large
      : fits(small)
        ? at + small
        : Math.min(endSeconds, (Math.floor(at / small) + 1) * small)
    blocks.push({ endSeconds: next, seconds: next - at })
    at = next
  }
  return blocks
}
