/** A buffer that requests reuse one after the other. It at least doubles when it grows, and never shrinks. */
export class Scratch {
  bytes: Buffer

  constructor(bytes = 65_536) {
    this.bytes = Buffer.allocUnsafeSlow(bytes)
  }

  /** Makes room for `needed` bytes in total and keeps the first `used` bytes. */
  reserve(needed: number, used = 0): Buffer {
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
      if (used > 0) this.bytes.copy(grown, 0, 0, used)
      this.bytes = grown
    }
    return this.bytes
  }
}
