import { z } from 'zod'
import { whole } from '../whole.ts'
import { figureNames } from './figures.ts'

/** How a wave is judged. Missing members get their default (ADR 9). */
export const judgeSchema = z.object({
  /** False for the last wave, which leaves no baseline: then only the hard limits are judged. */
  compares: z.boolean().default(true),
  figures: z
    .array(z.enum(figureNames))
    .min(1, 'Choose at least one figure.')
    .default([...figureNames]),
  intervalSeconds: whole(1, 300, 's').default(15),
  /** The first seconds of an instance are left out, because caches are empty and code is not compiled. */
  warmUpSeconds: whole(0, 3_600, 's').default(120),
  /** An instance counts in an interval in which it admitted at least so many samples. Before that, no traffic reaches it. */
  samplesMin: whole(1, 1_000_000_000, 'samples').default(100),
  /** From so many intervals on the statistics can fail a canary … */
  failPointsMin: whole(10, 1_000, 'intervals').default(20),
  /** … and from so many it can pass. If these are fewer, it can fail from as few. */
  passPointsMin: whole(10, 1_000, 'intervals').default(50),
})
export type JudgePolicy = z.output<typeof judgeSchema>

/** Of rollouts of a good image, how many the statistics roll back at most. */
export const falseRollbackRatioMax = 0.01

/** The newest so many intervals are compared, so that harm that begins late is not lost among good hours. */
export const pointsMax = 120

/** A hard limit looks at so many intervals in a row. A figure that is too many times the baseline's fails in all but one of them. */
export const limitPoints = 4

/** How many intervals lie between two looks at the statistics: those of a minute. */
export const pointsPerLook = ({ intervalSeconds }: Pick<JudgePolicy, 'intervalSeconds'>): number =>
  Math.max(1, Math.floor(60 / intervalSeconds))

/** Of how many intervals the first look at the statistics is. */
export const firstLook = ({ failPointsMin, passPointsMin }: JudgePolicy): number =>
  Math.min(failPointsMin, passPointsMin)

/** A look at the statistics: its number from 1, and of how many intervals it is. Null before the first. */
export function lookAt(points: number, policy: JudgePolicy): { number: number; points: number } | null {
  const first = firstLook(policy)
  if (points < first) return null
  const step = pointsPerLook(policy)
  const number = Math.floor((points - first) / step) + 1
  return { number, points: first + (number - 1) * step }
}

/**
 * The probability below which a test fails a canary. Each look is one more chance to be wrong, so look k gets 1 / (k (k + 1)) of
 * what its wave has: the sum over all looks is 1, however long a wave is held. The waves share equally, and so do the
 * figures of a wave and the two tests of a figure. These sums hold whether or not the tests depend on each other.
 */
export function failBelow(look: number, policy: JudgePolicy, comparedWaves: number): number {
  const tests = comparedWaves * policy.figures.length * 2
  return falseRollbackRatioMax / tests / (look * (look + 1))
}

/** How long a wave must bake, from the moment at which its instances are ready, until the judge can pass it. */
export const bakeSecondsMin = ({ compares, warmUpSeconds, passPointsMin, intervalSeconds }: JudgePolicy): number =>
  warmUpSeconds + (compares ? passPointsMin : limitPoints) * intervalSeconds
