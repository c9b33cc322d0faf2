import { randomBytes } from 'node:crypto'

/** Each process has its own random seed, so that nobody outside can choose labels with colliding hashes. */
const seed = randomBytes(8)
const seedA = seed.readInt32LE(0)
const seedB = seed.readInt32LE(4)

/**
 * Hashes labels: call `begin`, then for each label `text` of its name and of its value and `label` with both results,
 * then `key`. In 2.0 the hash of a symbol is stored, and used for each reference to it, so that a series has the same
 * key in both versions. There are two lanes of 32 bits. Each adds up the hashes of the labels, so that the order in
 * which a sender writes them does not matter.
 */
export class LabelHash {
  /** The hash of the last text. */
  textA = 0
  textB = 0
  private a = 0
  private b = 0

  begin(): void {
    this.a = 0
    this.b = 0
  }

  /** @returns whether the text is ASCII: that costs nothing here and saves the check for UTF-8. */
  text(bytes: Uint8Array, start: number, end: number): boolean {
    let a = seedA ^ (end - start)
    let b = seedB
    let seen = 0
    let at = start
    for (const wordsEnd = end - 3; at < wordsEnd; at += 4) {
      const word =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)
      seen |= word
      a = Math.imul(a ^ word, 0x9e3779b1)
      a ^= a >>> 15
      b = Math.imul(((b << 13) | (b >>> 19)) + word, 0x85ebca77)
    }
    for (; at < end; at++) {
      const byte = bytes[at] as number
      seen |= byte
      a = Math.imul(a ^ byte, 0x9e3779b1)
      a ^= a >>> 15
      b = Math.imul(((b << 13) | (b >>> 19)) + byte, 0x85ebca77)
    }
    this.textA = a
    this.textB = b
    return (seen & 0x80808080) === 0
  }

  /** Adds a label: the two lanes of its name's hash and of its value's. */
  label(nameA: number, nameB: number, valueA: number, valueB: number): void {
    let a = Math.imul(nameA, 0xc2b2ae3d)
    a = Math.imul(a ^ (a >>> 13) ^ valueA, 0x9e3779b1)
    this.a = (this.a + (a ^ (a >>> 15))) | 0
    const b = Math.imul(((nameB << 11) | (nameB >>> 21)) + valueB, 0x27d4eb2f)
    this.b = (this.b + (b ^ (b >>> 16))) | 0
  }

  /** 53 bits, so that it is an exact number and can be the key of a Map. */
  key(): number {
    return (avalanche(this.b) >>> 11) * 2 ** 32 + (avalanche(this.a) >>> 0)
  }
}

/** The finalizer of MurmurHash3. */
function avalanche(lane: number): number {
  let mixed = lane ^ (lane >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
