import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until `condition` returns true. A throw means "not yet".
 * @throws Error after `seconds`, with `what` and the condition's last fault.
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
  throw new Error(`timed out after ${seconds} s, waiting for: ${what}`, cause ? { cause } : {})
}

/** Returns true if this address answers a GET with 200 now. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000), redirect: 'manual' })
  await response.body?.cancel()
  return response.status === 200
}
