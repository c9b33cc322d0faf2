// Sends generated inputs to every procedure and route of both ports: none may end in a 5xx or hang, and an input that is
// refused changes nothing. `npm run test:fuzz` sends more of them, from other seeds.
import { request as httpRequest } from 'node:http'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { nastyNumber, nastyText, nastyUrlPart } from '../../../local/src/testing/nasty.ts'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { heartbeatInput } from './features/gateway/gateway.types.ts'
import { callProcedure } from './testing/callProcedure.ts'
import { certificates, temporaryFolder } from './testing/fixtures.ts'
import { inputOf } from './testing/fuzzInputs.ts'
import { procedures } from './testing/inputSchemas.ts'
import type { MachineClient } from './testing/machineClient.ts'
import { rate } from './testing/people.ts'
import { seedPlatform, seedTenant, startTestApi, type TestApi } from './testing/testApi.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
const many = process.env.FUZZ_RUNS
const runs = (usual: number): fc.Parameters<unknown> => (many ? { numRuns: Number(many) } : { numRuns: usual, seed: 9 })
const timeoutMs = many ? 3_600_000 : 60_000

let api: TestApi
let admin: pg.Client
let gateway: MachineClient
let tokens: string[]
const known = ['acme', 'globex', 'gateway-1', 'launch day', 'canary']
const fuzz = { known, text: nastyText, number: nastyNumber }

beforeAll(async () => {
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  api = await startTestApi({ urls, caFile: pki.caFile, server: pki.server })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { [rate]: { min: 1, max: 100_000 } })
  await seedTenant(api.db, 'globex')
  await seedTenant(api.db, 'tickwatch')
  gateway = api.machine(await pki.gateway('gateway-1'))
  const groups = ['platform-admins', 'approvers', 'auditors', 'acme-admins', 'globex-admins']
  tokens = [await api.issuer.token({ sub: 'mara', groups }), await api.issuer.token({ sub: 'tomas', groups })]
  admin = new pg.Client({ connectionString: urls.admin })
  await admin.connect()

  const owner = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  await owner.quota.propose.mutate({ limits: { [rate]: 20_000 }, reason: 'launch day', baseRevision: 0 })
  for (const value of [200_000, 300_000]) {
    const asked = await owner.quota.propose.mutate({ limits: { [rate]: value }, reason: 'more', baseRevision: 1 })
    if (asked.outcome === 'requested') known.push(asked.changeRequestId)
  }
  const { reader } = await owner.reader.create.mutate({ name: 'grafana', expiresInDays: 30 })
  known.push(reader.id, reader.name)
  const auditor = await api.as({ sub: 'ewa', groups: ['auditors'] })
  for (const { nextCursor } of [
    await auditor.audit.list.query({ pageSize: 1 }),
    await auditor.tenant.list.query({ pageSize: 1, sort: 'name' }),
    await auditor.tenant.list.query({ pageSize: 1, sort: 'samplesPerSecond' }),
    await auditor.tenant.list.query({ pageSize: 1, sort: 'usedRatio' }),
    await auditor.access.grants.query({ pageSize: 1 }),
  ])
    known.push(nextCursor ?? expect.fail('one page only'))
})
afterAll(async () => {
  await admin.end()
  gateway.close()
  await api.stop()
  folder.remove()
})

/** What people's requests can change. Workers change the rest by themselves. */
const state = async () => {
  const tables = ['tenant', 'tenant_change', 'role_grant', 'tenant_quota', 'quota_revision', 'boost', 'change_request']
  const notifying = ['receiver', 'notification_routes', 'notice_reader', 'api_token', 'incident', 'incident_event']
  const slos = ['slo', 'slo_version', 'maintenance_window']
  const images = ['image', 'image_ami', 'image_report', 'image_vulnerability', 'image_exception']
  const rollouts = ['rollout', 'rollout_group', 'rollout_event', 'freeze_window', 'change_request_approval']
  const alone = ['change_request_message', 'reader_token', 'platform_defaults']
  const byWorkers = `'{policy_version,paused_until,failures}'::text[]`
  const of = (table: string) =>
    `(SELECT json_agg(to_jsonb(t) - ${byWorkers} ORDER BY to_jsonb(t) - ${byWorkers}) FROM ${table} t)`
  const columns = [...tables, ...notifying, ...slos, ...images, ...rollouts, ...alone].map(of)
  const { rows } = await admin.query<{ hash: string }>(`SELECT md5(concat_ws('|', ${columns.join(', ')})) AS hash`)
  return rows[0]?.hash
}

const failed = (answer: { status: number; text: string }) =>
  answer.status >= 500 || /"httpStatus":5\d\d/.test(answer.text)
const refused = (answer: { status: number; text: string }) =>
  answer.status >= 400 || answer.text.includes('"httpStatus":')

describe.each(procedures)('$path', (procedure) => {
  const { input, meta } = procedure
  const tenants = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('acme', 'globex') },
    fc.constantFrom('ACME', 'a', "'"),
  )
  const inputs = input ? inputOf(input, fuzz) : fc.constant(undefined)

  it('answers every input, and one that it refuses changes nothing', { timeout: timeoutMs }, async () => {
    let before = await state()
    await fc.assert(
      fc.asyncProperty(inputs, tenants, fc.nat(1), async (sent, tenantId, person) => {
        const token = tokens[person] ?? ''
        const scope = meta?.scope === 'tenant' ? { tenantId } : {}
        const answer = await callProcedure(api.urls().portalUrl, procedure, { token, input: sent, ...scope })
        expect(failed(answer), `${answer.status} ${answer.text}`).toBe(false)
        const after = await state()
        if (refused(answer) || procedure.type !== 'mutation') expect(after, answer.text).toBe(before)
        before = after
      }),
      runs(input ? 5 : 1),
    )
  })
})

/** A raw request: `fetch` would correct the path and the headers. */
const raw = (url: string, sent: { method: string; path: string; headers: Record<string, string>; body: string }) =>
  new Promise<number>((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const { method, path, body } = sent
    // A length even with GET, whose body would otherwise be read as the next request.
    const headers = { ...sent.headers, 'content-length': Buffer.byteLength(body) }
    const asked = httpRequest({ hostname, port, method, path, headers, agent: false, timeout: 10_000 }, (response) => {
      response.on('end', () => resolve(response.statusCode ?? 0)).resume()
      // A stream has no end.
      if (response.headers['content-type']?.startsWith('text/event-stream')) response.destroy()
      response.once('close', () => resolve(response.statusCode ?? 0))
    })
    asked.once('timeout', () => reject(new Error('no answer within 10 s')))
    asked.once('error', reject)
    asked.end(body)
  })

const methods = fc.constantFrom('GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH')
const segments = fc.oneof(
  fc.constantFrom(...procedures.map(({ path }) => path)),
  fc
    .array(fc.constantFrom('access.me', 'quota.current', 'usage.now', 'no.such', ''), { minLength: 2, maxLength: 40 })
    .map(String),
  fc.constantFrom(
    ','.repeat(5_000),
    '%00',
    '%E0%A4%A',
    '%',
    '..',
    '%2e%2e%2fmetrics',
    '__proto__',
    'access.__proto__',
    '',
  ),
  nastyUrlPart,
)
const queries = fc.oneof(
  fc.constantFrom(
    '',
    '?batch=1',
    '?batch=1&input=',
    '?batch=1&input={}',
    '?batch=2',
    '?input=%00',
    '?input={',
    '?input=%E0%A4%A',
  ),
  nastyUrlPart.map((text) => `?batch=1&input=${text}`),
  fc.json().map((text) => `?input=${encodeURIComponent(text)}`),
)
const bodies = fc.oneof(
  fc.constantFrom('', '{', '[]', 'null', '{"0":{}}', '\0', 'x'.repeat(300_000)),
  fc.json(),
  nastyText,
)
const strange = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'a/b;charset=x',
      '',
    ),
    'content-encoding': fc.constantFrom('gzip', 'br', 'identity'),
    accept: fc.constantFrom('text/event-stream', 'application/jsonl', '*/*'),
    'trpc-accept': fc.constantFrom('application/jsonl', 'x'),
    'last-event-id': fc.constantFrom('1', '\u00ff', '-1'),
    'x-forwarded-for': fc.constantFrom('8.8.8.8', '<script>alert(1)</script>', ',,,', '::1, , x', '\u00e9'),
    'x-request-id': fc.constantFrom('request-12345678', '\u00e9', '../../x'),
    'x-tickwatch-tenant': fc.constantFrom('acme', '', '\u00e9', 'acme,globex', "'"),
    authorization: fc.constantFrom(
      'Bearer',
      'Bearer x.y.z',
      'Basic YTpi',
      'Bearer \u00e9',
      `Bearer ${'x'.repeat(5_000)}`,
    ),
  },
  { requiredKeys: [] },
)

describe('a request of any form', () => {
  it('to the portal’s port gets no 5xx and changes nothing', { timeout: timeoutMs }, async () => {
    const paths = fc.oneof(
      { weight: 5, arbitrary: fc.tuple(segments, queries).map(([segment, query]) => `/trpc/${segment}${query}`) },
      fc.constantFrom(
        '/healthz',
        '/readyz',
        '/metrics',
        '/v1/status',
        '/v1/images',
        '/',
        '/trpc',
        '/trpc/',
        '//',
        '/trpc/a/b',
        '/%00',
        '*',
      ),
    )
    const before = await state()
    const isNobody = fc.boolean()
    await fc.assert(
      fc.asyncProperty(methods, paths, strange, bodies, isNobody, async (method, path, headers, body, nobody) => {
        const signedIn = nobody ? {} : { authorization: `Bearer ${tokens[0]}`, 'x-tickwatch-tenant': 'acme' }
        const status = await raw(api.urls().portalUrl, { method, path, body, headers: { ...signedIn, ...headers } })
        expect(status, `${method} ${path}`).toBeLessThan(500)
      }),
      runs(50),
    )
    expect(await state()).toBe(before)
  })

  it('to the machine port gets no 5xx, and a heartbeat that is refused changes nothing', {
    timeout: timeoutMs,
  }, async () => {
    const gatewayState = async () =>
      (await admin.query<{ rows: string }>('SELECT json_agg(g)::text AS rows FROM gateway g')).rows[0]?.rows
    let before = await gatewayState()
    const paths = fc.constantFrom(
      ...Array<string>(8).fill('/v1/gateways/heartbeat'),
      ...[
        '',
        '?ring=%00',
        '?ring=a&ring=b',
        '?ring=a&after=-1',
        '?ring=a&after=x',
        '?ring=a&after=9007199254740993',
      ].map((query) => `/v1/gateways/news${query}`),
      '/openapi.json',
      '/',
      '/v1/%00',
      '/v1/%E0%A4%A',
    )
    const method = fc.constantFrom('POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE')
    await fc.assert(
      fc.asyncProperty(method, paths, inputOf(heartbeatInput, fuzz), async (method, path, body) => {
        const answer = await gateway.send(method, path, body)
        expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500)
        const after = await gatewayState()
        if (answer.status >= 400) expect(after).toBe(before)
        before = after
      }),
      runs(50),
    )
  })

  it('leaves the audit log intact', async () => {
    const auditor = await api.as({ sub: 'ewa', groups: ['auditors'] })
    expect(await auditor.audit.verify.query({ now: true })).toMatchObject({ intact: true })
  })
})

it('a token with claims of any form gets no 5xx', { timeout: timeoutMs }, async () => {
  const claim = fc.oneof(nastyText, fc.constantFrom<unknown>(5, null, {}, [], true))
  const claims = fc.record(
    {
      sub: claim,
      email: claim,
      email_verified: claim,
      name: claim,
      preferred_username: claim,
      groups: fc.oneof(claim, fc.array(claim)),
    },
    { requiredKeys: ['sub'] },
  )
  await fc.assert(
    fc.asyncProperty(claims, async (who) => {
      const groups = Array.isArray(who.groups) ? { groups: [...who.groups, 'acme-admins'] } : {}
      const token = await api.issuer.token({ ...who, ...groups } as { sub: string })
      for (const [path, type, input] of [
        ['access.me', 'query', undefined],
        ['quota.propose', 'mutation', { limits: { [rate]: 30_000 }, reason: 'launch day', baseRevision: 2 ** 31 - 1 }],
        ['reader.create', 'mutation', { name: `r${Math.random()}`.slice(0, 20), expiresInDays: 1 }],
      ] as const) {
        const answer = await callProcedure(api.urls().portalUrl, { path, type }, { token, tenantId: 'acme', input })
        expect(failed(answer), answer.text).toBe(false)
      }
    }),
    runs(8),
  )
})
