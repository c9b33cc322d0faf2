import { createHash, createHmac } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { createAlertRules, createMetricsQuery, createMetricsReader, createRemoteWriter } from '@tickwatch/aws'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { until } from '../../process/until.ts'
import { startPrometheus } from '../prometheus/prometheus.ts'
import { type Amp, startAmp } from './amp.ts'
import { histogramSeries, sampleSeries, snappyLiteral, writeRequest } from './ampTestRequest.ts'

const workspaceId = 'ws-00000000-0000-0000-0000-000000000001'
const region = 'us-east-1'
const accessKey = { id: 'AKIDTICKWATCH', secret: 'the-secret' }
const writePath = `/workspaces/${workspaceId}/api/v1/remote_write`

let dir: string
let prometheus: Awaited<ReturnType<typeof startPrometheus>>
let amp: Amp

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-amp-'))
  prometheus = await startPrometheus({ dir })
  const accessKeys = { [accessKey.id]: accessKey.secret, AKIDOTHER: 'another' }
  amp = await startAmp({
    port: 0,
    prometheusUrl: prometheus.url,
    region,
    accessKeys,
    workspaceId,
    rulesDir: prometheus.rulesDir,
  })
})

afterAll(async () => {
  await amp?.stop()
  await prometheus?.stop()
  await rm(dir, { recursive: true, force: true })
  vi.unstubAllEnvs()
})

beforeEach(() => {
  vi.stubEnv('AWS_REGION', region)
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKey.id)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', accessKey.secret)
  vi.stubEnv('AWS_ENDPOINT_URL_AMP', amp.url)
})

const endpoint = () => `${amp.url}/workspaces/${workspaceId}`
const now = () => Date.now()
const body = (...series: Uint8Array[]) => snappyLiteral(writeRequest(...series))

describe('writes and queries signed by our own adapters', () => {
  it('stores samples and returns them', async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    const answer = await writer.write(body(sampleSeries({ __name__: 'frames_total', shard_id: 'a b' }, 41.5, at)))
    expect(answer).toEqual({ status: 200, body: '', retryAfterSeconds: null })
    await writer.close()
    const query = createMetricsQuery(endpoint())
    const series = await query.instant('frames_total{shard_id="a b"}', at / 1_000)
    expect(series).toEqual([{ labels: { __name__: 'frames_total', shard_id: 'a b' }, points: [[at / 1_000, 41.5]] }])
    const range = await query.range('frames_total', at / 1_000 - 30, at / 1_000, 15)
    expect(range[0]?.points).toEqual([[at / 1_000, 41.5]])
  })

  it('stores native histograms and computes quantiles of them', async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    // Schema 0: bucket 1 is (1, 2], bucket 2 is (2, 4].
    const counts = [3, 1]
    const series = histogramSeries({ __name__: 'tick_seconds' }, { schema: 0, sum: 7, offset: 1, counts }, at)
    expect((await writer.write(body(series))).status).toBe(200)
    await writer.close()
    const query = createMetricsQuery(endpoint())
    const value = async (promql: string) => (await query.instant(promql, at / 1_000))[0]?.points[0]?.[1]
    expect(await value('histogram_count(tick_seconds)')).toBe(4)
    expect(await value('histogram_sum(tick_seconds)')).toBe(7)
    expect(await value('histogram_quantile(1, tick_seconds)')).toBe(4)
  })

  it("returns Prometheus's own errors", async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    const series = (value: number) => body(sampleSeries({ __name__: 'doubled' }, value, at))
    expect((await writer.write(series(1))).status).toBe(200)
    const again = await writer.write(series(2))
    expect(again.status).toBe(400)
    expect(again.body).toContain('duplicate sample')
    await writer.close()
    await expect(createMetricsQuery(endpoint()).instant('sum(')).rejects.toThrow(/400.*parse error/s)
  })

  it("answers readers' requests, also by GET, with any characters in their parameters", async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    const named = (job: string) => sampleSeries({ __name__: 'read_total', job }, 1, at)
    expect((await writer.write(body(named("a b+c!'(*)~ä"), named('d')))).status).toBe(200)
    await writer.close()
    const reader = createMetricsReader(endpoint())
    const match = { 'match[]': ['read_total{job!="d"}', 'other{x=~"a*(b)\'~ &="}'] }
    const values = { method: 'GET', path: '/api/v1/label/job/values', query: match, form: '' } as const
    const never = new AbortController().signal
    expect(await json((await reader.read(values, never)).body as Readable)).toMatchObject({ data: ["a b+c!'(*)~ä"] })
    const form = new URLSearchParams({ 'match[]': 'read_total' }).toString()
    const series = { method: 'POST', path: '/api/v1/series', query: {}, form } as const
    expect(await json((await reader.read(series, never)).body as Readable)).toMatchObject({
      data: [{ job: "a b+c!'(*)~ä" }, { job: 'd' }],
    })
    await reader.close()
  })

  it('rejects a query that processes more samples than allowed', async () => {
    const writer = createRemoteWriter(endpoint())
    const at = now()
    const many = Array.from({ length: 10 }, (_, i) => sampleSeries({ __name__: 'counted', i: `${i}` }, i, at))
    expect((await writer.write(body(...many))).status).toBe(200)
    await writer.close()
    const reader = createMetricsReader(endpoint())
    const never = new AbortController().signal
    const ask = async (samplesMax: number, stats?: string) => {
      const query = { max_samples_processed_error_threshold: `${samplesMax}` }
      const form = new URLSearchParams({ query: 'counted', time: `${at / 1_000}`, ...(stats ? { stats } : {}) })
      const { status, body } = await reader.read(
        { method: 'POST', path: '/api/v1/query', query, form: `${form}` },
        never,
      )
      return { status, answer: typeof body === 'string' ? JSON.parse(body) : await json(body) }
    }
    expect(await ask(9)).toMatchObject({ status: 422, answer: { status: 'error', errorType: 'execution' } })
    const { status, answer } = await ask(10)
    expect(status).toBe(200)
    expect(Object(answer).data.result).toHaveLength(10)
    expect(Object(answer).data).not.toHaveProperty('stats')
    expect(Object((await ask(10, 'all')).answer).data.stats.samples.totalQueryableSamples).toBe(10)
    await reader.close()
  })

  it('is ready only with the right key', async () => {
    const right = createRemoteWriter(endpoint())
    expect(await right.ready()).toBe(true)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong')
    const wrong = createRemoteWriter(endpoint())
    expect(await wrong.ready()).toBe(false)
    await Promise.all([right.close(), wrong.close()])
  })
})

/** The parts of a signed request, as in AWS's reference. A test can make any of them wrong. */
type Signing = {
  method: string
  path: string
  query: string
  keyId: string
  secret: string
  region: string
  service: string
  atMs: number
  scopeDate: string | null
  body: Buffer
  /** Sent as x-amz-content-sha256; null sends none. */
  claimedHash: string | null
  unsigned: string[]
  headers: Record<string, string>
}

const hex = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()

function signed(faults: Partial<Signing> = {}) {
  const content = faults.body ?? Buffer.from(body())
  const s: Signing = {
    method: 'POST',
    path: writePath,
    query: '',
    keyId: accessKey.id,
    secret: accessKey.secret,
    region,
    service: 'aps',
    atMs: now(),
    scopeDate: null,
    body: content,
    claimedHash: hex(content),
    unsigned: [],
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    ...faults,
  }
  const time = new Date(s.atMs).toISOString().replace(/[-:]|\.\d+/g, '')
  const date = s.scopeDate ?? time.slice(0, 8)
  const headers: Record<string, string> = {
    ...s.headers,
    host: new URL(amp.url).host,
    'x-amz-date': time,
    ...(s.claimedHash === null ? {} : { 'x-amz-content-sha256': s.claimedHash }),
  }
  const names = Object.keys(headers)
    .filter((name) => !s.unsigned.includes(name))
    .sort()
  const canonical = [
    s.method,
    // SigV4 encodes the path twice; it is sent encoded once.
    s.path.split('/').map(encodeURIComponent).join('/'),
    s.query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    hex(s.body),
  ].join('\n')
  const scope = `${date}/${s.region}/${s.service}/aws4_request`
  const key = [date, s.region, s.service, 'aws4_request'].reduce<string | Buffer>(mac, `AWS4${s.secret}`)
  const signature = mac(key, ['AWS4-HMAC-SHA256', time, scope, hex(canonical)].join('\n')).toString('hex')
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${s.keyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { method: s.method, path: s.path, query: s.query, headers, body: s.body }
}

async function send(request: ReturnType<typeof signed>) {
  const { host: _sentByFetch, ...headers } = request.headers
  const response = await fetch(`${amp.url}${request.path}${request.query && `?${request.query}`}`, {
    method: request.method,
    headers,
    ...(request.method === 'GET' ? {} : { body: request.body }),
  })
  const text = await response.text()
  return { status: response.status, type: response.headers.get('x-amzn-errortype'), text }
}

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

describe('the control plane', () => {
  const rules = (group: string, expression: string) =>
    JSON.stringify({ groups: [{ name: group, rules: [{ record: 'test:one', expr: expression }] }] })
  const named = (name: string) =>
    Buffer.from(JSON.stringify({ name, data: Buffer.from(rules('g', 'vector(1)')).toString('base64') }))
  const groups = async () => {
    const answer = await fetch(`${prometheus.url}/api/v1/rules`)
    const { data } = (await answer.json()) as { data: { groups: { name: string }[] } }
    return data.groups.map((group) => group.name)
  }

  const read = async (path: string) =>
    JSON.parse((await send(signed({ method: 'GET', path, body: Buffer.alloc(0), headers: {} }))).text) as Record<
      string,
      unknown
    >

  it('describes the workspace', async () => {
    const { workspace } = await read(`/workspaces/${workspaceId}`)
    expect(workspace).toMatchObject({
      workspaceId,
      arn: `arn:aws:aps:${region}:000000000000:workspace/${workspaceId}`,
      status: { statusCode: 'ACTIVE' },
    })
  })

  it('makes Prometheus evaluate the rules that our adapter puts, and replaces them', async () => {
    const alerts = createAlertRules(workspaceId)
    await alerts.put('team/one', rules('first', 'vector(1)'))
    expect(await groups()).toEqual(['first'])
    await alerts.put('team/one', rules('second', 'vector(2)'))
    expect(await groups()).toEqual(['second'])
    const { ruleGroupsNamespaces } = await read(`/workspaces/${workspaceId}/rulegroupsnamespaces`)
    expect(ruleGroupsNamespaces).toMatchObject([{ name: 'team/one', status: { statusCode: 'ACTIVE' } }])
  })

  it.each([
    ['a wrong expression', rules('broken', 'sum(')],
    ['invalid YAML', '{'],
  ])('rejects rules with %s and keeps the previous rules', async (_case, yaml) => {
    const alerts = createAlertRules(workspaceId)
    await alerts.put('kept', rules('kept', 'vector(1)'))
    await expect(alerts.put('kept', yaml)).rejects.toMatchObject({ code: 'ValidationException' })
    await expect(alerts.put('new', yaml)).rejects.toMatchObject({ code: 'ValidationException' })
    expect(await groups()).toContain('kept')
    expect(await groups()).not.toContain('broken')
    expect(await readdir(join(dir, 'rules'))).not.toContain('new.rules.yaml')
  })

  it('keeps the other changes if one of several concurrent changes is rejected', async () => {
    const alerts = createAlertRules(workspaceId)
    const puts = Array.from({ length: 16 }, (_, i) =>
      alerts.put(`many-${i}`, rules(`many-${i}`, i % 2 === 0 ? 'vector(1)' : 'sum(')),
    )
    const outcomes = await Promise.allSettled(puts)
    expect(outcomes.map((outcome) => outcome.status)).toEqual(
      puts.map((_, i) => (i % 2 === 0 ? 'fulfilled' : 'rejected')),
    )
    const evaluated = (await groups()).filter((group) => group.startsWith('many-'))
    expect(evaluated).toHaveLength(8)
  })

  it.each<[string, number, Partial<Signing>]>([
    ['creating a namespace that exists', 409, { method: 'POST', path: '' }],
    ['putting a namespace that does not exist', 404, { method: 'PUT', path: '/absent' }],
    ['describing a namespace that does not exist', 404, { method: 'GET', path: '/absent' }],
    ['creating one with a name of 129 characters', 400, { method: 'POST', path: '', body: named('n'.repeat(129)) }],
    ['creating one without data', 400, { method: 'POST', path: '', body: Buffer.from('{"name":"n"}') }],
    ['a body that is not JSON', 400, { method: 'POST', path: '', body: Buffer.from('{') }],
    ['a call that the stand-in does not support', 404, { method: 'DELETE', path: '/kept' }],
  ])('%s answers %i', async (_case, status, { method, path, body: content = named('kept') }) => {
    await createAlertRules(workspaceId).put('kept', rules('kept', 'vector(1)'))
    const full = `/workspaces/${workspaceId}/rulegroupsnamespaces${path}`
    const request = { method: method as string, path: full, body: method === 'GET' ? Buffer.alloc(0) : content }
    expect((await send(signed({ ...request, headers: {} }))).status).toBe(status)
  })

  it('checks the signature too', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong')
    await expect(createAlertRules(workspaceId).put('a', rules('a', 'vector(1)'))).rejects.toMatchObject({
      code: 'InvalidSignatureException',
    })
  })
})

describe('when the storage is away', () => {
  it('answers 503, so that a sender keeps its samples', async () => {
    const lonely = await startAmp({
      port: 0,
      prometheusUrl: 'http://127.0.0.1:1',
      region,
      accessKeys: { [accessKey.id]: accessKey.secret },
      workspaceId,
      rulesDir: join(dir, 'other-rules'),
    })
    const writer = createRemoteWriter(`${lonely.url}/workspaces/${workspaceId}`)
    expect((await writer.write(body())).status).toBe(503)
    expect(await writer.ready()).toBe(false)
    await writer.close()
    await lonely.stop()
    await until('the port is free', async () => {
      await expect(fetch(lonely.url)).rejects.toThrow()
      return true
    })
  })
})
