import { type Sliced, sliceBytes } from '@tickwatch/remote-write'

/** Bytes that are read in one turn of the event loop. That takes about a millisecond. */
const turnBytesMax = 2 * sliceBytes

type Work = {
  bytes: number
  /** Does the next slice. @returns whether the work is done. */
  step(): boolean
}

/**
 * Decides whose request is read next, so that a tenant with many requests, or with small ones that expand to large ones,
 * delays the others by a slice or two of its requests. Tenants take turns, slice by slice. After each turn the event
 * loop reads what arrived meanwhile.
 */
export class Turns {
  /** Works that wait, by tenant, in the order of their next turns. A tenant's first one may have begun. */
  readonly #waiting = new Map<unknown, Work[]>()
  #bytesInTurn = 0
  #nextIsScheduled = false

  /**
   * Does the work: at once if the gateway is not busy and the work has one slice. Works of a tenant are done one after the
   * other, so at most one of them has begun.
   * @param bytes that the whole work reads
   * @returns what the work returns. It rejects with what the work throws.
   */
  run<T>(tenant: unknown, bytes: number, sliced: Sliced<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          const { done, value } = sliced.next()
          if (done) resolve(value)
          return done === true
        } catch (cause) {
          reject(cause)
          return true
        }
      }
      const work = { bytes, step }
      const isFree = this.#waiting.size === 0 && this.#bytesInTurn < turnBytesMax
      if (isFree && this.#step(work)) return
      const queue = this.#waiting.get(tenant)
      if (queue) queue.push(work)
      else this.#waiting.set(tenant, [work])
    })
  }

  #step({ bytes, step }: Work): boolean {
    this.#bytesInTurn += Math.min(bytes, sliceBytes)
    if (!this.#nextIsScheduled) {
      this.#nextIsScheduled = true
      setImmediate(() => this.#nextTurn())
    }
    return step()
  }

  #nextTurn(): void {
    this.#nextIsScheduled = false
    this.#bytesInTurn = 0
    for (const [tenant, queue] of this.#waiting) {
      const [work] = queue
      // Behind all others. The loop comes to it again if the turn has time left.
      this.#waiting.delete(tenant)
      if (work && this.#step(work)) queue.shift()
      if (queue.length > 0) this.#waiting.set(tenant, queue)
      if (this.#bytesInTurn >= turnBytesMax) return
    }
  }
}
