import type { Scratch } from './scratch.ts'

/**
 * Decompresses snappy's block format into `scratch`.
 * @returns a view into `scratch`, valid until its next use.
 * @throws MalformedSnappy
 * @throws RequestTooLarge when the preamble names more than `bytesMax`; nothing has been decompressed then.
 */
export function decodeSnappy(_input: Uint8Array, _scratch: Scratch, _bytesMax: number): Buffer {
  throw new Error('not written yet')
}

/**
 * Compresses into `scratch` in snappy's block format.
 * @returns a view into `scratch`, valid until its next use.
 */
export function encodeSnappy(_input: Uint8Array, _scratch: Scratch): Buffer {
  throw new Error('not written yet')
}
