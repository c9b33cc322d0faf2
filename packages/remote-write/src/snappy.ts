import { MalformedSnappy, RequestTooLarge } from './errors.ts'
import type { Scratch } from './scratch.ts'
import { atOnce, type Sliced, sliceBytes } from './slices.ts'

// Block format: https://github.com/google/snappy/blob/main/format_description.txt

/** Up to this size, a loop copies faster than a call into the runtime. */
const loopBytesMax = 32

/**
 * Decompresses snappy's block format into `scratch`.
 * @returns a view into `scratch`, valid until its next use.
 * @throws MalformedSnappy
 * @throws RequestTooLarge if the preamble names more than `bytesMax` bytes, before anything is decompressed.
 */
export const decodeSnappy = (input: Uint8Array, scratch: Scratch, bytesMax: number): Buffer =>
  atOnce(decodeSnappySliced(input, scratch, bytesMax))

/** The same in slices. */
export function* decodeSnappySliced(input: Uint8Array, scratch: Scratch, bytesMax: number): Sliced<Buffer> {
  const { length, at } = readPreamble(input)
  if (length > bytesMax) throw new RequestTooLarge(length, bytesMax)
  const output = scratch.reserve(length)
  const place = { at, written: 0 }
  for (;;) {
    decodeElements(input, place, output, length, place.written + sliceBytes)
    if (place.at >= input.length) break
    yield
  }
  if (place.written !== length) {
    throw new MalformedSnappy('the body has fewer bytes than its length says', input.length)
  }
  return output.subarray(0, length)
}

/**
 * The size after decompression that the body announces. Decompression fails if the size is another one.
 * @throws MalformedSnappy
 */
export const decompressedBytes = (input: Uint8Array): number => readPreamble(input).length

/** The announced length, and where the elements begin. */
function readPreamble(input: Uint8Array): { length: number; at: number } {
  let length = 0
  let at = 0
  for (let shift = 0; ; shift += 7) {
    const byte = input[at]
    if (byte === undefined) throw new MalformedSnappy('the length is cut short', at)
    if (shift === 28 && byte > 0x0f) throw new MalformedSnappy('the length is over 32 bits', at)
    at++
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return { length, at }
  }
}

/** Decodes elements from a place on, until so many bytes are written, and moves the place. */
function decodeElements(
  input: Uint8Array,
  place: { at: number; written: number },
  output: Buffer,
  length: number,
  writtenMax: number,
): void {
  const end = input.length
  let { at, written } = place
  while (at < end && written < writtenMax) {
    const tag = input[at] as number
    let size: number
    let distance: number
    const elementStart = at
    switch (tag & 3) {
      case 0: {
        size = (tag >> 2) + 1
        at++
        if (size > 60) {
          const sizeBytes = size - 60
          if (at + sizeBytes > end) throw new MalformedSnappy('a literal is cut short', elementStart)
          size = 1
          for (let i = 0; i < sizeBytes; i++) size += (input[at++] as number) * 2 ** (8 * i)
        }
        if (size > end - at) throw new MalformedSnappy('a literal is cut short', elementStart)
        if (size > length - written)
          throw new MalformedSnappy('the body has more bytes than its length says', elementStart)
        if (size <= loopBytesMax) {
          for (const stop = at + size; at < stop; ) output[written++] = input[at++] as number
        } else {
          output.set(input.subarray(at, at + size), written)
          at += size
          written += size
        }
        continue
      }
      case 1:
        if (at + 2 > end) throw new MalformedSnappy('a copy is cut short', elementStart)
        size = ((tag >> 2) & 7) + 4
        distance = ((tag >> 5) << 8) | (input[at + 1] as number)
        at += 2
        break
      case 2:
        if (at + 3 > end) throw new MalformedSnappy('a copy is cut short', elementStart)
        size = (tag >> 2) + 1
        distance = (input[at + 1] as number) | ((input[at + 2] as number) << 8)
        at += 3
        break
      default:
        if (at + 5 > end) throw new MalformedSnappy('a copy is cut short', elementStart)
        size = (tag >> 2) + 1
        distance =
          ((input[at + 1] as number) | ((input[at + 2] as number) << 8) | ((input[at + 3] as number) << 16)) +
          (input[at + 4] as number) * 2 ** 24
        at += 5
    }
    if (distance === 0 || distance > written)
      throw new MalformedSnappy('a copy starts before the first byte', elementStart)
    if (size > length - written) throw new MalformedSnappy('the body has more bytes than its length says', elementStart)
    // Source and target may overlap on purpose (a run of one byte), so bytes are copied one by one, in order.
    for (let from = written - distance, stop = written + size; written < stop; )
      output[written++] = output[from++] as number
  }
  place.at = at
  place.written = written
}

/** A copy reaches back at most 64 KiB, so blocks of that size are compressed separately, like in Google's encoder. */
const blockBytes = 65_536
const tableBits = 14
/** The last bytes of a block are not compressed, so that four bytes can always be read ahead. */
const marginBytes = 15
/** The position in the block, by the hash of the four bytes there. All calls share it, because none stops in a block. */
const positions = new Uint16Array(1 << tableBits)

/**
 * Compresses into `scratch` in snappy's block format.
 * @returns a view into `scratch`, valid until its next use.
 */
export const encodeSnappy = (input: Uint8Array, scratch: Scratch): Buffer => atOnce(encodeSnappySliced(input, scratch))

/** The same in slices. */
export function* encodeSnappySliced(input: Uint8Array, scratch: Scratch): Sliced<Buffer> {
  // The maximum size that Google's encoder documents.
  const output = scratch.reserve(32 + input.length + Math.ceil(input.length / 6))
  let written = 0
  let rest = input.length
  while (rest >= 0x80) {
    output[written++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  output[written++] = rest
  for (let start = 0; start < input.length; start += blockBytes) {
    if (start > 0 && start % sliceBytes === 0) yield
    written = encodeBlock(input, start, Math.min(start + blockBytes, input.length), output, written)
  }
  return output.subarray(0, written)
}

const load32 = (bytes: Uint8Array, at: number) =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24)

const hash = (word: number) => Math.imul(word, 0x1e35a7bd) >>> (32 - tableBits)

/** Greedy: copies from the newest position with the same four bytes. Steps grow while nothing matches. */
function encodeBlock(input: Uint8Array, start: number, end: number, output: Buffer, outputAt: number): number {
  const limit = end - marginBytes
  let written = outputAt
  let literalStart = start
  if (end - start > marginBytes) {
    positions.fill(0)
    let at = start + 1
    let misses = 32
    while (at <= limit) {
      const word = load32(input, at)
      const slot = hash(word)
      const candidate = start + (positions[slot] as number)
      positions[slot] = at - start
      if (load32(input, candidate) !== word) {
        at += misses++ >> 5
        continue
      }
      misses = 32
      if (literalStart < at) written = emitLiteral(input, literalStart, at, output, written)
      const matchStart = at
      let from = candidate + 4
      at += 4
      while (at < end && input[from] === input[at]) {
        at++
        from++
      }
      written = emitCopy(matchStart - candidate, at - matchStart, output, written)
      literalStart = at
      if (at <= limit) positions[hash(load32(input, at - 1))] = at - 1 - start
    }
  }
  return literalStart < end ? emitLiteral(input, literalStart, end, output, written) : written
}

function emitLiteral(input: Uint8Array, start: number, end: number, output: Buffer, outputAt: number): number {
  let written = outputAt
  const size = end - start - 1
  if (size < 60) {
    output[written++] = size << 2
  } else if (size < 0x100) {
    output[written++] = 60 << 2
    output[written++] = size
  } else {
    output[written++] = 61 << 2
    output[written++] = size & 0xff
    output[written++] = size >> 8
  }
  if (size < loopBytesMax) {
    for (let at = start; at < end; at++) output[written++] = input[at] as number
    return written
  }
  output.set(input.subarray(start, end), written)
  return written + end - start
}

function emitCopy(distance: number, matched: number, output: Buffer, outputAt: number): number {
  let written = outputAt
  let size = matched
  // 68, not 64: a remainder of less than 4 bytes would not fit the short form.
  while (size >= 68) {
    output[written++] = (63 << 2) | 2
    output[written++] = distance & 0xff
    output[written++] = distance >> 8
    size -= 64
  }
  if (size > 64) {
    output[written++] = (59 << 2) | 2
    output[written++] = distance & 0xff
    output[written++] = distance >> 8
    size -= 60
  }
  if (size >= 12 || distance >= 2048) {
    output[written++] = ((size - 1) << 2) | 2
    output[written++] = distance & 0xff
    output[written++] = distance >> 8
    return written
  }
  output[written++] = ((distance >> 8) << 5) | ((size - 4) << 2) | 1
  output[written++] = distance & 0xff
  return written
}
