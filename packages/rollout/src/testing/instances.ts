import type { Interval } from '../judge/interval.ts'
import type { JudgedInstance } from '../judge/points.ts'

/** An interval of 15 s with traffic and without any harm. */
export const good: Omit<Interval, 'endSeconds'> = {
  requests: 300,
  samplesAdmitted: 30_000,
  samplesLost: 0,
  responses5xx: 0,
  responses429: 0,
  firstByteP99Seconds: 0.01,
  cpuSeconds: 0.6,
  memoryBytes: 400 * 2 ** 20,
  restarts: 0,
}

/** An instance that is ready at 0, and its intervals of 15 s from there on; each is good but for these members. */
export const instanceOf = (id: string, intervals: readonly Partial<Interval>[]): JudgedInstance => ({
  id,
  readySeconds: 0,
  intervals: intervals.map((changes, i) => ({ ...good, endSeconds: (i + 1) * 15, ...changes })),
})

export const times = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i))
