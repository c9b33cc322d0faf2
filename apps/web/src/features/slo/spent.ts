import type { Figures } from './words.ts'

type Cause = keyof NonNullable<Figures['badByCause']>
/** A part of the spent budget. `ratio` is of the whole budget; the sum of all is what was spent of it, which can be above 1. */
type SpentPart = { cause: Cause; words: string; ratio: number }

/** Who must act on a bad event, in the order in which a bar shows them. */
const causeWords: Readonly<Record<Cause, string>> = {
  platform: 'platform',
  tenant: 'tenant',
  aws: 'AMP or AWS',
  unknown: 'not known',
}

/** What was spent of a budget by each cause. Empty if nothing was, or the metric of the SLO does not say causes. */
export function spentParts({ leftRatio, badByCause }: Pick<Figures, 'leftRatio' | 'badByCause'>): SpentPart[] {
  if (leftRatio === null || badByCause === null) return []
  const counts = Object.entries(causeWords).map(([key, words]) => {
    const cause = key as Cause
    return { cause, words, bad: badByCause[cause] }
  })
  const bad = counts.reduce((sum, part) => sum + part.bad, 0)
  const spent = Math.max(0, 1 - leftRatio)
  if (bad <= 0 || spent === 0) return []
  return counts.flatMap((part) =>
    part.bad > 0 ? [{ cause: part.cause, words: part.words, ratio: (part.bad / bad) * spent }] : [],
  )
}
