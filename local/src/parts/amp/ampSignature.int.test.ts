import { describe, expect, it } from 'vitest'
import { type Signing, useAmp, workspaceId, writePath } from './ampTestServer.ts'

const { signed, send } = useAmp()
const now = () => Date.now()

describe('the signature check', () => {
  const get = { method: 'GET', path: `/workspaces/${workspaceId}/api/v1/query`, body: Buffer.alloc(0), headers: {} }

  it.each<[string, Partial<Signing>]>([
    ['a write', {}],
    ['a write without the header of the body hash', { claimedHash: null }],
    ['a date 4 minutes ago', { atMs: now() - 4 * 60_000 }],
    ['a date 4 minutes ahead', { atMs: now() + 4 * 60_000 }],
    ['the other known key', { keyId: 'AKIDOTHER', secret: 'another' }],
    ['a query in the URL', { ...get, query: 'query=up%20%3D%3D%201&time=1' }],
  ])('accepts %s', async (_case, faults) => {
    expect(await send(signed(faults))).toMatchObject({ status: 200 })
  })

  it.each<[string, Partial<Signing>, string, RegExp]>([
    ['an unknown key', { keyId: 'AKIDNOBODY' }, 'UnrecognizedClientException', /security token.*invalid/],
    ['a key named like a property of every object', { keyId: 'constructor' }, 'UnrecognizedClientException', /token/],
    ['a wrong secret', { secret: 'wrong' }, 'InvalidSignatureException', /does not match the signature/],
    ["another key's secret", { secret: 'another' }, 'InvalidSignatureException', /does not match the signature/],
    ['a wrong region', { region: 'eu-west-1' }, 'InvalidSignatureException', /valid region, not 'eu-west-1'/],
    ['a wrong service', { service: 'es' }, 'InvalidSignatureException', /correct service: 'aps'/],
    ['a date 6 minutes ago', { atMs: now() - 6 * 60_000 }, 'InvalidSignatureException', /Signature expired/],
    ['a date 6 minutes ahead', { atMs: now() + 6 * 60_000 }, 'InvalidSignatureException', /not yet current/],
    ['another day in the scope', { scopeDate: '20200101' }, 'InvalidSignatureException', /Date in Credential scope/],
    ['a wrong body hash', { claimedHash: '0'.repeat(64) }, 'InvalidSignatureException', /x-amz-content-sha256/],
    ['an unsigned payload', { claimedHash: 'UNSIGNED-PAYLOAD' }, 'InvalidSignatureException', /x-amz-content-sha256/],
    ['an unsigned host', { unsigned: ['host'] }, 'InvalidSignatureException', /'host' must be a 'SignedHeader'/],
    ['an unsigned date', { unsigned: ['x-amz-date'] }, 'InvalidSignatureException', /'x-amz-date' must be/],
    [
      'an unsigned body hash',
      { unsigned: ['x-amz-content-sha256'] },
      'InvalidSignatureException',
      /content-sha256' must/,
    ],
    [
      'a session token that nobody issued',
      { headers: { 'x-amz-security-token': 'made-up' } },
      'UnrecognizedClientException',
      /token/,
    ],
  ])('rejects %s', async (_case, faults, type, message) => {
    const answer = await send(signed(faults))
    expect(answer).toMatchObject({ status: 403, type })
    expect(JSON.parse(answer.text).Message).toMatch(message)
  })

  it.each<[string, (request: ReturnType<typeof signed>) => ReturnType<typeof signed>, RegExp]>([
    ['a body changed after signing', (r) => ({ ...r, body: Buffer.from([0, 0]) }), /x-amz-content-sha256/],
    ['a query added after signing', (r) => ({ ...r, query: 'a=1' }), /does not match the signature/],
    ['a path changed after signing', (r) => ({ ...r, path: `${r.path}/more` }), /does not match the signature/],
    ['a method changed after signing', (r) => ({ ...r, method: 'PUT' }), /does not match the signature/],
    [
      'a signed header changed after signing',
      (r) => ({ ...r, headers: { ...r.headers, 'content-type': 'text/plain' } }),
      /does not match the signature/,
    ],
    [
      'a signed header that is missing',
      ({ headers: { 'content-encoding': _removed, ...headers }, ...r }) => ({ ...r, headers }),
      /'content-encoding' is not in the request/,
    ],
    [
      'no date',
      ({ headers: { 'x-amz-date': _removed, ...headers }, ...r }) => ({ ...r, headers }),
      /'x-amz-date' is not in the request/,
    ],
    [
      'no signature',
      ({ headers: { authorization: _removed, ...headers }, ...r }) => ({ ...r, headers }),
      /Missing Authentication Token/,
    ],
    [
      'a malformed authorization',
      (r) => ({ ...r, headers: { ...r.headers, authorization: 'AWS4-HMAC-SHA256 Credential=x' } }),
      /requires existence of/,
    ],
    [
      'another algorithm',
      (r) => ({ ...r, headers: { ...r.headers, authorization: `${r.headers.authorization}`.replace('256', '1') } }),
      /requires existence of/,
    ],
  ])('rejects %s', async (_case, tamper, message) => {
    const answer = await send(tamper(signed()))
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.text).Message).toMatch(message)
  })

  it('rejects a query changed after signing', async () => {
    const query = 'query=up&time=1'
    expect((await send({ ...signed({ ...get, query }), query: 'query=up&time=2' })).status).toBe(403)
    expect((await send({ ...signed({ ...get, query }), query: 'time=1&query=up' })).status).toBe(200)
  })
})

describe('the paths', () => {
  const api = `/workspaces/${workspaceId}/api/v1`
  const v2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request'
  const get = { method: 'GET', body: Buffer.alloc(0), headers: {} }

  it.each<[string, number, Partial<Signing>]>([
    ['labels', 200, { ...get, path: `${api}/labels` }],
    ["a label's values", 200, { ...get, path: `${api}/label/job/values` }],
    ['series', 200, { ...get, path: `${api}/series`, query: 'match%5B%5D=up' }],
    ['rules', 200, { ...get, path: `${api}/rules` }],
    ['alerts', 200, { ...get, path: `${api}/alerts` }],
    ['another workspace', 404, { ...get, path: '/workspaces/ws-other/api/v1/labels' }],
    ['a path of Prometheus that AMP does not have', 404, { ...get, path: `${api}/admin/tsdb/snapshot` }],
    ["a value's name with an escape", 404, { ...get, path: `${api}/label/a%2Fb` }],
    ['a malformed escape', 400, { ...get, path: '/workspaces/%E0%A4' }],
    ['the root', 404, { ...get, path: '/' }],
    ['a GET of the write path', 405, { ...get, path: writePath }],
    ['remote write 2.0', 415, { headers: { 'content-type': v2, 'content-encoding': 'snappy' } }],
    ['a write that is not snappy', 415, { headers: { 'content-type': 'application/x-protobuf' } }],
  ])('%s answers %i', async (_case, status, request) => {
    expect((await send(signed(request))).status).toBe(status)
  })

  it('rejects a request that is too large', async () => {
    expect((await send(signed({ body: Buffer.alloc(33 * 1_024 * 1_024) }))).status).toBe(413)
  })
})
