import type { NativeHistogram } from './histogram.ts'
import type { WireWriter } from './wireWriter.ts'

/** Sample: value 1, timestamp 2, in both versions. */
export function writeSample(wire: WireWriter, value: number, timestampMs: number): void {
  const start = wire.open(0x12)
  wire.byte(0x09)
  wire.double(value)
  wire.byte(0x10)
  wire.int64(timestampMs)
  wire.close(start)
}

/** Histogram: the same in both versions, except for its tag in a series. */
export function writeHistogram(wire: WireWriter, tag: number, histogram: NativeHistogram, timestampMs: number): void {
  const start = wire.open(tag)
  wire.byte(0x08)
  wire.varint(histogram.count)
  wire.byte(0x19)
  wire.double(histogram.sum)
  wire.byte(0x20)
  wire.sint(histogram.schema)
  wire.byte(0x29)
  wire.double(histogram.zeroThreshold)
  wire.byte(0x30)
  wire.varint(histogram.zeroCount)
  for (const span of histogram.positiveSpans) {
    const spanStart = wire.open(0x5a)
    wire.byte(0x08)
    wire.sint(span.offset)
    wire.byte(0x10)
    wire.varint(span.length)
    wire.close(spanStart)
  }
  const deltasStart = wire.open(0x62)
  for (const delta of histogram.positiveDeltas) wire.sint(delta)
  wire.close(deltasStart)
  wire.byte(0x78)
  wire.int64(timestampMs)
  wire.close(start)
}
