const namesMax = 32

/** Metadata that is left out, because its text is not UTF-8 or does not exist: how many, and the names of the first ones. */
export class BadMetadata {
  count = 0
  /** Start and end of each name. */
  private readonly ranges = new Int32Array(2 * namesMax)

  begin(): void {
    this.count = 0
  }

  add(nameStart: number, nameEnd: number): void {
    if (this.count < namesMax) this.ranges.set([nameStart, nameEnd], 2 * this.count)
    this.count++
  }

  /** They may be empty, or have replacement characters. */
  names(bytes: Buffer): string[] {
    return Array.from({ length: Math.min(this.count, namesMax) }, (_, i) =>
      bytes.toString('utf8', this.ranges[2 * i], this.ranges[2 * i + 1]),
    )
  }
}
