import type { Cursor } from './cursor.ts'

/** The positive or the negative buckets of one native histogram, as far as their check needs them. */
export class BucketSide {
  private spans = 0
  private spanBuckets = 0
  /** The index after the last bucket. */
  spanExtent = 0
  startsNegative = false
  hasNegativeOffset = false
  deltaTotal = 0
  hasNegativeDelta = false
  hasNegativeCount = false
  private deltaCount = 0
  private lastCount = 0
  private countCount = 0

  begin(): void {
    this.spans = 0
    this.spanBuckets = 0
    this.spanExtent = 0
    this.startsNegative = false
    this.hasNegativeOffset = false
    this.deltaTotal = 0
    this.hasNegativeDelta = false
    this.hasNegativeCount = false
    this.deltaCount = 0
    this.lastCount = 0
    this.countCount = 0
  }

  isEmpty(isFloat: boolean): boolean {
    return this.spans === 0 && (isFloat ? this.countCount : this.deltaCount) === 0
  }

  /** Whether there are as many buckets as the spans have. */
  spansFit(isFloat: boolean): boolean {
    return this.spanBuckets === (isFloat ? this.countCount : this.deltaCount)
  }

  /** BucketSpan: offset 1, length 2. */
  span(cursor: Cursor, end: number): void {
    let offset = 0
    let length = 0
    while (cursor.at < end) {
      const tagAt = cursor.at
      const tag = cursor.tag(end)
      if (tag === 0x08) offset = cursor.sint(end)
      else if (tag === 0x10) length = cursor.varint(end)
      else if (tag >>> 3 <= 2) cursor.fail("a bucket span's field has a wrong wire type", tagAt)
      else cursor.skip(tag & 7, end)
    }
    if (offset < 0) {
      if (this.spans === 0) this.startsNegative = true
      else this.hasNegativeOffset = true
    }
    this.spans++
    this.spanBuckets += length
    this.spanExtent += offset + length
  }

  deltas(cursor: Cursor, end: number): void {
    let deltas = 0
    let count = this.lastCount
    let total = this.deltaTotal
    let isNegative = this.hasNegativeDelta
    while (cursor.at < end) {
      count += cursor.sint(end)
      total += count
      deltas++
      if (count < 0) isNegative = true
    }
    this.deltaCount += deltas
    this.lastCount = count
    this.deltaTotal = total
    this.hasNegativeDelta = isNegative
  }

  delta(delta: number): void {
    this.deltaCount++
    this.lastCount += delta
    this.deltaTotal += this.lastCount
    if (this.lastCount < 0) this.hasNegativeDelta = true
  }

  counts(cursor: Cursor, end: number): void {
    while (cursor.at < end) this.count(cursor.double(end))
  }

  count(count: number): void {
    this.countCount++
    if (count < 0) this.hasNegativeCount = true
  }
}
