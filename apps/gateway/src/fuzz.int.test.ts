// Sends requests of any form to every route of the gateway: none may end in a 5xx or hang.
// `npm run test:fuzz` sends more of them, from other seeds.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { nastyNumber, nastyText, nastyUrlPart } from '../../../local/src/testing/nasty.ts'
import { send, snappy, TestGateway } from './testing/testGateway.ts'
import { samplesOf, series } from './testing/writes.ts'

const many = process.env.FUZZ_RUNS
const parameters: fc.Parameters<unknown> = many ? { numRuns: Number(many) * 10 } : { numRuns: 150, seed: 9 }
const timeoutMs = many ? 3_600_000 : 60_000

let at: TestGateway
beforeAll(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  const limits = { 'query.requestsPerMinute': 60_000, 'ingest.requestsPerSecond': 1_000 }
  await at.startWith([{ id: 'acme', limits }])
})
afterAll(() => at.remove())

const methods = fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD')
const role = (name: string) => `Hash=0a;URI=spiffe://tickwatch.local/tenant/acme/${name}/edge`
const headers = fc.record(
  {
    'x-forwarded-client-cert': fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(role('writer'), role('reader')) },
      fc.constantFrom('', 'URI=', '"', `${role('writer')},${role('reader')}`, 'URI=\u00e9', `URI=${'x'.repeat(9_000)}`),
    ),
    'content-encoding': fc.constantFrom('snappy', 'gzip', '', 'zstd'),
    'content-type': fc.constantFrom(
      ...[
        'application/x-protobuf',
        'application/x-protobuf;proto=io.prometheus.write.v2.Request',
        'text/plain',
        '\u00e9',
      ],
      ...['application/x-www-form-urlencoded', 'application/json'],
    ),
    'x-prometheus-remote-write-version': fc.constantFrom('0.1.0', '2.0.0', 'x', ''),
    authorization: fc.constantFrom('Bearer', `Bearer tw_r_${'a'.repeat(43)}`, 'Basic YTpi', 'Bearer \u00e9'),
    accept: fc.constantFrom('application/openmetrics-text', '*/*', ''),
  },
  { requiredKeys: ['x-forwarded-client-cert'] },
)

it('a write of any form gets no 5xx', { timeout: timeoutMs }, async () => {
  const whole = samplesOf(series(3))
  const damaged = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([where, byte]) => {
    const body = Buffer.from(whole)
    body[where] = byte
    return body
  })
  const bodies = fc.oneof(
    fc.constant(whole),
    damaged,
    fc.nat(whole.length).map((length) => whole.subarray(0, length)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => snappy(bytes)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.tuple(nastyText, nastyText), { maxLength: 3 })
      .map((labels) => samplesOf([['__name__', 'up', ...labels.flat()]])),
  )
  await fc.assert(
    fc.asyncProperty(methods, headers, bodies, async (method, sent, body) => {
      const all = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf', ...sent }
      const { status, body: answer } = await send(at.settings.socket, method, '/api/v1/write', body, all)
      expect(status, answer).toBeLessThan(500)
    }),
    parameters,
  )
})

const times = fc.oneof(
  fc.constantFrom('0', '1', '-1', '1795866000', '1795866000.123', '2026-11-28T12:00:00Z', '1h', '5s', '0s', 'now'),
  nastyNumber.map(String),
  nastyText,
)
const promql = fc.oneof(
  fc.constantFrom(
    'up',
    'rate(up[5m])',
    'up[1h]',
    'sum by (a) (up) / 0',
    '{__name__=~".+"}',
    'up{a="\\xff"}',
    '{"a.b"="c"}',
  ),
  fc.nat(3_000).map((depth) => `${'('.repeat(depth)}up${')'.repeat(depth)}`),
  fc.nat(300).map((count) => Array.from({ length: count }, () => 'up').join(' or ')),
  nastyText,
)
const form = fc
  .array(
    fc.oneof(
      fc.tuple(fc.constantFrom('query', 'match[]'), promql),
      fc.tuple(fc.constantFrom('time', 'start', 'end', 'step', 'timeout', 'limit', 'stats'), times),
      fc.tuple(nastyText, nastyText),
    ),
    { maxLength: 7 },
  )
  .map((fields) =>
    fields.map((field) => field.map((text) => encodeURIComponent(text.toWellFormed())).join('=')).join('&'),
  )
const paths = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...['query', 'query_range', 'series', 'labels', 'label/job/values', 'label/__name__/values', 'status/buildinfo'],
      ...['rules', 'alerts', 'metadata', 'query_exemplars', 'format_query', 'label/%00/values', 'read', 'write'],
    ),
  },
  nastyUrlPart,
  nastyUrlPart.map((part) => `label/${part}/values`),
)

it('a query of any form gets no 5xx', { timeout: timeoutMs }, async () => {
  await fc.assert(
    fc.asyncProperty(methods, paths, headers, form, form, async (method, path, sent, inUrl, inBody) => {
      const body = Buffer.from(method === 'POST' ? inBody : '')
      const type = method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
      const all = { ...sent, ...type, 'x-forwarded-client-cert': role('reader') }
      const url = `/api/v1/${path}?${inUrl}`.slice(0, 12_000)
      const { status, body: answer } = await send(at.settings.socket, method, url, body, all)
      expect(status, `${method} ${url} ${inBody} ${answer}`).toBeLessThan(500)
    }),
    parameters,
  )
})

it('a request of any form to its own port gets no 5xx', { timeout: timeoutMs }, async () => {
  const paths = fc.oneof(fc.constantFrom('ready', 'healthz', 'metrics', '%00', '%E0%A4%A', '', '..%2f'), nastyUrlPart)
  await fc.assert(
    fc.asyncProperty(paths, async (path) => {
      expect((await at.get(`/${path}`)).status).toBeLessThan(500)
    }),
    { ...parameters, numRuns: 30 },
  )
})
