import { type PeerRole, peerSpiffeSource } from '@tickwatch/policy'

/** The identity in the client certificate of a connection to Envoy. */
export type Identity = { tenantId: string; name: string }

/** Matches the SPIFFE ids of writers, or of readers. No other id may write or read. */
export const identityPattern = (trustDomain: string, role: PeerRole): RegExp =>
  new RegExp(`^${peerSpiffeSource(trustDomain, role)}$`)

/**
 * The writer or reader that Envoy verified and named in `x-forwarded-client-cert`. Envoy is set to SANITIZE_SET, so the
 * header has exactly one element, made by Envoy. Several elements mean that a caller added some, and several URIs are
 * not a SPIFFE identity (X.509-SVID, section 2). Both are refused.
 * @param pattern made by {@link identityPattern}
 * @returns null if the caller does not have this role.
 */
export function identityOf(header: string | string[] | undefined, pattern: RegExp): Identity | null {
  if (typeof header !== 'string' || header.length > 8_192) return null
  let uri: string | null = null
  for (const pair of split(header)) {
    if (pair === null) return null
    const equals = pair.indexOf('=')
    if (equals < 1) return null
    if (pair.slice(0, equals).trim().toLowerCase() !== 'uri') continue
    if (uri !== null) return null
    uri = unquote(pair.slice(equals + 1).trim())
  }
  const match = uri === null ? null : pattern.exec(uri)
  return match ? { tenantId: match[1] as string, name: match[2] as string } : null
}

/** The `key=value` pairs of the header's only element. A null in the list marks a second element or an open quote. */
function split(header: string): (string | null)[] {
  const pairs: (string | null)[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i < header.length; i++) {
    const character = header[i]
    if (quoted && character === '\\') i++
    else if (character === '"') quoted = !quoted
    else if (!quoted && character === ',') return [null]
    else if (!quoted && character === ';') {
      pairs.push(header.slice(start, i))
      start = i + 1
    }
  }
  if (quoted) return [null]
  pairs.push(header.slice(start))
  return pairs
}

function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
  return value.slice(1, -1).replace(/\\(.)/g, '$1')
}
