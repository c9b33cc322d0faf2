import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export type TestIssuer = Awaited<ReturnType<typeof startTestIssuer>>

type Signing = { alg: 'RS256' | 'ES256' | 'PS256'; privateKey: CryptoKey; kid: string }

/** An OpenID issuer with its own keys: discovery, keys, and tokens that it signs for the test. */
export async function startTestIssuer(options: { path?: string; alg?: Signing['alg'] } = {}) {
  const alg = options.alg ?? 'RS256'
  const path = options.path ?? ''
  const jwks: object[] = []
  let signing = await addKey()
  async function addKey(): Promise<Signing> {
    const kid = `key-${jwks.length}`
    const { publicKey, privateKey } = await generateKeyPair(alg)
    jwks.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })
    return { alg, privateKey, kid }
  }
  const answers: Record<string, () => unknown> = {
    [`${path}/.well-known/openid-configuration`]: () => ({ issuer: url, jwks_uri: `${url}/certs` }),
    [`${path}/certs`]: () => ({ keys: jwks }),
  }
  let isAway = false
  const server = createServer((request, response) => {
    // A 200 without an issuer or keys, as a maintenance page sends it.
    const answer = isAway ? () => ({}) : answers[request.url ?? '']
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer?.() ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  return {
    url,
    /** A valid access token for the API, except for what the test overrides. Without `typ` its header has no type. */
    token: (
      claims: JWTPayload,
      { typ, endless }: { typ?: string | undefined; endless?: boolean } = { typ: 'at+jwt' },
    ) => {
      const end = endless ? {} : { exp: Math.floor(Date.now() / 1_000) + 300 }
      return new SignJWT({ iss: url, aud: 'tickwatch-api', ...end, ...claims })
        .setProtectedHeader({ alg: signing.alg, kid: signing.kid, ...(typ ? { typ } : {}) })
        .sign(signing.privateKey)
    },
    rotate: async () => {
      signing = await addKey()
    },
    away: (away: boolean) => {
      isAway = away
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
