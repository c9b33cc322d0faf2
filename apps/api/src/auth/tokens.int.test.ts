import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestIssuer, type TestIssuer } from '../testing/issuer.ts'
import { createTokenVerifier, IssuerUnavailable, TokenRejected, type TokenRules } from './tokens.ts'

let issuer: TestIssuer
const now = () => Math.floor(Date.now() / 1_000)
const verifierFor = (url: string, rules: Partial<TokenRules> = {}) =>
  createTokenVerifier({
    ...{ issuer: url, audience: 'tickwatch-api', audienceClaim: 'aud', groupsClaim: 'groups', trustEmails: false },
    ...rules,
  })

beforeAll(async () => {
  issuer = await startTestIssuer()
})
afterAll(() => issuer.close())

it('knows a person by their access token', async () => {
  const person = { sub: 'u-1', name: 'Ada', email: 'Ada@Acme.example', email_verified: true }
  const token = await issuer.token({ ...person, groups: ['acme-admins', 7] })
  expect(await verifierFor(issuer.url).verify(token)).toMatchObject({
    subject: 'u-1',
    name: 'Ada',
    email: 'ada@acme.example',
    unverifiedEmail: null,
    groups: ['acme-admins'],
  })
})

it('an address that the issuer has not verified is told apart from one that counts', async () => {
  const unknown = await issuer.token({ sub: 'u-1', email: 'Root@tickwatch.example' })
  expect(await verifierFor(issuer.url).verify(unknown)).toMatchObject({
    email: null,
    unverifiedEmail: 'root@tickwatch.example',
    name: 'u-1',
  })
  const trusted = await verifierFor(issuer.url, { trustEmails: true }).verify(unknown)
  expect(trusted).toMatchObject({ email: 'root@tickwatch.example', unverifiedEmail: null })
})

it('accepts keys that the issuer adds later', async () => {
  const other = await startTestIssuer()
  const verifier = verifierFor(other.url)
  await verifier.ready()
  await other.rotate()
  expect((await verifier.verify(await other.token({ sub: 'u-1' }))).subject).toBe('u-1')
  await other.close()
})

describe('another issuer', () => {
  it.each(['ES256', 'PS256'] as const)('with %s and a path in its address needs only configuration', async (alg) => {
    const other = await startTestIssuer({ path: '/realms/game', alg })
    const token = await other.token({ sub: 'u-2', 'cognito:groups': ['ops'] }, { typ: 'JWT' })
    expect(await verifierFor(other.url, { groupsClaim: 'cognito:groups' }).verify(token)).toMatchObject({
      groups: ['ops'],
    })
    await expect(verifierFor(issuer.url).verify(token)).rejects.toThrow(TokenRejected)
    await other.close()
  })
})

describe('a token is rejected', () => {
  const rejected = async (token: string) =>
    expect(verifierFor(issuer.url).verify(token)).rejects.toBeInstanceOf(TokenRejected)

  it("that is an ID token, made for the portal's client", async () =>
    rejected(await issuer.token({ sub: 'u-1', aud: 'portal' }, { typ: 'JWT' })))
  it('that is of another type', async () => rejected(await issuer.token({ sub: 'u-1' }, { typ: 'logout+jwt' })))
  it('that has expired', async () => rejected(await issuer.token({ sub: 'u-1', exp: now() - 1 })))
  it('that never expires', async () => rejected(await issuer.token({ sub: 'u-1' }, { typ: 'at+jwt', endless: true })))
  it('that is not valid yet', async () => rejected(await issuer.token({ sub: 'u-1', nbf: now() + 60 })))
  it('that names another issuer', async () => rejected(await issuer.token({ sub: 'u-1', iss: 'https://evil.example' })))
  it('that names nobody', async () => rejected(await issuer.token({})))
  it('whose subject is a number, which would be another person than the same number as a text', async () =>
    rejected(await issuer.token({ sub: 7 as unknown as string })))
  it('whose subject is empty', async () => rejected(await issuer.token({ sub: '' })))
  it.each([
    ['has expired', { exp: now() - 1 }, 'expired'],
    ['is for another audience', { aud: 'portal' }, 'audience'],
    ['is for nobody, as Keycloak’s without an audience mapper', { aud: undefined }, 'audience'],
    ['names another issuer', { iss: 'https://evil.example' }, 'other'],
  ])('with the reason, if it %s', async (_what, claims, why) => {
    const token = await issuer.token({ sub: 'u-1', ...claims } as JWTPayload)
    await expect(verifierFor(issuer.url).verify(token)).rejects.toMatchObject({ why })
  })
  it('that was changed after it was signed', async () => {
    const [head, , signature] = (await issuer.token({ sub: 'u-1' })).split('.')
    const forged = Buffer.from(JSON.stringify({ sub: 'root', aud: 'tickwatch-api', iss: issuer.url, exp: now() + 9 }))
    await rejected(`${head}.${forged.toString('base64url')}.${signature}`)
  })
  it('that is not signed', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { sub: 'u-1', aud: 'tickwatch-api', iss: issuer.url, exp: now() + 300 }
    await rejected(`${part({ alg: 'none', typ: 'at+jwt' })}.${part(claims)}.`)
  })
  it('that is signed with the public key as a shared secret', async () => {
    const { keys } = (await (await fetch(`${issuer.url}/certs`)).json()) as { keys: [JsonWebKey] }
    const published = createPublicKey({ key: keys[0], format: 'jwk' })
    const secret = new TextEncoder().encode(published.export({ type: 'spki', format: 'pem' }).toString())
    const token = await new SignJWT({ sub: 'u-1', aud: 'tickwatch-api', iss: issuer.url, exp: now() + 300 })
      .setProtectedHeader({ alg: 'HS256', kid: 'key-0', typ: 'at+jwt' })
      .sign(secret)
    await rejected(token)
  })
})

describe('an issuer', () => {
  it('that does not answer is reported as unavailable, not as a bad token, and asked again', async () => {
    const late = await startTestIssuer()
    const token = await late.token({ sub: 'u-1' })
    const verifier = verifierFor(late.url)
    late.away(true)
    await expect(verifier.verify(token)).rejects.toBeInstanceOf(IssuerUnavailable)
    late.away(false)
    expect((await verifier.verify(token)).subject).toBe('u-1')
    await late.close()
  })
  it('that answers without keys is reported as unavailable, not as a bad token', async () => {
    const broken = await startTestIssuer()
    const verifier = verifierFor(broken.url)
    await verifier.ready()
    const token = await broken.token({ sub: 'u-1' })
    broken.away(true)
    await expect(verifier.verify(token)).rejects.toBeInstanceOf(IssuerUnavailable)
    await broken.close()
  })
  it('that names itself differently is not trusted', async () => {
    const twoFaced = await startTestIssuer()
    await expect(verifierFor(`${twoFaced.url}/`).ready()).rejects.toBeInstanceOf(IssuerUnavailable)
    await twoFaced.close()
  })
})
