import { randomBytes } from 'node:crypto'

/** Each process has its own random seed, so that nobody outside can choose labels with colliding hashes. */
const seed = randomBytes(8)
const seedA = seed.readInt32LE(0)
const seedB = seed.readInt32LE(4)

/**
 * Hashes labels: call `begin`, then for each name and each value in order `text` and `mix`, then `key`. In 2.0 the hash
 * of a symbol is stored, and mixed in for each reference to it, so that a series has the same key in both versions.
 * There are two lanes of 32 bits; each step is a bijection of its lane.
 */
export class LabelHash {
  /** The hash of the last text. */
  textA = 0
  textB = 0
  private a = 0
  private b = 0

  begin(): void {
    this.a = seedA
    this.b = seedB
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

  mix(textA: number, textB: number): void {
    const a = Math.imul(this.a ^ textA, 0xc2b2ae3d)
    this.a = a ^ (a >>> 13)
    this.b = Math.imul(((this.b << 11) | (this.b >>> 21)) + textB, 0x27d4eb2f)
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
