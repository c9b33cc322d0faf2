/** The major version of remote write: 1 is `prometheus.WriteRequest`, 2 is `io.prometheus.write.v2.Request`. */
export type RemoteWriteVersion = 1 | 2

/** `content-type` and `x-prometheus-remote-write-version` of each version, as senders set them. */
export const remoteWriteHeaders = {
  1: { 'content-type': 'application/x-protobuf', 'x-prometheus-remote-write-version': '0.1.0' },
  2: {
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'x-prometheus-remote-write-version': '2.0.0',
  },
} as const

/**
 * The version that a `content-type` names. Without a `proto` parameter it is 1.0
 * (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#protobuf-message).
 * @returns null if it is not remote write: answer 415.
 */
export function remoteWriteVersion(contentType: string | undefined): RemoteWriteVersion | null {
  if (contentType === undefined) return null
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim())
  if (type?.toLowerCase() !== 'application/x-protobuf') return null
  const proto = parameters.find((parameter) => parameter.toLowerCase().startsWith('proto='))
  if (proto === undefined) return 1
  const message = proto.slice('proto='.length).replace(/^"(.*)"$/, '$1')
  if (message === 'prometheus.WriteRequest') return 1
  if (message === 'io.prometheus.write.v2.Request') return 2
  return null
}
