import { isStorable } from '@tickwatch/policy'
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Config } from '../config.ts'

/** The person that a verified access token names. */
export type TokenIdentity = {
  subject: string
  name: string
  /** Lower-case; null when absent, or when nobody says that it is verified. */
  email: string | null
  /** The address in the token, lower-case, if nobody says that it is verified. No role follows from it. */
  unverifiedEmail: string | null
  groups: readonly string[]
  /** True if the issuer left the groups out because they are too many. */
  groupsLeftOut: boolean
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
  /** What the person may be told: the token has expired, or it is for another audience. */
  readonly why: 'expired' | 'audience' | 'other'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.why = whyOf(options?.cause)
  }
}
export class IssuerUnavailable extends Error {
  override name = 'IssuerUnavailable'
}

const metadata = z.object({ issuer: z.string(), jwks_uri: z.url() })
const algorithms = ['RS256', 'PS256', 'ES256']
const timeoutMs = 3_000

export type TokenRules = {
  issuer: string
  audience: string
  /** The claim that must name the audience. */
  audienceClaim: 'aud' | 'client_id'
  groupsClaim: string
  /** True if an address counts also when the token does not say whether it is verified. */
  trustEmails: boolean
}

/** The rules that the API's settings say. */
export const tokenRules = (
  config: Pick<
    Config,
    'OIDC_ISSUER' | 'OIDC_AUDIENCE' | 'OIDC_AUDIENCE_CLAIM' | 'OIDC_GROUPS_CLAIM' | 'OIDC_TRUST_EMAILS'
  >,
): TokenRules => ({
  issuer: config.OIDC_ISSUER,
  audience: config.OIDC_AUDIENCE,
  audienceClaim: config.OIDC_AUDIENCE_CLAIM,
  groupsClaim: config.OIDC_GROUPS_CLAIM,
  trustEmails: config.OIDC_TRUST_EMAILS === 'true',
})

/**
 * Verifies access tokens of one OpenID Connect issuer, found by its discovery document (OpenID Connect Discovery 1.0
 * §4, RFC 9068). Asymmetric algorithms only, so a public key can't be abused as a shared secret. An ID token never
 * passes: its audience is the portal's client, not the API, and it has no `client_id`.
 */
export function createTokenVerifier(options: TokenRules): TokenVerifier {
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
          ...(options.audienceClaim === 'aud' ? { audience: options.audience } : {}),
          algorithms,
          requiredClaims: ['sub', 'exp', options.audienceClaim],
        })
        if (options.audienceClaim === 'client_id' && payload.client_id !== options.audience) {
          throw new errors.JWTClaimValidationFailed('unexpected "client_id" claim value', payload, 'client_id')
        }
        checkType(protectedHeader.typ, payload.token_use)
        return identityOf(payload, options)
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

function whyOf(cause: unknown): TokenRejected['why'] {
  if (cause instanceof errors.JWTExpired) return 'expired'
  const claim = cause instanceof errors.JWTClaimValidationFailed ? cause.claim : null
  return claim === 'aud' || claim === 'client_id' ? 'audience' : 'other'
}

/** The longest subject that OpenID Connect Core §2 allows, and enough for the other claims. */
const claimCharactersMax = 255
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= claimCharactersMax && isStorable(value)

/** @param use Cognito's `token_use`: its ID tokens have no type in the header. */
function checkType(typ: string | undefined, use: unknown): void {
  const type = typ?.toLowerCase().replace(/^application\//, '')
  if (type !== undefined && type !== 'at+jwt' && type !== 'jwt') throw new TokenRejected(`its type is ${typ}`)
  if (use !== undefined && use !== 'access') throw new TokenRejected(`its use is ${String(use)}`)
}

function identityOf(payload: JWTPayload, { groupsClaim, trustEmails }: TokenRules): TokenIdentity {
  // A claim that the database can't hold counts as absent.
  const text = (claim: string) => {
    const value = payload[claim]
    return isText(value) ? value : null
  }
  const { sub, exp } = payload
  if (!isText(sub) || !exp) throw new TokenRejected('its subject is not a text that can be stored, or it has no expiry')
  const claimed = payload[groupsClaim]
  const groups = Array.isArray(claimed) ? claimed.filter(isText) : []
  const address = text('email')?.toLowerCase() ?? null
  const counts = emailCounts(payload.email_verified, trustEmails)
  const email = counts ? address : null
  return {
    subject: sub,
    name: text('name') ?? text('preferred_username') ?? email ?? sub,
    email,
    unverifiedEmail: counts ? null : address,
    groups,
    groupsLeftOut: claimed === undefined && isDistributed(payload, groupsClaim),
    expiresAtMs: exp * 1000,
  }
}

/**
 * True if the token only says where the claim could be asked for (OpenID Connect Core 1.0 §5.6.2). Entra ID does so with
 * `groups` of a person in more than 200 groups.
 */
function isDistributed(payload: JWTPayload, claim: string): boolean {
  const names = payload._claim_names
  return typeof names === 'object' && names !== null && Object.hasOwn(names, claim)
}

/**
 * Whether roles given to a token's address apply. At some issuers anyone can enter any address, which must not give
 * access to its owner's roles. So the issuer must say that it verified the address: with the boolean `true` of OpenID
 * Connect Core 1.0 §5.1, not with a text or number that only looks like it.
 * @param verified the claim `email_verified`; Entra ID never sends it
 * @param trustEmails whether an address counts also without the claim
 */
export const emailCounts = (verified: unknown, trustEmails: boolean): boolean =>
  verified === true || (verified === undefined && trustEmails)
