/** What one instance counted or measured in one interval. Null is unknown, and so is NaN: neither is 0. */
export type Interval = {
  /** The end of the interval, in Unix time; a multiple of its length. */
  endSeconds: number
  requests: number | null
  samplesAdmitted: number | null
  /** Samples that it had accepted and did not store. */
  samplesLost: number | null
  responses5xx: number | null
  responses429: number | null
  firstByteP99Seconds: number | null
  cpuSeconds: number | null
  memoryBytes: number | null
  /** How often its process began again, without the first time. */
  restarts: number | null
}

export type Count = Exclude<keyof Interval, 'endSeconds'>

/** Null for whatever is not a count or a measurement. */
export function known(interval: Interval, count: Count): number | null {
  const value = interval[count]
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
}

/** The sum over the intervals of which it is known. Null if it is known of none. */
export function sum(intervals: readonly Interval[], count: Count): number | null {
  let total: number | null = null
  for (const interval of intervals) {
    const value = known(interval, count)
    if (value !== null) total = (total ?? 0) + value
  }
  return total
}

/** One count divided by another, over the intervals of which both are known. Null if there are none. */
export function ratio(intervals: readonly Interval[], count: Count, of: Count): number | null {
  let part = 0
  let whole = 0
  for (const interval of intervals) {
    const [counted, all] = [known(interval, count), known(interval, of)]
    if (counted === null || all === null) continue
    part += counted
    whole += all
  }
  return whole > 0 ? part / whole : null
}
