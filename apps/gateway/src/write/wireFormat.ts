import type { IncomingHttpHeaders } from 'node:http'
import { type RemoteWriteVersion, remoteWriteVersion } from '@tickwatch/remote-write'
import { malformed } from './writeRefused.ts'

/**
 * The version of remote write that the headers announce.
 * @throws WriteRefused 415 for another content type, 400 for a version header that contradicts the content type.
 */
export function wireFormat(headers: IncomingHttpHeaders): RemoteWriteVersion {
  if (headers['content-encoding']?.trim().toLowerCase() !== 'snappy') {
    throw malformed('the content-encoding is not snappy', 415)
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
