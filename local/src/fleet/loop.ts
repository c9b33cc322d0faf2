import type { Fleet } from './fleet.ts'

/** Lets the fleet go on every so often, one step at a time. @returns what stops that, once the last step has ended */
export function keepStepping(fleet: Fleet, everyMs: number, failed: (cause: unknown) => void): () => Promise<void> {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let current = Promise.resolve()
  const next = () => {
    current = fleet
      .step()
      .catch(failed)
      .then(() => {
        if (!isStopped) timer = setTimeout(next, everyMs)
      })
  }
  next()
  return async () => {
    isStopped = true
    clearTimeout(timer)
    await current
  }
}
