const periodMs = 300_000

/** The earliest of the times that were added in the last five to ten minutes, so that a renewed certificate is forgotten. */
export class RecentEarliest {
  #period = 0
  #current = Number.POSITIVE_INFINITY
  #previous = Number.POSITIVE_INFINITY

  /** @param time null if there is none */
  add(time: number | null, nowMs: number): void {
    this.#turn(nowMs)
    if (time !== null) this.#current = Math.min(this.#current, time)
  }

  /** @returns null if none was added. */
  get(nowMs: number): number | null {
    this.#turn(nowMs)
    const earliest = Math.min(this.#current, this.#previous)
    return Number.isFinite(earliest) ? earliest : null
  }

  #turn(nowMs: number): void {
    const period = Math.floor(nowMs / periodMs)
    if (period === this.#period) return
    this.#previous = period === this.#period + 1 ? this.#current : Number.POSITIVE_INFINITY
    this.#current = Number.POSITIVE_INFINITY
    this.#period = period
  }
}
