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

/** The body says that it holds more bytes decompressed than the limit; found before any byte is decompressed. */
export class RequestTooLarge extends Error {
  override readonly name = 'RequestTooLarge'
  readonly bytes: number
  readonly bytesMax: number
  constructor(bytes: number, bytesMax: number) {
    super(`the request holds ${bytes} bytes decompressed, over the limit of ${bytesMax} bytes`)
    this.bytes = bytes
    this.bytesMax = bytesMax
  }
}

/** The decompressed body is not a remote write message: bad protobuf, a wire type of another field, text that isn't UTF-8, a symbol that isn't there. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest'
  /** Byte of the decompressed body where parsing failed. */
  readonly offset: number
  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset} of the request`)
    this.offset = offset
  }
}
