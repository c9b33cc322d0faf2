import type { FigureName } from './figures.ts'

/** Whoever is not sure holds: *inconclusive* never lets a rollout go on. */
export type Outcome = 'pass' | 'inconclusive' | 'fail'

/** The numbers of the two tests, over the intervals of the newest look. */
export type Tests = {
  points: number
  /** In how many of the intervals the canary is above the baseline by more than is harmless. */
  harmShare: number
  /** The rank test fails the canary only from this on: a half, and one standard error. */
  harmShareMin: number
  cliffsDelta: number
  rankPValue: number
  worseShare: number
  shapePValue: number
  /** A test fails the canary below this probability. */
  failBelow: number
}

export type Finding = {
  about: FigureName | 'traffic' | 'samplesLost' | 'restarts'
  outcome: Outcome
  /** A sentence that a person understands, with the numbers. */
  words: string
  /** The medians that the sentence compares, or the counts. In the unit of the name; null if there are none. */
  canary: number | null
  baseline: number | null
  tests: Tests | null
}

export type Verdict = {
  outcome: Outcome
  words: string
  findings: readonly Finding[]
  /** What was left out, and why. */
  notes: readonly string[]
  /** The intervals that both sides have. */
  points: number
  /** Unix time of the first and the last of them. Null if there are none. */
  fromSeconds: number | null
  toSeconds: number | null
}

export function outcomeOf(findings: readonly Finding[]): Outcome {
  if (findings.some(({ outcome }) => outcome === 'fail')) return 'fail'
  return findings.length > 0 && findings.every(({ outcome }) => outcome === 'pass') ? 'pass' : 'inconclusive'
}
