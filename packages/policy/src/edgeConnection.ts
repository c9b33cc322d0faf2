/**
 * The header in which Envoy tells a gateway about a request and its connection: the connection's id, the microseconds from
 * accepting it to the end of its TLS handshake, when the first byte of the request arrived in Unix milliseconds, and when
 * the caller's certificate expires in Unix seconds: `12/4312/1796000000123/1803698104`. A part that Envoy does not know is
 * `-` or empty.
 */
export const connectionHeader = 'x-tickwatch-connection'

export type EdgeConnection = {
  /** Differs from that of every other connection, also after a restart of Envoy. */
  id: string
  /** Null if Envoy does not know it. */
  handshakeMs: number | null
  arrivedAtMs: number
  /** In Unix time. Null without a certificate. */
  certificateExpiresAt: number | null
}

const form = /^(\d{1,20}\/(\d{1,12}|-?))\/(\d{13,14})\/(\d{1,12}|-?)$/

/** @returns null if there is no such header, or if it has another form: then nothing is measured. */
export function readEdgeConnection(header: string | string[] | undefined): EdgeConnection | null {
  const [, id = '', handshake = '', arrived, expires = ''] = (typeof header === 'string' && form.exec(header)) || []
  if (arrived === undefined) return null
  return {
    id,
    handshakeMs: /\d/.test(handshake) ? Number(handshake) / 1_000 : null,
    arrivedAtMs: Number(arrived),
    certificateExpiresAt: /\d/.test(expires) ? Number(expires) : null,
  }
}
