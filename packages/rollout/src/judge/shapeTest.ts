export type ShapeTest = {
  /** The largest share of intervals by which the canary is ahead of the baseline above any value. */
  worseShare: number
  /** How likely that share is at least as large if canary and baseline are alike. */
  pValue: number
}

/**
 * The one-sided test of Kolmogorov and Smirnov. It sees what the rank test is blind to: values with the same middle of which
 * some are far worse. The limit of its distribution is used, exp(-2 λ²), which
 * gives small probabilities, by which alone a canary fails, a little too large.
 * @param canary less the difference that is no harm, so that only harm counts
 * @param designEffect how many values count as one, because neighbours are alike (`designEffect.ts`)
 * @throws RangeError if one side has no values
 */
export function shapeTest(canary: readonly number[], baseline: readonly number[], designEffect = 1): ShapeTest {
  const [n, m] = [canary.length, baseline.length]
  if (n === 0 || m === 0) throw new RangeError('The shape test needs values of both sides.')
  const above = Float64Array.from(canary).sort()
  let worseShare = 0
  let notAbove = 0
  for (const [i, value] of Float64Array.from(baseline).sort().entries()) {
    while (notAbove < n && (above[notAbove] as number) <= value) notAbove++
    worseShare = Math.max(worseShare, (i + 1) / m - notAbove / n)
  }
  return { worseShare, pValue: Math.exp((-2 * worseShare ** 2 * n * m) / (n + m) / designEffect) }
}
