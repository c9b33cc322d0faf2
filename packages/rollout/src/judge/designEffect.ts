import { doubledRanks } from './ranks.ts'

const correlationMax = 0.9

/**
 * How many values count as one. Both tests assume that each interval says something new, but a busy host is busy for minutes. Two
 * estimates are each too large for a reason of their own, so the smaller one is used: what all instances share, such as the
 * traffic, makes neighbours in the baseline alike and does not matter between sides; and harm that grows makes neighbouring
 * differences alike, and would hide itself.
 * @param canary in the order of time, as the baseline; both of the same intervals
 */
export function designEffect(canary: readonly number[], baseline: readonly number[]): number {
  const differences = baseline.map((value, i) => (canary[i] as number) - value)
  return Math.min(ofSeries(baseline), ofSeries(differences))
}

/** From the correlation of neighbouring ranks, as for a first-order autoregression. */
function ofSeries(values: readonly number[]): number {
  const n = values.length
  if (n < 4) return 1
  const { ranks } = doubledRanks(values)
  const mean = n + 1
  let together = 0
  let own = 0
  for (let i = 0; i < n; i++) {
    const rank = (ranks[i] as number) - mean
    own += rank ** 2
    if (i > 0) together += rank * ((ranks[i - 1] as number) - mean)
  }
  if (own === 0) return 1
  const estimate = together / own
  // A short series looks less correlated than it is (Kendall 1954), and can't tell a little correlation from none: so the
  // estimate is one standard error too careful.
  const correlation = Math.min(correlationMax, estimate + (1 + 3 * estimate) / n + 1 / Math.sqrt(n))
  return correlation > 0 ? (1 + correlation) / (1 - correlation) : 1
}
