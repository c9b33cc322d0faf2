// `npm run test:keycloak`: the portal and the API with a real Keycloak, set up as docs/sign-in.md says.
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { grants } from '@tickwatch/db'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { seedPlatform, seedTenant, startTestApi, type TestApi } from '../../../apps/api/src/testing/testApi.ts'
import { openCertificateAuthority } from '../parts/pki.ts'
import { startWeb } from '../parts/web.ts'
import { freePort } from '../process/ports.ts'
import type { Running } from '../process/processes.ts'
import { until } from '../process/until.ts'
import { locationOf, type TestBrowser, testBrowser } from '../testing/browser.ts'
import { signedInThrough } from '../testing/signedIn.ts'
import { documentedIssuer } from '../testing/signInDocs.ts'
import { useTestDatabase } from '../testing/testing.ts'
import { type Keycloak, keycloakPages, startKeycloak } from './keycloak.ts'

/** Short, so that a test sees renewals; the portal renews a token that has at most 5 s left. */
const accessTokenLifespan = 8
const documented = documentedIssuer('Keycloak')
const mara = { username: 'mara', password: 'tickwatch', email: 'mara@acme.example', emailVerified: true }
const lee = { username: 'lee', password: 'tickwatch', email: 'lee@acme.example', emailVerified: false, groups: [] }

const urls = useTestDatabase()
let dir: string
let keycloak: Keycloak
let api: TestApi
let web: Running
let portalUrl: string
let clientId: string
const ids: Record<string, string> = {}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-keycloak-'))
  keycloak = await startKeycloak(dir, { realm: 'studio', accessTokenLifespan, revokeRefreshToken: true })
  await keycloak.addGroup('acme-admins')
  ids.mara = await keycloak.addUser({ ...mara, groups: ['acme-admins'] })
  ids.lee = await keycloak.addUser(lee)

  const port = await freePort()
  portalUrl = `http://localhost:${port}`
  const secret = randomUUID()
  const client = JSON.parse(JSON.stringify(documented.client).replaceAll('https://tickwatch.example', portalUrl))
  clientId = String(await keycloak.admin('POST', '/clients', { ...client, secret }))

  const ca = await openCertificateAuthority(dir)
  const server = await ca.issue({ path: 'api', usage: 'server', dnsNames: ['localhost'] })
  const issuer = { OIDC_ISSUER: keycloak.issuer }
  api = await startTestApi({ urls, caFile: ca.certFile, server, env: { ...documented.api, ...issuer } })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme')
  const grant = { id: randomUUID(), role: 'tenant-viewer', tenantId: 'acme', subjectKind: 'person' } as const
  await api.db.platform((tx) =>
    grants.add(tx, { ...grant, subject: lee.email, createdAt: new Date(), createdBy: 'Set-up' }),
  )
  web = await startWeb({
    port,
    logFile: join(dir, 'web.log'),
    env: {
      NODE_ENV: 'production',
      ...documented.portal,
      ...issuer,
      OIDC_CLIENT_SECRET: secret,
      NEXTAUTH_URL: portalUrl,
      NEXTAUTH_SECRET: 'a secret of the test with 32 characters and more',
      API_URL: `${api.urls().portalUrl}/trpc`,
      READERS_URL: 'https://localhost:9444',
    },
  })
})
afterAll(async () => {
  await web?.stop()
  await api?.stop()
  await keycloak?.stop()
  await rm(dir, { recursive: true, force: true })
})

const signIn = (person: { username: string; password: string }, browser = testBrowser()) =>
  signedInThrough(portalUrl, keycloakPages(person), browser)
/** The session's cookie, which Keycloak's long tokens split into parts. */
const sessionOf = ({ cookies }: TestBrowser) =>
  [...cookies].filter(([name]) => name.startsWith('next-auth.session-token')).join()
/** A browser with a copy of the cookies. */
const copyOf = (browser: TestBrowser) => testBrowser(new Map(browser.cookies))
async function me(browser: TestBrowser) {
  const response = await browser(`${portalUrl}/api/trpc/p/access.me`)
  const body = (await response.json()) as { result?: { data: Record<string, unknown> }; error?: object }
  return { status: response.status, data: body.result?.data, error: body.error }
}

it('a person signs in, and their group gives them its role', async () => {
  const { status, data } = await me(await signIn(mara))
  expect(status).toBe(200)
  expect(data).toMatchObject({
    subject: ids.mara,
    name: 'mara Lindqvist',
    email: mara.email,
    roles: [{ role: 'tenant-admin', tenantId: 'acme' }],
  })
})

it('a role that was given to an address applies once Keycloak says that the address is verified', async () => {
  const before = await me(await signIn(lee))
  expect(before.data).toMatchObject({ email: null, unverifiedEmail: lee.email, roles: [] })
  await keycloak.admin('PUT', `/users/${ids.lee}`, { email: lee.email, emailVerified: true })
  const after = await me(await signIn(lee))
  expect(after.data).toMatchObject({ email: lee.email, unverifiedEmail: null, roles: [{ role: 'tenant-viewer' }] })
})

it('a session outlives its access tokens: parallel requests renew it once, and again', async () => {
  const browser = await signIn(mara)
  for (let renewal = 0; renewal < 2; renewal++) {
    const before = sessionOf(browser)
    await until(
      'a renewal',
      async () => {
        const answers = await Promise.all([me(copyOf(browser)), me(copyOf(browser)), me(browser)])
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
        return sessionOf(browser) !== before
      },
      { everyMs: 250, seconds: accessTokenLifespan + 5 },
    )
  }
})

it('the sign-out ends the session at Keycloak without a question, and a copied cookie is refused at once', async () => {
  const browser = await signIn(mara)
  const copied = copyOf(browser)
  expect((await me(copied)).status).toBe(200)
  const out = await browser(`${portalUrl}/api/logout`, { form: {}, headers: { origin: portalUrl } })
  expect(out.status).toBe(303)
  const end = locationOf(out, portalUrl).href
  expect(end).toContain(`${keycloak.issuer}/protocol/openid-connect/logout?`)
  const back = await browser(end)
  expect(locationOf(back, end).href).toBe(`${portalUrl}/`)
  expect(await me(copied)).toMatchObject({ status: 401, error: { data: { tickwatch: { code: 'sign-in-needed' } } } })
  // Keycloak asks for the password again: the sign-in fills in its page, and would fail without one.
  expect((await me(await signIn(mara, browser))).status).toBe(200)
})

it('a session that Keycloak’s administrator ends is refused when its access token ends', async () => {
  const browser = await signIn(mara)
  expect((await me(browser)).status).toBe(200)
  await keycloak.admin('POST', `/users/${ids.mara}/logout`)
  const ended = async () => (await me(browser)).status === 401
  await until('the end of the session', ended, { everyMs: 250, seconds: accessTokenLifespan + 2 })
  const page = await browser(`${portalUrl}/t/acme/quotas`)
  expect(locationOf(page, portalUrl).pathname).toBe('/signin')
})

it('without the audience mapper the portal says why the API does not accept the session, and offers to sign out', async () => {
  const mappers = (await keycloak.admin('GET', `/clients/${clientId}/protocol-mappers/models`)) as {
    id: string
    protocolMapper: string
  }[]
  const audience = mappers.find(({ protocolMapper }) => protocolMapper === 'oidc-audience-mapper')
  await keycloak.admin('DELETE', `/clients/${clientId}/protocol-mappers/models/${audience?.id}`)
  const browser = await signIn(mara)
  const page = await browser(`${portalUrl}/`)
  expect(page.status).toBe(200)
  const main = /<main[\s\S]*<\/main>/.exec(await page.text())?.[0]
  expect(main).toContain('The API does not accept this session: its access token is not for this API.')
  expect(main).toContain('action="/api/logout"')
  expect(main).toContain('Sign out')
})
