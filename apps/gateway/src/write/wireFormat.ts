import type { IncomingHttpHeaders } from 'node:http'
import { type RemoteWriteVersion, remoteWriteVersion } from '@tickwatch/remote-write'
import { malformed } from './writeRefused.ts'

/**
 * Which remote write the headers announce.
 * @throws WriteRefused 415 for another content, 400 for a version that contradicts it.
 */
export function wireFormat(headers: IncomingHttpHeaders): RemoteWriteVersion {
  if (headers['content-encoding']?.trim().toLowerCase() !== 'snappy') {
    throw malformed('the content-encoding is not snappy', 415)
  }
  const version = remoteWriteVersion(headers['content-type'])
  if (version === null) throw malformed('the content-type is not remote write', 415)
  const announced = headers['x-prometheus-remote-write-version']
  // 1.0 senders have said 0.1.0 since before the specification; the content type decides, and this may only agree.
  if (announced !== undefined && !(version === 1 ? /^[01]\./ : /^2\./).test(String(announced))) {
    throw malformed(`x-prometheus-remote-write-version does not agree with the content-type, which is of ${version}.0`)
  }
  return version
}
