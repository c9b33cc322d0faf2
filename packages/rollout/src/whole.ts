import { z } from 'zod'

/** A whole number from a person or a program. Its message names the range and the unit. */
export function whole(min: number, max: number, unit: string) {
  const rule = `Enter a whole number from ${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')} ${unit}.`
  return z.number(rule).int(rule).min(min, rule).max(max, rule)
}
