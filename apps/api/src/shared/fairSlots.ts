/** Others of the same key kept their slots for as long as one may wait. */
export class NoSlotInTime extends Error {
  override name = 'NoSlotInTime'
}

/**
 * How many works may run at the same time, so that one tenant cannot keep what all share. A key, such as a tenant, may use
 * at most as many slots as it leaves free: one alone gets half, and a key without works finds a free slot. Keys that wait
 * take turns, however many works one of them has waiting.
 */
export class FairSlots {
  #running = 0
  readonly #runningOf = new Map<string, number>()
  /** In the order of their next turns: a function that begins the work, and one that ends it unbegun. */
  readonly #waiting = new Map<string, Map<() => void, (cause: unknown) => void>>()
  readonly #max: number
  readonly #waitMs: number
  readonly #isAway: (cause: unknown) => boolean
  #answers = 0

  /**
   * @param isAway whether a work failed because what it asks does not answer. Then no work of its key that waits begins
   * any more: each would find that out in its turn, in seconds. The same holds for all keys if nothing was answered
   * meanwhile; else one key's slow works would end those of the others.
   */
  constructor(max: number, waitMs: number, isAway: (cause: unknown) => boolean) {
    this.#max = max
    this.#waitMs = waitMs
    this.#isAway = isAway
  }

  /** @throws NoSlotInTime if it would have to wait longer. Works must not run others of the same slots. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#fits(key) && !this.#waiting.has(key)) this.#use(key, 1)
    else await this.#turn(key)
    const before = this.#answers
    try {
      const answer = await work()
      this.#answers++
      return answer
    } catch (cause) {
      if (this.#isAway(cause)) this.#endWaiting(this.#answers === before ? [...this.#waiting.keys()] : [key], cause)
      throw cause
    } finally {
      this.#use(key, -1)
      this.#beginNext()
    }
  }

  #endWaiting(keys: readonly string[], cause: unknown): void {
    for (const key of keys) {
      const ends = this.#waiting.get(key)?.values() ?? []
      this.#waiting.delete(key)
      for (const end of ends) end(cause)
    }
  }

  #turn(key: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(key) ?? new Map<() => void, (cause: unknown) => void>()
      const begin = () => {
        clearTimeout(deadline)
        resolve()
      }
      const deadline = setTimeout(() => {
        queue.delete(begin)
        if (queue.size === 0 && this.#waiting.get(key) === queue) this.#waiting.delete(key)
        reject(new NoSlotInTime(`no slot became free in ${this.#waitMs} ms`))
      }, this.#waitMs)
      queue.set(begin, (cause) => {
        clearTimeout(deadline)
        reject(cause)
      })
      this.#waiting.set(key, queue)
    })
  }

  #beginNext(): void {
    // A key that goes behind the others is visited again, so that all free slots are given.
    for (const [key, queue] of this.#waiting) {
      const [begin] = queue.keys()
      if (!begin || !this.#fits(key)) continue
      queue.delete(begin)
      this.#waiting.delete(key)
      if (queue.size > 0) this.#waiting.set(key, queue)
      this.#use(key, 1)
      begin()
    }
  }

  #fits(key: string): boolean {
    return (this.#runningOf.get(key) ?? 0) < this.#max - this.#running
  }

  #use(key: string, slots: 1 | -1): void {
    const running = (this.#runningOf.get(key) ?? 0) + slots
    this.#running += slots
    if (running === 0) this.#runningOf.delete(key)
    else this.#runningOf.set(key, running)
  }
}
