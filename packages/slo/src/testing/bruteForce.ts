import { knownSteps, recentSteps } from '../names.ts'
import type { Step } from '../steps.ts'

/** The samples of one counter, in the order of their Unix times. */
export type Counter = readonly (readonly [seconds: number, value: number])[]

/** What a counter grew by in a step, and whether the rules can know it exactly. */
type Grown = { events: number; exact: boolean }

/**
 * The events of a group in each step, counted sample by sample. Only for tests: it knows nothing of PromQL.
 * @param ends of the steps
 */
export function bruteSteps(
  counters: { bad: readonly Counter[]; total: readonly Counter[] },
  ends: readonly number[],
  stepSeconds: number,
): (Step & { exact: boolean })[] {
  const within = (counter: Counter, after: number, until: number) => counter.filter(([at]) => at > after && at <= until)
  return ends.flatMap((endSeconds) => {
    const start = endSeconds - stepSeconds
    const last = (counter: Counter, steps: number) => within(counter, start - steps * stepSeconds, start).at(-1)
    const isGroupKnown = counters.total.some((counter) => last(counter, recentSteps))
    const grown = (counter: Counter): Grown | null => {
      const inside = within(counter, start, endSeconds)
      if (inside.length === 0) return null
      const recent = last(counter, recentSteps)
      const before = recent ?? last(counter, knownSteps)
      let previous = before?.[1] ?? 0
      // Of a time before, nobody knows which of the events are of this step.
      if (!isGroupKnown && (!before || (inside.at(-1)?.[1] ?? 0) < previous)) return null
      let events = 0
      let resets = 0
      for (const [, value] of inside) {
        if (value < previous) resets += 1
        events += value >= previous ? value - previous : value
        previous = value
      }
      // From both ends of a step nobody can see a counter that was reset and then grew past where it was, or was new.
      const restarted = resets === 1 && before !== undefined && previous < before[1]
      // What a counter counted before a reset is not read again after a long time.
      const exact = resets === 0 || (restarted && (recent !== undefined || (inside[0]?.[1] ?? 0) < before[1]))
      return { events, exact }
    }
    const sum = (each: readonly Counter[]) => each.map(grown).filter((counter) => counter !== null)
    const total = sum(counters.total)
    if (total.length === 0) return []
    const bad = sum(counters.bad)
    const events = (all: readonly Grown[]) => all.reduce((sum, { events }) => sum + events, 0)
    return [
      { endSeconds, bad: events(bad), total: events(total), exact: [...bad, ...total].every(({ exact }) => exact) },
    ]
  })
}
