import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Policy } from '../policy/policy.ts'
import { type Identity, identityOf } from '../server/identity.ts'

/** Why a caller is refused. A 401 also says in `WWW-Authenticate` what to present (RFC 6750, section 3). */
export type Stranger = { status: 401; detail: string; challenge: string } | { status: 403; detail: string }

/** How a caller identifies itself: a certificate that Envoy verified, a token, or both. */
export type Credentials = { certificate: Identity | null; tokenSha256: string | null }

const bearer = /^Bearer +([\w.~+/-]{1,512}=*)$/i

/**
 * Reads a request's credentials. This needs no policy.
 * @param pattern of `identityPattern`, for readers
 */
export function credentialsOf(headers: IncomingHttpHeaders, pattern: RegExp): Credentials | Stranger {
  const { authorization } = headers
  const shown = headers['x-forwarded-client-cert']
  if (shown === undefined && authorization === undefined)
    return unknown('the request has neither a client certificate nor a token')
  const certificate = identityOf(shown, pattern)
  if (shown !== undefined && !certificate) return { status: 403, detail: "the client certificate is not a reader's" }
  if (authorization === undefined) return { certificate, tokenSha256: null }
  const token = bearer.exec(authorization)?.[1]
  if (token === undefined) return unknown('the authorization is not a bearer token')
  return { certificate, tokenSha256: createHash('sha256').update(token).digest('hex') }
}

/**
 * Finds the tenant whose metrics these credentials may query. Tokens are looked up by their hash, so that the time it
 * takes reveals nothing about them.
 * @param epochMs now. A token is refused from the moment it expires.
 */
export function readerOf(
  { certificate, tokenSha256 }: Credentials,
  { readers }: Policy,
  epochMs: number,
): Identity | Stranger {
  const token = tokenSha256 === null ? undefined : readers.get(tokenSha256)
  const reader = tokenSha256 === null ? certificate : token
  if (!reader) return unknown('the token is unknown or was revoked', 'invalid_token')
  if (token && token.expiresAtMs <= epochMs) return unknown(`the token ${token.name} has expired`, 'invalid_token')
  if (certificate && certificate.tenantId !== reader.tenantId) {
    return { status: 403, detail: 'the client certificate and the token belong to different tenants' }
  }
  return { tenantId: reader.tenantId, name: reader.name }
}

const unknown = (detail: string, error?: 'invalid_token'): Stranger => ({
  status: 401,
  detail,
  challenge: error ? `Bearer error="${error}"` : 'Bearer',
})
