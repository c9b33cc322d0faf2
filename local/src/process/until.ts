import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until `condition` holds; a condition that throws doesn't hold yet.
 * @throws Error that names `what` and the condition's last fault after `seconds`.
 */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  { seconds = 30, everyMs = 50, signal }: { seconds?: number; everyMs?: number; signal?: AbortSignal } = {},
): Promise<void> {
  const deadline = performance.now() + seconds * 1_000
  let cause: unknown
  while (performance.now() < deadline) {
    signal?.throwIfAborted()
    try {
      if (await condition()) return
      cause = undefined
    } catch (fault) {
      cause = fault
    }
    await sleep(everyMs, undefined, signal ? { signal } : {})
  }
  throw new Error(`${what} did not come true within ${seconds} s`, cause ? { cause } : {})
}

/** Whether this address answers a GET with 200 now. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000), redirect: 'manual' })
  await response.body?.cancel()
  return response.status === 200
}
