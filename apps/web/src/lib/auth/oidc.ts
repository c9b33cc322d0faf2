import 'server-only'
import type { JWT } from 'next-auth/jwt'
import { z } from 'zod'
import { env } from '../../env.ts'
import { log } from '../log.ts'
import { originsOf } from './csp.ts'
import { createRefreshChain, type Exchange } from './refreshChain.ts'

const timeoutMs = 5_000

const metadataSchema = z.object({ token_endpoint: z.url(), end_session_endpoint: z.url().optional() })
let metadata: z.infer<typeof metadataSchema> | undefined
let reading: ReturnType<typeof readMetadata> | undefined

/** The address of the issuer's metadata (OpenID Connect Discovery 1.0 §4). Some issuers' names end with a slash. */
export const configurationUrl = () => `${env().OIDC_ISSUER.replace(/\/$/, '')}/.well-known/openid-configuration`

/** The issuer's endpoints, fetched once. @throws if the issuer does not answer. */
export async function issuerMetadata() {
  if (metadata) return metadata
  reading ??= readMetadata().finally(() => {
    reading = undefined
  })
  return reading
}

async function readMetadata() {
  const response = await fetch(configurationUrl(), {
    cache: 'no-store',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (!response.ok) throw new Error(`the OpenID issuer answered ${response.status} for its configuration`)
  metadata = metadataSchema.parse(await response.json())
  return metadata
}

/**
 * The origins to which the sign-out redirects. It does not wait for the issuer: pages must appear without it. The sign-in
 * page, which comes first, fetches the metadata.
 */
export function signOutOrigins(): string[] {
  if (!metadata) issuerMetadata().catch(() => {}) // The request that needs it reports the failure.
  return originsOf(env().OIDC_ISSUER, metadata?.end_session_endpoint)
}

const tokensSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  expires_in: z.number(),
})

const exchange: Exchange = async (old) => {
  const { OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = env()
  const { token_endpoint } = await issuerMetadata()
  // RFC 6749 §2.3.1: form-encode id and secret before joining them.
  const credentials = `${encodeURIComponent(OIDC_CLIENT_ID)}:${encodeURIComponent(OIDC_CLIENT_SECRET)}`
  // The lifetime begins at the issuer, some time before its answer arrives: counted from here it never ends too late.
  const askedAtSeconds = Math.floor(Date.now() / 1000)
  const response = await fetch(token_endpoint, {
    method: 'POST',
    cache: 'no-store',
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: old.refreshToken }),
  })
  if (response.status >= 500) throw new Error(`the OpenID issuer answered ${response.status} to a refresh`)
  if (!response.ok) {
    log().info({ status: response.status }, 'the issuer ended a session')
    return null
  }
  const tokens = tokensSchema.parse(await response.json())
  const renewed: JWT = {
    ...old,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? old.refreshToken,
    expiresAt: askedAtSeconds + tokens.expires_in,
  }
  if (tokens.id_token) renewed.idToken = tokens.id_token
  return renewed
}

/** One chain for the whole process; see {@link createRefreshChain}. */
export const renewToken = createRefreshChain(exchange)
