import { MalformedRequest } from './errors.ts'
import { isUtf8 } from './utf8.ts'

/** Protobuf wire types (https://protobuf.dev/programming-guides/encoding/#structure). */
export const wireVarint = 0
export const wireFixed64 = 1
export const wireBytes = 2
const wireFixed32 = 5

/**
 * Most fields of a message that has only a few: a label, a sample, metadata. A message is parsed without a stop, and nobody
 * writes a field many times.
 */
export const fieldsMax = 64

/**
 * A position in a protobuf message. Each read moves `at` forward, stops at `end` (the end of the innermost message),
 * and throws MalformedRequest if the bytes are not what it reads.
 */
export class Cursor {
  bytes: Buffer = Buffer.alloc(0)
  at = 0

  fail(message: string, offset: number): never {
    throw new MalformedRequest(message, offset)
  }

  /** A field's number and wire type, as `number * 8 + wire type`. */
  tag(end: number): number {
    const start = this.at
    const first = start < end ? (this.bytes[start] as number) : this.fail('a tag is cut short', start)
    if (first < 0x80) this.at++
    const tag = first < 0x80 ? first : this.varint(end)
    if (tag < 8 || tag > 0xffff_ffff) this.fail('a field has no valid number', start)
    return tag
  }

  /** An unsigned varint; not exact above 2^53. */
  varint(end: number): number {
    const { bytes } = this
    const start = this.at
    let at = start
    let value = 0
    let factor = 1
    for (;;) {
      if (at >= end) this.fail('a number is cut short', start)
      const byte = bytes[at++] as number
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
      if (at - start === 10) this.fail('a number is longer than 10 bytes', start)
      factor *= 128
    }
    this.at = at
    return value
  }

  /** A signed 64-bit varint (two's complement), such as a timestamp; exact up to 2^53. */
  int64(end: number): number {
    const { bytes } = this
    const start = this.at
    const stop = Math.min(start + 8, end)
    let value = 0
    let factor = 1
    while (this.at < stop) {
      const byte = bytes[this.at++] as number
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    this.at = start
    value = this.varint(end)
    if (this.at - start < 10 || ((bytes[start + 9] as number) & 1) === 0) return value
    // Bit 63 is set. Negative numbers near 0 stay exact, because the complement is small.
    let complement = 0
    factor = 1
    for (let i = start; i < start + 9; i++) {
      complement += (~(bytes[i] as number) & 0x7f) * factor
      factor *= 128
    }
    return -complement - 1
  }

  /** Reads a length and checks its span; `at` is then the span's first byte. @returns the span's end. */
  span(end: number): number {
    const start = this.at
    const first = start < end ? (this.bytes[start] as number) : this.fail('a length is cut short', start)
    if (first < 0x80) this.at++
    const length = first < 0x80 ? first : this.varint(end)
    if (length > end - this.at) this.fail('a field is longer than its message', start)
    return this.at + length
  }

  skip(wireType: number, end: number): void {
    if (wireType === wireVarint) this.varint(end)
    else if (wireType === wireBytes) this.at = this.span(end)
    else if (wireType === wireFixed64) this.forward(8, end)
    else if (wireType === wireFixed32) this.forward(4, end)
    else this.fail('a field has a wire type that proto3 does not have', this.at)
  }

  forward(bytes: number, end: number): void {
    if (bytes > end - this.at) this.fail('a fixed-size number is cut short', this.at)
    this.at += bytes
  }

  /** A sint32 or sint64 (ZigZag); not exact beyond 2^52. */
  sint(end: number): number {
    const first = this.at < end ? (this.bytes[this.at] as number) : 0x80
    if (first < 0x80) {
      this.at++
      return (first >>> 1) ^ -(first & 1)
    }
    const value = this.varint(end)
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  double(end: number): number {
    const start = this.at
    this.forward(8, end)
    return this.bytes.readDoubleLE(start)
  }

  isText(start: number, end: number): boolean {
    return isUtf8(this.bytes, start, end)
  }

  /** @param message with more than {@link fieldsMax} fields */
  failFields(message: string): never {
    this.fail(`${message} has more than ${fieldsMax} fields`, this.at)
  }
}
