import { setTimeout as sleep } from 'node:timers/promises'

/** Runs `work` again and again until `signal` aborts, which ends the rest between two runs early. */
export async function repeat(restMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work()
    await rest(restMs, signal)
  }
}

/** Tries `work` until it succeeds. @returns what it gave; null if `signal` aborted first. */
export async function retry<T>(
  restMs: number,
  signal: AbortSignal,
  work: () => Promise<T>,
  failed: (err: unknown) => void,
): Promise<T | null> {
  while (!signal.aborted) {
    try {
      return await work()
    } catch (err) {
      failed(err)
    }
    await rest(restMs, signal)
  }
  return null
}

/** About `ms`: processes that started together must not stay in step. */
const rest = (ms: number, signal: AbortSignal) =>
  sleep(ms * (0.9 + Math.random() * 0.2), undefined, { signal }).catch(() => {})
