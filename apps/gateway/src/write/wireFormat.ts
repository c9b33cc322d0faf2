import type { IncomingHttpHeaders } from 'node:http'
import {
  decompressedBytes,
  MalformedSnappy,
  type RemoteWriteVersion,
  remoteWriteVersion,
} from '@tickwatch/remote-write'
import { malformed, tooLarge } from './writeRefused.ts'

/**
 * The version of remote write that the headers announce.
 * @throws WriteRefused 415 for another content type, 400 for a version header that contradicts the content type.
 */
export function wireFormat(headers: IncomingHttpHeaders): RemoteWriteVersion {
  if (headers['content-encoding']?.trim().toLowerCase() !== 'snappy') {
    // vmagent sends its own protocol first, and after a 415 sends the same samples as remote write.
    const isOffer = headers['x-victoriametrics-remote-write-version'] !== undefined
    throw malformed('the content-encoding is not snappy', 415, isOffer ? 0 : 1)
  }
  const version = remoteWriteVersion(headers['content-type'])
  if (version === null) throw malformed('the content-type is not remote write', 415)
  const announced = headers['x-prometheus-remote-write-version']
  // The content type decides; this header must agree. 1.0 writers send 0.1.0, as before the specification.
  if (announced !== undefined && !(version === 1 ? /^[01]\./ : /^2\./).test(String(announced))) {
    throw malformed(`x-prometheus-remote-write-version contradicts the content-type, which is of version ${version}.0`)
  }
  return version
}

/**
 * The size after decompression that the body announces.
 * @throws WriteRefused if it is more than `bytesMax`
 */
export function announcedBytes(body: Buffer, bytesMax: number): number {
  try {
    const bytes = decompressedBytes(body)
    if (bytes > bytesMax) throw tooLarge(bytesMax, bytes)
    return bytes
  } catch (cause) {
    if (cause instanceof MalformedSnappy) throw malformed(cause.message)
    throw cause
  }
}
