/**
 * Runs works in the order in which they come, at most `max` at the same time. If one fails, those that wait fail with it:
 * each would find out in its turn that nothing answers.
 */
export function createInOrder(max: number) {
  const waiting: { begin: () => void; end: (cause: unknown) => void }[] = []
  let running = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < max) running += 1
    else await new Promise<void>((begin, end) => waiting.push({ begin, end }))
    try {
      return await work()
    } catch (cause) {
      for (const { end } of waiting.splice(0)) end(cause)
      throw cause
    } finally {
      const next = waiting.shift()
      if (next) next.begin()
      else running -= 1
    }
  }
}
