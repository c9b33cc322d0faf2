import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../testing/fixtures.ts'
import { startTestIssuer } from '../testing/issuer.ts'
import { seedPlatform, seedTenant, startTestApi, type TestApi, type TestApiParts } from '../testing/testApi.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
let parts: TestApiParts
let api: TestApi

beforeAll(async () => {
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  parts = { urls, caFile: pki.caFile, server: pki.server }
  api = await startTestApi(parts)
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme')
})
afterAll(async () => {
  await api.stop()
  folder.remove()
})

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${api.urls().portalUrl}${path}`, { headers })

it('is alive, ready, and measured', async () => {
  expect((await get('/healthz')).status).toBe(200)
  expect(await (await get('/readyz')).json()).toEqual({
    status: 'ready',
    parts: { database: 'ready', issuer: 'ready' },
  })
  const metrics = await (await get('/metrics')).text()
  expect(metrics).toMatch(/^process_cpu_seconds_total/m)
  expect(metrics).toMatch(/^tickwatch_api_request_seconds_count\{.*route="\/healthz"/m)
})

it('uses only metric labels that the platform’s label schema allows', async () => {
  const client = await api.as({ sub: 'ewa', groups: ['auditors'] })
  await client.tenant.list.query({})
  const metrics = await (await get('/metrics')).text()
  const names = new Set(
    [...metrics.matchAll(/^tickwatch_\w+\{([^}]*)\}/gm)].flatMap(([, labels]) =>
      [...(labels ?? '').matchAll(/(\w+)="/g)].map(([, name]) => name),
    ),
  )
  const allowed = ['gateway', 'ring', 'route', 'method', 'code', 'result', 'leg', 'le']
  expect([...names].filter((name) => !allowed.includes(name ?? ''))).toEqual([])
})

describe('a request id', () => {
  it('that is safe is kept', async () => {
    expect((await get('/healthz', { 'x-request-id': 'portal-12345678' })).headers.get('x-request-id')).toBe(
      'portal-12345678',
    )
  })
  it.each(['short', 'with space and more', `${'x'.repeat(200)}`])('like %j is replaced', async (id) => {
    expect((await get('/healthz', { 'x-request-id': id })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
  it('is in the error that a person sees', async () => {
    const response = await get('/trpc/access.me', { 'x-request-id': 'portal-12345678' })
    expect(await response.json()).toMatchObject({
      error: {
        message: 'Sign in again: this session is missing or has ended.',
        data: { code: 'UNAUTHORIZED', tickwatch: { code: 'sign-in-needed', requestId: 'portal-12345678' } },
      },
    })
  })
})

it('names the fault of an input in a sentence, without a stack', async () => {
  const client = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  const proposal = { limits: {}, reason: 'x', baseRevision: 0 }
  const error = await client.quota.propose.mutate(proposal).catch((e: unknown) => e)
  expect(error).toMatchObject({ data: { code: 'BAD_REQUEST', tickwatch: { code: 'input-invalid' } } })
  expect(String(error)).toContain('reason: Enter a reason of at least 3 characters.')
  expect(JSON.stringify(Object(error).data)).not.toContain('stack')
})

describe('another issuer', () => {
  it('needs only configuration: its address, its audience, the name of its groups claim', async () => {
    const issuer = await startTestIssuer({ path: '/realms/studio', alg: 'ES256' })
    const env = { OIDC_AUDIENCE: 'https://api.studio.example', OIDC_GROUPS_CLAIM: 'cognito:groups' }
    const other = await startTestApi({ ...parts, issuer, env })
    const claims = { aud: env.OIDC_AUDIENCE, 'cognito:groups': ['acme-admins'] }
    const mine = await other.as({ sub: 'mara', ...claims })
    expect((await mine.access.me.query()).tenants).toMatchObject([{ id: 'acme' }])
    const foreign = await api.as({ sub: 'mara', ...claims })
    await expect(foreign.access.me.query()).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED' } })
    await other.stop()
    await issuer.close()
  })
})
