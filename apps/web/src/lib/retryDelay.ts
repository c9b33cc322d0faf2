/** Milliseconds before the n-th attempt, from 0: twice as long each time, up to 15 s. */
export const retryDelayMs = (attempt: number) => Math.min(500 * 2 ** attempt, 15_000)
