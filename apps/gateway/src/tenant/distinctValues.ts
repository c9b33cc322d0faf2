import { seriesSketchKey } from '@tickwatch/policy'

const kept = 64
/** Hashes have 53 bits. */
const hashes = 2 ** 53
const utf8 = new TextEncoder()

/**
 * Counts different values in bounded memory, exactly up to 63 (k minimum values, Bar-Yossef et al. 2002). Above that it
 * estimates from the 64 smallest hashes, with a standard error of 13 %.
 */
export class DistinctValues {
  /** The smallest hashes, ascending. */
  #smallest: number[] = []

  add(value: string): void {
    this.#insert(seriesSketchKey(utf8.encode(value)))
  }

  addAll(other: DistinctValues): void {
    for (const hash of other.#smallest) this.#insert(hash)
  }

  get count(): number {
    const last = this.#smallest[kept - 1]
    return last === undefined ? this.#smallest.length : Math.round((kept - 1) / (last / hashes))
  }

  #insert(hash: number): void {
    const smallest = this.#smallest
    if (smallest.length === kept && hash >= (smallest[kept - 1] as number)) return
    const at = smallest.findIndex((known) => known >= hash)
    if (smallest[at] === hash) return
    smallest.splice(at === -1 ? smallest.length : at, 0, hash)
    if (smallest.length > kept) smallest.pop()
  }
}
