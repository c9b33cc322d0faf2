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
  /** In the order of their next turns: how each work begins, and how it is told that it never will. */
  readonly #waiting = new Map<string, Map<() => void, (cause: unknown) => void>>()
  readonly #max: number
  readonly #waitMs: number

  constructor(max: number, waitMs: number) {
    this.#max = max
    this.#waitMs = waitMs
  }

  /** @throws NoSlotInTime if it would have to wait longer. Works must not run others of the same slots. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#fits(key) && !this.#waiting.has(key)) this.#use(key, 1)
    else await this.#turn(key)
    try {
      return await work()
    } finally {
      this.#use(key, -1)
      this.#beginNext()
    }
  }

  /** No work of the key that waits begins any more, because what it waits for is away. */
  endWaiting(key: string, cause: unknown): void {
    const ends = this.#waiting.get(key)?.values() ?? []
    this.#waiting.delete(key)
    for (const end of ends) end(cause)
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
