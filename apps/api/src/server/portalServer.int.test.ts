import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { undocumented } from '../../../../local/src/testing/metricsPage.ts'
import { useTestDatabase } from '../../../../local/src/testing/testing.ts'
import { callProcedure } from '../testing/callProcedure.ts'
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
  await seedTenant(api.db, 'noisy')
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
  expect(undocumented(metrics), 'missing in docs/metrics.md').toEqual([])
})

it('the SLO of propagation sees the first version, because its histogram is there before', async () => {
  const metrics = await (await get('/metrics')).text()
  expect(metrics).toMatch(/^tickwatch_policy_propagation_seconds_bucket\{le="5",leg="enforced-by-all"\} 0$/m)
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
  const allowed = ['gateway', 'ring', 'route', 'method', 'code', 'result', 'leg', 'resource', 'le']
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

describe('a batch', () => {
  const nobody = 'access.me'
  it.each([
    ['too many calls', Array.from({ length: 5_000 }, () => nobody).join(','), 'Send at most 20 calls in one request.'],
    ['empty calls', ','.repeat(5_000), 'Send at most 20 calls in one request.'],
    ['costly calls', Array.from({ length: 6 }, () => 'usage.preview').join(','), 'These calls count as 30'],
  ])('with %s is refused as a whole, shortly, before anybody is asked for', async (_name, procedures, sentence) => {
    const response = await get(`/trpc/${procedures.slice(0, 5_000)}?batch=1`, { 'x-request-id': 'portal-12345678' })
    expect(response.status).toBe(400)
    const text = await response.text()
    expect(text.length).toBeLessThan(1_000)
    expect(JSON.parse(text)).toMatchObject({
      error: {
        message: expect.stringContaining(sentence),
        data: { code: 'BAD_REQUEST', tickwatch: { code: 'batch-too-large', requestId: 'portal-12345678' } },
      },
    })
  })

  it('of the portal is answered', async () => {
    const response = await get('/trpc/access.me,access.me?batch=1')
    expect(response.status).toBe(401)
    expect(await response.json()).toHaveLength(2)
  })
})

it.each([
  ['a tenant whose people call', 'noisy', 'noisy-admins', 'usage.history', 'The people of this tenant send'],
  ['a person of the platform who calls', 'acme', 'platform-admins', 'usage.traffic', 'You send'],
])('%s too often gets 429 and a Retry-After, and another is served', async (_, tenant, group, procedure, whoSends) => {
  const headersOf = async (name: string, tenantId: string, groups: string[]) => ({
    authorization: `Bearer ${await api.issuer.token({ sub: name, name, groups })}`,
    'x-tickwatch-tenant': tenantId,
  })
  const noisy = await headersOf(group, tenant, [group])
  const acme = await headersOf('acme', 'acme', ['acme-admins'])
  // Each counts as 5. Without an input they cost nothing else.
  const batch = Array.from({ length: 4 }, () => procedure).join(',')
  const asked = Array.from({ length: 40 }, () => get(`/trpc/${batch}?batch=1`, noisy))
  const answers = await Promise.all(asked)
  expect((await get('/trpc/quota.current', acme)).status).toBe(200)
  const refused = answers.filter((answer) => answer.headers.has('retry-after'))
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.map((answer) => Number(answer.headers.get('retry-after'))).every((seconds) => seconds <= 3)).toBe(true)
  type Failed = { error: { data: { tickwatch: { code: string } } } }
  const bodies = await Promise.all(answers.map((answer) => answer.json() as Promise<Failed[]>))
  const errors = bodies.flat().map(({ error }) => error)
  const admitted = errors.filter(({ data }) => data.tickwatch.code === 'input-invalid')
  expect(admitted.length).toBeGreaterThanOrEqual(120 / 5)
  expect(errors.filter((each) => !admitted.includes(each))[0]).toMatchObject({
    message: expect.stringContaining(`${whoSends} more than 60 calls/s. Nothing was changed.`),
    data: { code: 'TOO_MANY_REQUESTS', tickwatch: { code: 'too-many-calls' } },
  })
})

describe('the source of a change in the audit log', () => {
  /** Makes a change as a proxy would pass it on, and reads its event. */
  async function sourceOf(forwardedFor: string | null) {
    const token = await api.issuer.token({ sub: 'mara', name: 'mara', groups: ['acme-admins'] })
    const requestId = `request-${randomUUID()}`
    const answer = await callProcedure(
      api.urls().portalUrl,
      { path: 'reader.create', type: 'mutation' },
      {
        ...{ token, tenantId: 'acme', input: { name: requestId.slice(0, 30), expiresInDays: 1 } },
        headers: { 'x-request-id': requestId, ...(forwardedFor === null ? {} : { 'x-forwarded-for': forwardedFor }) },
      },
    )
    expect(answer.status, answer.text).toBe(200)
    const auditor = await api.as({ sub: 'ewa', groups: ['auditors'] })
    const { items } = await auditor.audit.list.query({ action: 'reader.create', pageSize: 200 })
    return items.find((event) => event.requestId === requestId)?.source
  }

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['8.8.8.8, 203.0.113.7', '203.0.113.7'],
    ['8.8.8.8, 10.1.2.3', '10.1.2.3'],
    ['2001:db8::7', '2001:db8::7'],
    ['<script>alert(1)</script>', '127.0.0.1'],
    [null, '127.0.0.1'],
  ])('is what the portal appended to %s, if that is an address', async (forwardedFor, source) => {
    expect(await sourceOf(forwardedFor)).toBe(source)
  })

  it('is the peer if no proxy is trusted', async () => {
    await api.restart({ TRUSTED_PROXIES: 0 })
    expect(await sourceOf('8.8.8.8')).toBe('127.0.0.1')
    await api.restart()
  })
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
