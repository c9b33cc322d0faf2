import { type PeerRole, peerSpiffeSource, probeSpiffeSource } from '@tickwatch/policy'

/** The identity in the client certificate of a connection to Envoy. */
export type Identity = { tenantId: string; name: string }

/** Matches the SPIFFE ids of writers, or of readers. No other id may write or read. */
export const identityPattern = (trustDomain: string, role: PeerRole): RegExp =>
  new RegExp(`^${peerSpiffeSource(trustDomain, role)}$`)

/** Matches the SPIFFE ids of probes. */
export const probePattern = (trustDomain: string): RegExp => new RegExp(`^${probeSpiffeSource(trustDomain)}$`)

/**
 * The writer or reader that Envoy verified and named in `x-forwarded-client-cert`.
 * @param pattern made by {@link identityPattern}
 * @returns null if the caller does not have this role.
 */
export function identityOf(header: string | string[] | undefined, pattern: RegExp): Identity | null {
  const match = pattern.exec(spiffeIdOf(header))
  return match ? { tenantId: match[1] as string, name: match[2] as string } : null
}

/**
 * The name of the probe that Envoy verified.
 * @param pattern made by {@link probePattern}
 * @returns null if the caller is not a probe.
 */
export const probeNameOf = (header: string | string[] | undefined, pattern: RegExp): string | null =>
  pattern.exec(spiffeIdOf(header))?.[1] ?? null

/**
 * The only URI in `x-forwarded-client-cert`. Envoy is set to SANITIZE_SET, so the header has exactly one element, made by
 * Envoy. Several elements mean that a caller added some, and several URIs are not a SPIFFE identity (X.509-SVID, section
 * 2). For both the result is empty, as without a URI.
 */
function spiffeIdOf(header: string | string[] | undefined): string {
  if (typeof header !== 'string' || header.length > 8_192) return ''
  let uri: string | null = null
  for (const pair of split(header)) {
    if (pair === null) return ''
    const equals = pair.indexOf('=')
    if (equals < 1) return ''
    if (pair.slice(0, equals).trim().toLowerCase() !== 'uri') continue
    if (uri !== null) return ''
    uri = unquote(pair.slice(equals + 1).trim())
  }
  return uri ?? ''
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
