/**
 * The probability that a standard normal variable is above `z`. The series is exact near the middle; in the tail, where 1 minus
 * the series would lose all digits, the continued fraction is (Abramowitz and Stegun 7.1.5 and 7.1.14).
 */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z)
  const x = z / Math.SQRT2
  return x < 2.5 ? 0.5 - erfBySeries(x) / 2 : erfcByFraction(x) / 2
}

function erfBySeries(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

function erfcByFraction(x: number): number {
  let rest = x
  for (let n = 60; n > 0; n--) rest = x + n / 2 / rest
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * rest)
}
