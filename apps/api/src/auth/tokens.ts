import { isStorable } from '@tickwatch/policy'
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'

/** The person that a verified access token names. */
export type TokenIdentity = {
  subject: string
  name: string
  /** Lower-case; null when absent, or when the issuer says that it is not verified. */
  email: string | null
  groups: readonly string[]
  expiresAtMs: number
}

export type TokenVerifier = {
  /** @throws TokenRejected if the token is not valid, IssuerUnavailable if the issuer's keys cannot be read. */
  verify(token: string): Promise<TokenIdentity>
  /** Resolves once the issuer's metadata is known. @throws IssuerUnavailable */
  ready(): Promise<void>
}

export class TokenRejected extends Error {
  override name = 'TokenRejected'
}
export class IssuerUnavailable extends Error {
  override name = 'IssuerUnavailable'
}

const metadata = z.object({ issuer: z.string(), jwks_uri: z.url() })
const algorithms = ['RS256', 'PS256', 'ES256']
const timeoutMs = 3_000

/**
 * Verifies access tokens of one OpenID Connect issuer, found by its discovery document (OpenID Connect Discovery 1.0
 * §4, RFC 9068). Asymmetric algorithms only, so a public key can't be abused as a shared secret. An ID token never
 * passes: its audience is the portal's client, not the API.
 */
export function createTokenVerifier(options: { issuer: string; audience: string; groupsClaim: string }): TokenVerifier {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | null = null
  const issuerKeys = () => {
    keys ??= discover(options.issuer).catch((cause) => {
      keys = null
      throw new IssuerUnavailable(`could not read the metadata of the issuer ${options.issuer}`, { cause })
    })
    return keys
  }
  return {
    ready: async () => void (await issuerKeys()),
    async verify(token) {
      const jwks = await issuerKeys()
      try {
        const { payload, protectedHeader } = await jwtVerify(token, jwks, {
          issuer: options.issuer,
          audience: options.audience,
          algorithms,
          requiredClaims: ['sub', 'exp'],
        })
        checkType(protectedHeader.typ)
        return identityOf(payload, options.groupsClaim)
      } catch (cause) {
        if (isKeyFault(cause) || !(cause instanceof errors.JOSEError || cause instanceof TokenRejected)) {
          throw new IssuerUnavailable(`could not read the keys of the issuer ${options.issuer}`, { cause })
        }
        throw new TokenRejected(`the access token was rejected: ${cause.message}`, { cause })
      }
    },
  }
}

/** jose throws its generic error if the keys' address answers with something other than keys. */
const isKeyFault = (cause: unknown) =>
  cause instanceof errors.JWKSTimeout ||
  cause instanceof errors.JWKSInvalid ||
  (cause instanceof errors.JOSEError && cause.code === 'ERR_JOSE_GENERIC')

async function discover(issuer: string) {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const document = metadata.parse(await response.json())
  if (document.issuer !== issuer) throw new Error(`${url} names another issuer: ${document.issuer}`)
  return createRemoteJWKSet(new URL(document.jwks_uri), { timeoutDuration: timeoutMs, cooldownDuration: 5_000 })
}

function checkType(typ: string | undefined): void {
  const type = typ?.toLowerCase().replace(/^application\//, '')
  if (type !== undefined && type !== 'at+jwt' && type !== 'jwt') throw new TokenRejected(`its type is ${typ}`)
}

/** The longest subject that OpenID Connect Core §2 allows, and enough for the other claims. */
const claimCharactersMax = 255
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= claimCharactersMax && isStorable(value)

function identityOf(payload: JWTPayload, groupsClaim: string): TokenIdentity {
  // A claim that the database can't hold counts as absent.
  const text = (claim: string) => {
    const value = payload[claim]
    return isText(value) ? value : null
  }
  const { sub, exp } = payload
  if (!isText(sub) || !exp) throw new TokenRejected('it has no subject that can be stored, or no expiry')
  const claimed = payload[groupsClaim]
  const groups = Array.isArray(claimed) ? claimed.filter(isText) : []
  // At some issuers anyone can enter any address. An unverified address must not give access to its owner's grants.
  const email = payload.email_verified === false ? null : (text('email')?.toLowerCase() ?? null)
  return {
    subject: sub,
    name: text('name') ?? text('preferred_username') ?? email ?? sub,
    email,
    groups,
    expiresAtMs: exp * 1000,
  }
}
