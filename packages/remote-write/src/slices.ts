/**
 * Work that stops after each slice, usually of less than half a millisecond, so that a process with one thread can serve
 * others before it goes on.
 */
export type Sliced<T> = Generator<undefined, T, undefined>

/** Bytes that are decompressed, parsed, judged, copied or compressed in one slice. */
export const sliceBytes = 65_536

/** Does all of the work without a stop. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}
