/**
 * The names with the largest counts, in bounded memory (Space-Saving, Metwally et al. 2005). A name that is not counted
 * takes the place of the smallest one, and that count is its error.
 */
export class TopCounts {
  readonly #capacity: number
  readonly #counts = new Map<string, { count: number; error: number }>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  add(name: string, count: number): void {
    const known = this.#counts.get(name)
    if (known) {
      known.count += count
      return
    }
    let error = 0
    if (this.#counts.size >= this.#capacity) {
      let smallest = ''
      error = Number.POSITIVE_INFINITY
      for (const [other, entry] of this.#counts) {
        if (entry.count >= error) continue
        smallest = other
        error = entry.count
      }
      this.#counts.delete(smallest)
    }
    this.#counts.set(name, { count: error + count, error })
  }

  /** What each name has at least. */
  *[Symbol.iterator](): Generator<[name: string, atLeast: number]> {
    for (const [name, { count, error }] of this.#counts) yield [name, count - error]
  }
}
