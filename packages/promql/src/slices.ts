/** Work that stops after each slice of at most about a millisecond, so that a process with one thread can serve others. */
export type Sliced<T> = Generator<undefined, T, undefined>

/** Nodes of a syntax tree that are visited in one slice: few, because the code may not be compiled yet. */
export const sliceNodes = 512

/** Does all of the work without a stop. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}
