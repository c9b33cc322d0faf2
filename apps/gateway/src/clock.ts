/** The time, passed in so that tests can control it. */
export type Clock = {
  /** Never goes back; for rates, ages and delays. */
  monotonicMs(): number
  /** Unix milliseconds; for the timestamps of samples and for people. */
  epochMs(): number
}

export const systemClock: Clock = { monotonicMs: () => performance.now(), epochMs: () => Date.now() }
