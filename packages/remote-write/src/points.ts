import { type Cursor, fieldsMax } from './cursor.ts'
import { BucketSide } from './histogramBuckets.ts'

/** The highest field numbers of these messages in remote write 1.0. The start timestamp of 2.0 has a higher one. */
export const sampleFieldMax = 2
export const histogramFieldMax = 16

/**
 * Larger messages are not read, because each is read without a stop. A histogram of this size has 60,000 buckets, or 8,000
 * bounds; Prometheus allows 128 characters of labels for an exemplar.
 */
const histogramBytesMax = 65_536
export const exemplarBytesMax = 4_096

/** The schema of native histograms whose buckets end at bounds that the sender chose. */
const customSchema = -53

/** Why Prometheus refuses a native histogram, worded to follow "a native histogram". */
export const histogramFaults = [
  null,
  'has a schema that is not from -4 to 8, and not -53',
  'has spans for another number of buckets than it has',
  'has a span with a negative offset after the first span',
  'has a negative count',
  'has a count that its buckets do not add up to',
  'has custom bounds that are not finite and ascending, or too few for its buckets',
  'has custom bounds, and a zero bucket or negative buckets',
  'has custom bounds without the schema for them (-53)',
  'has more than 65,536 bytes',
] as const
const schemaFault = 1
const spansFault = 2
const offsetFault = 3
const negativeFault = 4
const countFault = 5
const boundsFault = 6
const customFault = 7
const notCustomFault = 8
const bytesFault = 9

/** Walks points. Its fields describe the last one. */
export class PointScan {
  timestampMs = 0
  /** The message has fields that 1.0 does not have. */
  hasLaterFields = false
  /** A {@link histogramFaults} index; 0 if Prometheus accepts the histogram. */
  fault = 0
  /** The float samples of the classic histogram that a histogram with custom buckets is. 0 if it has no such buckets. */
  classicSamples = 0
  private readonly positive = new BucketSide()
  private readonly negative = new BucketSide()

  /** Walks a Sample from `cursor.at` to `end`: value 1, timestamp 2, in both versions. */
  sample(cursor: Cursor, end: number): void {
    this.timestampMs = 0
    this.hasLaterFields = false
    for (let fields = 1; cursor.at < end; fields++) {
      if (fields > fieldsMax) cursor.failFields('a sample')
      const tagAt = cursor.at
      const tag = cursor.tag(end)
      if (tag === 0x09) cursor.forward(8, end)
      else if (tag === 0x10) this.timestampMs = cursor.int64(end)
      else if (tag >>> 3 <= sampleFieldMax) cursor.fail("a sample's field has a wrong wire type", tagAt)
      else {
        this.hasLaterFields = true
        cursor.skip(tag & 7, end)
      }
    }
  }

  /** Walks a Histogram from `cursor.at` to `end` and checks it; fields 1 to 16 are the same in both versions. */
  histogram(cursor: Cursor, end: number): void {
    const { positive, negative } = this
    this.timestampMs = 0
    this.hasLaterFields = false
    if (end - cursor.at > histogramBytesMax) {
      this.fault = bytesFault
      this.classicSamples = 0
      cursor.at = end
      return
    }
    positive.begin()
    negative.begin()
    let isFloat = false
    let count = 0
    let countFloat = 0
    // Where these numbers are. They are read only if they decide, because that takes long.
    let sumAt = -1
    let zeroThresholdAt = -1
    let schema = 0
    let zeroCount = 0
    let zeroCountFloat = 0
    let bounds = 0
    let boundsAscend = true
    let lastBound = Number.NEGATIVE_INFINITY
    while (cursor.at < end) {
      const tagAt = cursor.at
      const tag = cursor.tag(end)
      switch (tag) {
        case 0x08:
          count = cursor.varint(end)
          isFloat = false
          break
        case 0x11:
          countFloat = cursor.double(end)
          isFloat = true
          break
        case 0x19:
          sumAt = cursor.at
          cursor.forward(8, end)
          break
        case 0x20:
          schema = cursor.sint(end)
          break
        case 0x29:
          zeroThresholdAt = cursor.at
          cursor.forward(8, end)
          break
        case 0x30:
          zeroCount = cursor.varint(end)
          break
        case 0x39:
          zeroCountFloat = cursor.double(end)
          break
        case 0x42:
          negative.span(cursor, cursor.span(end))
          break
        case 0x48:
          negative.delta(cursor.sint(end))
          break
        case 0x4a:
          negative.deltas(cursor, cursor.span(end))
          break
        case 0x51:
          negative.count(cursor.double(end))
          break
        case 0x52:
          negative.counts(cursor, cursor.span(end))
          break
        case 0x5a:
          positive.span(cursor, cursor.span(end))
          break
        case 0x60:
          positive.delta(cursor.sint(end))
          break
        case 0x62:
          positive.deltas(cursor, cursor.span(end))
          break
        case 0x69:
          positive.count(cursor.double(end))
          break
        case 0x6a:
          positive.counts(cursor, cursor.span(end))
          break
        case 0x70:
          cursor.varint(end)
          break
        case 0x78:
          this.timestampMs = cursor.int64(end)
          break
        case 0x81:
        case 0x82: {
          const stop = tag === 0x81 ? cursor.at + 8 : cursor.span(end)
          while (cursor.at < stop) {
            const bound = cursor.double(tag === 0x81 ? end : stop)
            // False for NaN too.
            if (!(bound > lastBound && bound < Number.POSITIVE_INFINITY)) boundsAscend = false
            lastBound = bound
            bounds++
          }
          break
        }
        default:
          if (tag >>> 3 <= histogramFieldMax) cursor.fail("a histogram's field has a wrong wire type", tagAt)
          this.hasLaterFields = true
          cursor.skip(tag & 7, end)
      }
    }
    const isCustom = schema === customSchema
    this.classicSamples = isCustom ? bounds + 3 : 0
    this.fault = this.shapeFault(isCustom, schema, isFloat, bounds)
    if (this.fault !== 0) return
    if (isCustom && !boundsAscend) this.fault = boundsFault
    else if (isCustom && (doubleAt(cursor, zeroThresholdAt) !== 0 || (isFloat ? zeroCountFloat : zeroCount) !== 0)) {
      this.fault = customFault
    } else if (isFloat) {
      if (positive.hasNegativeCount || negative.hasNegativeCount || countFloat < 0 || zeroCountFloat < 0) {
        this.fault = negativeFault
      }
    } else if (positive.hasNegativeDelta || negative.hasNegativeDelta) this.fault = negativeFault
    else {
      const inBuckets = positive.deltaTotal + negative.deltaTotal + zeroCount
      // Larger numbers are not exact here, so the storage judges them.
      const isExact = inBuckets <= Number.MAX_SAFE_INTEGER && count <= Number.MAX_SAFE_INTEGER
      if (isExact && inBuckets !== count) {
        // An observed NaN is in the count, but in no bucket.
        const hasNan = Number.isNaN(doubleAt(cursor, sumAt))
        if (!hasNan || inBuckets > count) this.fault = countFault
      }
    }
  }

  private shapeFault(isCustom: boolean, schema: number, isFloat: boolean, bounds: number): number {
    const { positive, negative } = this
    if (isCustom) {
      if (!negative.isEmpty(isFloat)) return customFault
      if (positive.spanExtent > bounds + 1 || positive.startsNegative) return boundsFault
    } else {
      if (schema < -4 || schema > 8) return schemaFault
      if (bounds > 0) return notCustomFault
    }
    if (positive.hasNegativeOffset || negative.hasNegativeOffset) return offsetFault
    return positive.spansFit(isFloat) && negative.spansFit(isFloat) ? 0 : spansFault
  }
}

/** The number at `at`; 0, which is the default, if that is -1. */
const doubleAt = (cursor: Cursor, at: number) => (at === -1 ? 0 : cursor.bytes.readDoubleLE(at))
