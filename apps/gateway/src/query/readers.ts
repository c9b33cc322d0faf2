import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Policy } from '../policy/policy.ts'
import { type Identity, identityOf } from '../server/identity.ts'

/** Why someone is no reader; to 401 belongs what would be believed (RFC 6750, section 3), for `WWW-Authenticate`. */
export type Stranger = { status: 401; detail: string; challenge: string } | { status: 403; detail: string }

/** What a query shows of who asks: a certificate that Envoy verified, a token, or both. */
export type Credentials = { certificate: Identity | null; tokenSha256: string | null }

const bearer = /^Bearer +([\w.~+/-]{1,512}=*)$/i

/**
 * Reads what is shown, without a policy.
 * @param pattern of `identityPattern`, for readers
 */
export function credentialsOf(headers: IncomingHttpHeaders, pattern: RegExp): Credentials | Stranger {
  const { authorization } = headers
  const shown = headers['x-forwarded-client-cert']
  if (shown === undefined && authorization === undefined) return unknown('no identity is shown')
  const certificate = identityOf(shown, pattern)
  if (shown !== undefined && !certificate) return { status: 403, detail: 'the client certificate is not of a reader' }
  if (authorization === undefined) return { certificate, tokenSha256: null }
  const token = bearer.exec(authorization)?.[1]
  if (token === undefined) return unknown('the authorization is no bearer token')
  return { certificate, tokenSha256: createHash('sha256').update(token).digest('hex') }
}

/**
 * Whose metrics these credentials may query. Tokens are looked up by their hash, so how long it takes tells nothing of them.
 * @param epochMs now: a token is refused from its end on
 */
export function readerOf(
  { certificate, tokenSha256 }: Credentials,
  { readers }: Policy,
  epochMs: number,
): Identity | Stranger {
  const token = tokenSha256 === null ? undefined : readers.get(tokenSha256)
  const reader = tokenSha256 === null ? certificate : token
  if (!reader) return unknown('there is no such token', 'invalid_token')
  if (token && token.expiresAtMs <= epochMs) return unknown(`the token ${token.name} has expired`, 'invalid_token')
  if (certificate && certificate.tenantId !== reader.tenantId) {
    return { status: 403, detail: 'the client certificate and the token are of different tenants' }
  }
  return { tenantId: reader.tenantId, name: reader.name }
}

const unknown = (detail: string, error?: 'invalid_token'): Stranger => ({
  status: 401,
  detail,
  challenge: error ? `Bearer error="${error}"` : 'Bearer',
})
