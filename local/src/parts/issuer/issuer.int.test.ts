import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../process/ports.ts'
import { answers, until } from '../../process/until.ts'
import { locationOf, testBrowser } from '../../testing/browser.ts'
import { type Issuer, startIssuer } from './issuer.ts'

const client = { id: 'portal', secret: 'a-secret-of-the-test', portalUrl: 'http://localhost:3999' }
const callback = `${client.portalUrl}/api/auth/callback/oidc`
let dir: string
let port: number
let issuer: Issuer

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-issuer-'))
  port = await freePort()
  issuer = await startIssuer({ dir, port, client })
})
afterAll(async () => {
  await issuer.stop()
  await rm(dir, { recursive: true })
})

const location = (response: Response) => locationOf(response, issuer.url)

function authorizeUrl(verifier: string | null): string {
  const url = new URL('/auth', issuer.url)
  url.search = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid profile email groups tickwatch',
    resource: 'urn:tickwatch:api',
    state: 'state',
    ...(verifier
      ? { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' }
      : {}),
  }).toString()
  return url.href
}

async function token(form: Record<string, string>) {
  const response = await fetch(`${issuer.url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
    body: new URLSearchParams(form),
  })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

async function signIn(email: string, password: string) {
  const visit = testBrowser()
  const verifier = randomBytes(32).toString('base64url')
  const page = location(await visit(authorizeUrl(verifier))).href
  const html = await (await visit(page)).text()
  const answer = await visit(page, { form: { email, password } })
  return { visit, verifier, html, answer }
}

async function tokensOf(email: string) {
  const { visit, verifier, answer } = await signIn(email, 'tickwatch')
  const back = location(await visit(location(answer).href))
  const exchange = (code_verifier: string) =>
    token({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: callback,
      code_verifier,
    })
  return { back, verifier, exchange }
}

const claimsOf = (jwt: string | undefined) =>
  JSON.parse(Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

it('a person signs in with a form, and the portal gets an access token for the API with their groups', async () => {
  const { html } = await signIn('admin@acme.example', 'tickwatch')
  expect(html).toContain('<label for="password">')
  const { back, verifier, exchange } = await tokensOf('platform-1@tickwatch.example')
  expect(back.href).toMatch(callback)
  const { body } = await exchange(verifier)
  expect(claimsOf(body.access_token)).toMatchObject({
    iss: issuer.url,
    aud: 'tickwatch-api',
    sub: 'platform-1@tickwatch.example',
    groups: ['platform-admins', 'platform-approvers'],
  })
  expect(claimsOf(body.id_token)).toMatchObject({ aud: client.id, email: 'platform-1@tickwatch.example' })
})

it('a wrong password shows an error and does not sign in', async () => {
  const { answer } = await signIn('admin@acme.example', 'wrong')
  expect(answer.status).toBe(401)
  expect(await answer.text()).toContain('role="alert"')
})

it('without PKCE, or with a wrong verifier, there is no token', async () => {
  const refused = location(await testBrowser()(authorizeUrl(null)))
  expect(refused.searchParams.get('error')).toBe('invalid_request')
  const { exchange } = await tokensOf('admin@acme.example')
  expect(await exchange(randomBytes(32).toString('base64url'))).toMatchObject({ status: 400 })
})

it('a session survives a restart of the issuer, and a refresh token works once', async () => {
  const { verifier, exchange } = await tokensOf('viewer@acme.example')
  const { body } = await exchange(verifier)
  await issuer.stop()
  issuer = await startIssuer({ dir, port, client })
  await until('the issuer back', () => answers(`${issuer.url}/.well-known/openid-configuration`))
  const refresh = () => token({ grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' })
  const fresh = await refresh()
  expect(claimsOf(fresh.body.access_token)).toMatchObject({ aud: 'tickwatch-api', groups: ['acme-viewers'] })
  expect(fresh.body.refresh_token).not.toBe(body.refresh_token)
  expect(await refresh()).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
})

it('another issuer has other people and another name for the groups claim', async () => {
  const first = issuer
  const people = [{ email: 'dev@other.example', name: 'Dev', groups: ['studio'], does: 'tests' }]
  issuer = await startIssuer({ dir: join(dir, 'second'), client, people, groupsClaim: 'cognito:groups' })
  const { verifier, exchange } = await tokensOf('dev@other.example')
  expect(claimsOf((await exchange(verifier)).body.access_token)).toMatchObject({ 'cognito:groups': ['studio'] })
  await issuer.stop()
  issuer = first
})
