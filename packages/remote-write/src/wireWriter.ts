import { Scratch } from './scratch.ts'

/** The bytes left free for a message's length: two hold 128 to 16,383, the length of most series. */
const lengthBytesGuess = 2

/** Writes protobuf fields into a reused buffer that grows. A tag is the byte on the wire, below 128. */
export class WireWriter {
  at = 0
  private readonly scratch: Scratch
  private bytes: Buffer

  constructor(bytes: number) {
    this.scratch = new Scratch(bytes)
    this.bytes = this.scratch.bytes
  }

  /** @param bytes to make room for. The content is not kept, so that nothing is copied. */
  begin(bytes = 0): void {
    this.at = 0
    this.bytes = this.scratch.reserve(bytes)
  }

  /** A view of all written bytes, valid until the next `begin`. */
  written(): Buffer {
    return this.bytes.subarray(0, this.at)
  }

  private reserve(more: number): void {
    if (this.at + more > this.bytes.length) this.bytes = this.scratch.reserve(this.at + more, this.at)
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.at++] = value
  }

  /** An unsigned whole number up to 2^53. */
  varint(value: number): void {
    this.reserve(10)
    this.at = putVarint(this.bytes, this.at, value)
  }

  /** A whole number from -2^53 to 2^53 as an int64: two's complement in ten bytes if negative. */
  int64(value: number): void {
    if (value >= 0) {
      this.varint(value)
      return
    }
    this.reserve(10)
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest >= 0x80n; rest >>= 7n) this.bytes[this.at++] = Number(rest & 0x7fn) | 0x80
    this.bytes[this.at++] = Number(rest)
  }

  /** A sint32 or sint64 (ZigZag). */
  sint(value: number): void {
    this.varint(value >= 0 ? value * 2 : value * -2 - 1)
  }

  double(value: number): void {
    this.reserve(8)
    this.at = this.bytes.writeDoubleLE(value, this.at)
  }

  /** A string field. */
  text(tag: number, value: string): void {
    // UTF-8 takes at most three bytes per UTF-16 unit.
    this.reserve(value.length * 3 + 11)
    const start = this.open(tag)
    this.at += this.bytes.write(value, this.at, 'utf8')
    this.close(start)
  }

  /** A Label message: name 1, value 2. */
  label(tag: number, name: string, value: string): void {
    const start = this.open(tag)
    this.text(0x0a, name)
    this.text(0x12, value)
    this.close(start)
  }

  /** Bytes of another buffer, unchanged. */
  copy(source: Buffer, start: number, end: number): void {
    const size = end - start
    this.reserve(size)
    if (size > 48) {
      source.copy(this.bytes, this.at, start, end)
      this.at += size
      return
    }
    const { bytes } = this
    for (let i = start, at = this.at; i < end; ) bytes[at++] = source[i++] as number
    this.at += size
  }

  /** All bytes of an array. */
  append(source: Uint8Array): void {
    this.reserve(source.length)
    this.bytes.set(source, this.at)
    this.at += source.length
  }

  /** Begins a field of unknown length. @returns the `start` for {@link close}. */
  open(tag: number): number {
    this.reserve(1 + lengthBytesGuess)
    this.bytes[this.at++] = tag
    this.at += lengthBytesGuess
    return this.at
  }

  /** Writes the field's length before its content. Moves the content if the length needs more or fewer bytes. */
  close(start: number): void {
    const length = this.at - start
    const lengthBytes = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : length < 0x1000_0000 ? 4 : 5
    if (lengthBytes !== lengthBytesGuess) {
      const target = start - lengthBytesGuess + lengthBytes
      this.reserve(lengthBytes)
      this.bytes.copyWithin(target, start, this.at)
      this.at += lengthBytes - lengthBytesGuess
    }
    putVarint(this.bytes, start - lengthBytesGuess, length)
  }
}

function putVarint(bytes: Buffer, start: number, value: number): number {
  let at = start
  let rest = value
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[at++] = rest
  return at
}
