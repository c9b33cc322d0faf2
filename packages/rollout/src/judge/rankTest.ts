import { normalUpperTail } from './normal.ts'
import { doubledRanks } from './ranks.ts'

export type RankTest = {
  /** How many of all pairs have the larger value in the canary; a pair of equal values counts half. */
  u: number
  /** From -1 to 1: the share of pairs in which the canary has the larger value, minus the share in which it has the smaller. */
  cliffsDelta: number
  /** How likely the canary's values are at least as large as they are, by rank, if canary and baseline are alike. */
  pValue: number
}

/** Up to so many values, all ways to deal the ranks out are counted. Beyond that the normal approximation is as good. */
const exactValuesMax = 40

/**
 * Mann–Whitney's test of whether the canary's values are larger. Equal values share a rank and no noise is added, so the same
 * values give the same answer.
 * @param designEffect how many values count as one, because neighbours are alike (`designEffect.ts`)
 * @throws RangeError if one side has no values
 */
export function rankTest(canary: readonly number[], baseline: readonly number[], designEffect = 1): RankTest {
  const [n, m] = [canary.length, baseline.length]
  if (n === 0 || m === 0) throw new RangeError('The rank test needs values of both sides.')
  const { ranks, ties } = doubledRanks([...canary, ...baseline])
  let doubledSum = 0
  for (let i = 0; i < n; i++) doubledSum += ranks[i] as number
  const u = doubledSum / 2 - (n * (n + 1)) / 2
  const pValue =
    designEffect === 1 && n + m <= exactValuesMax
      ? exactUpperTail(ranks, n, doubledSum)
      : normalTail(u, n, m, ties, designEffect)
  return { u, cliffsDelta: (2 * u) / (n * m) - 1, pValue }
}

/** The variance has the correction for ties (Lehmann, Nonparametrics, 1.4) and the continuity correction of half a pair. */
function normalTail(u: number, n: number, m: number, ties: readonly number[], designEffect: number): number {
  const all = n + m
  const tied = ties.reduce((sum, t) => sum + (t ** 3 - t), 0)
  const variance = ((n * m) / 12) * (all + 1 - tied / (all * (all - 1))) * designEffect
  return variance > 0 ? normalUpperTail((u - (n * m) / 2 - 0.5) / Math.sqrt(variance)) : 1
}

/** Of all ways to give `n` of these ranks to the canary, the share whose sum is at least `doubledSum`: exact with ties too. */
function exactUpperTail(ranks: readonly number[], n: number, doubledSum: number): number {
  const sumMax = ranks.reduce((sum, rank) => sum + rank, 0)
  const ways = Array.from({ length: n + 1 }, () => new Float64Array(sumMax + 1))
  ;(ways[0] as Float64Array)[0] = 1
  let reached = 0
  for (const [i, rank] of ranks.entries()) {
    reached += rank
    for (let k = Math.min(n, i + 1); k > 0; k--) {
      const [to, from] = [ways[k] as Float64Array, ways[k - 1] as Float64Array]
      for (let sum = reached; sum >= rank; sum--) to[sum] = (to[sum] as number) + (from[sum - rank] as number)
    }
  }
  let above = 0
  let all = 0
  for (const [sum, count] of (ways[n] as Float64Array).entries()) {
    all += count
    if (sum >= doubledSum) above += count
  }
  return above / all
}
