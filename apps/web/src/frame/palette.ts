import { type LimitName, limitDefinitions, limitNames } from '@tickwatch/policy'

/** The limits in whose titles one of the words begins a word; without samples per second, which each tenant has. */
export const namedLimits = (words: readonly string[]): LimitName[] =>
  limitNames.filter((limit) => {
    const title = limitDefinitions[limit].title.toLowerCase().split(' ')
    return (
      limit !== 'ingest.samplesPerSecond' &&
      words.some((word) => word.length > 2 && title.some((one) => one.startsWith(word)))
    )
  })

/** The number in `12`, `v12` or `version 12`; null if there is none. */
export function versionNumber(words: readonly string[]): number | null {
  const digits = words.map((word) => /^v?(\d{1,15})$/.exec(word)?.[1]).find((found) => found !== undefined)
  const number = Number(digits ?? 0)
  return number > 0 ? number : null
}

export const shownMax = 12
/** So many places are kept for what is found last. */
const keptMax = 4

/** The actions to show: those of `first`, and at least the first four of `last`. */
export function shownActions<T>(first: readonly T[], last: readonly T[]): T[] {
  const kept = first.slice(0, shownMax - Math.min(keptMax, last.length))
  return [...kept, ...last].slice(0, shownMax)
}
