import { setTimeout as sleep } from 'node:timers/promises'

/** Runs `work` repeatedly, with a rest after each run, until `signal` aborts. The abort also ends a rest. */
export async function repeat(restMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work()
    await rest(restMs, signal)
  }
}

/** Tries `work` until it succeeds. @returns its result, or null if `signal` aborted first. */
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

/** Waits about `ms`. The time varies, so that processes that started together do not all run at the same moment. */
const rest = (ms: number, signal: AbortSignal) =>
  sleep(ms * (0.9 + Math.random() * 0.2), undefined, { signal }).catch(() => {})
