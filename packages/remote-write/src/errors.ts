/** The body is not snappy's block format. */
export class MalformedSnappy extends Error {
  override readonly name = 'MalformedSnappy'
  /** Byte of the compressed body where decoding failed. */
  readonly offset: number
  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset} of the compressed body`)
    this.offset = offset
  }
}

/** The body names a decompressed size over the limit. Thrown before any byte is decompressed. */
export class RequestTooLarge extends Error {
  override readonly name = 'RequestTooLarge'
  readonly bytes: number
  readonly bytesMax: number
  constructor(bytes: number, bytesMax: number) {
    super(`the request has ${bytes} bytes after decompression, over the limit of ${bytesMax} bytes`)
    this.bytes = bytes
    this.bytesMax = bytesMax
  }
}

/**
 * A request of 2.0 is small, because its series share texts, but with a copy of them in each series, as in 1.0, it would
 * have more bytes than a gateway writes.
 */
export class TooLargeAsV1 extends Error {
  override readonly name = 'TooLargeAsV1'
  /** At least. */
  readonly bytes: number
  readonly bytesMax: number
  constructor(bytes: number, bytesMax: number) {
    super(`the request has ${bytes} bytes in remote write 1.0, over the limit of ${bytesMax} bytes`)
    this.bytes = bytes
    this.bytesMax = bytesMax
  }
}

/**
 * The decompressed body is not a remote write message: malformed protobuf, a field with a wrong wire type, text that is
 * not UTF-8, or a symbol that does not exist.
 */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest'
  /** Byte of the decompressed body where parsing failed. */
  readonly offset: number
  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset} of the request`)
    this.offset = offset
  }
}
