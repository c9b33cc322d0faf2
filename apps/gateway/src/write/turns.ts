/** Bytes that are decompressed and parsed in one turn of the event loop. That takes about 2 ms. */
const turnBytesMax = 1_048_576

/**
 * Decides whose request is decompressed next, so that a tenant with many requests, or with small ones that expand to
 * large ones, delays the others by at most one of its requests. Tenants take turns. After each turn the event loop reads
 * what arrived meanwhile.
 */
export class Turns {
  /** Requests that wait, by tenant, in the order of their next turns. */
  readonly #waiting = new Map<unknown, { bytes: number; begin(): void }[]>()
  #bytesInTurn = 0
  #nextIsScheduled = false

  /**
   * Resolves when the request may be decompressed: at once if the gateway is not busy.
   * @param bytes after decompression
   */
  async take(tenant: unknown, bytes: number): Promise<void> {
    if (this.#waiting.size === 0 && this.#bytesInTurn < turnBytesMax) return this.#begin(bytes)
    await new Promise<void>((begin) => {
      const queue = this.#waiting.get(tenant)
      if (queue) queue.push({ bytes, begin })
      else this.#waiting.set(tenant, [{ bytes, begin }])
    })
  }

  #begin(bytes: number): void {
    this.#bytesInTurn += bytes
    if (this.#nextIsScheduled) return
    this.#nextIsScheduled = true
    setImmediate(() => this.#nextTurn())
  }

  #nextTurn(): void {
    this.#nextIsScheduled = false
    this.#bytesInTurn = 0
    for (const [tenant, queue] of this.#waiting) {
      const request = queue.shift()
      // Behind all others. The loop comes to it again if the turn has time left.
      this.#waiting.delete(tenant)
      if (queue.length > 0) this.#waiting.set(tenant, queue)
      if (!request) continue
      this.#begin(request.bytes)
      request.begin()
      if (this.#bytesInTurn >= turnBytesMax) return
    }
  }
}
