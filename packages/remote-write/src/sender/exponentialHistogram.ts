import type { NativeHistogram } from '../histogram.ts'

/** Each power of two is divided into 2^3 buckets: a bucket is 9 % wide. */
const schema = 3
/** 2^-12 to 2^12 seconds; shorter and longer durations go into the outermost buckets. */
const indexMin = -96
const indexMax = 96
/** The same as in Prometheus's client library: 2^-128. */
const zeroThreshold = 2 ** -128

/** Counts durations in a native histogram, as client libraries do. */
export class ExponentialHistogram {
  private readonly counts = new Float64Array(indexMax - indexMin + 1)
  private count = 0
  private sum = 0

  observe(seconds: number, times: number): void {
    // A bucket's upper bound is inclusive: bucket i covers (2^((i-1)/8), 2^(i/8)].
    const index = Math.ceil(Math.log2(seconds) * 2 ** schema)
    const at = Math.min(indexMax, Math.max(indexMin, index)) - indexMin
    this.counts[at] = (this.counts[at] as number) + times
    this.count += times
    this.sum += seconds * times
  }

  snapshot(): NativeHistogram {
    const positiveSpans: { offset: number; length: number }[] = []
    const positiveDeltas: number[] = []
    let previousCount = 0
    let previousEnd = 0
    for (let at = 0; at < this.counts.length; at++) {
      const count = this.counts[at] as number
      if (count === 0) continue
      const index = at + indexMin
      const last = positiveSpans.at(-1)
      if (last && index === previousEnd) last.length++
      else positiveSpans.push({ offset: index - previousEnd, length: 1 })
      previousEnd = index + 1
      positiveDeltas.push(count - previousCount)
      previousCount = count
    }
    return { schema, zeroThreshold, zeroCount: 0, count: this.count, sum: this.sum, positiveSpans, positiveDeltas }
  }
}
