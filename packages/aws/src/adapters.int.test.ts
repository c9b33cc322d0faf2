// Tests the adapters against a server that returns errors as AWS does. What MiniStack and the AMP stand-in support is
// tested in local/.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  AwsRefused,
  AwsUnavailable,
  createAlertRules,
  createMetricsQuery,
  createMetricsReader,
  createObjectStore,
  createParameterStore,
  createRemoteWriter,
  createSigner,
  ParameterVersionsJammed,
} from './index.ts'

type Answer = { status: number; body?: string; headers?: Record<string, string> } | 'hang up' | 'no answer'
type Seen = { method: string; path: string; headers: IncomingMessage['headers']; body: Buffer }

let server: Server
let url: string
let seen: Seen[]
let answers: Answer[]
let sockets: number

/** Sets the answers, in order. The last one is repeated. */
const script = (...next: Answer[]) => {
  answers = next
}

async function respond(request: IncomingMessage, response: ServerResponse) {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  seen.push({
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body: Buffer.concat(chunks),
  })
  const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 500 }
  if (answer === 'hang up') {
    request.socket.destroy()
    return
  }
  if (answer === 'no answer') return
  response.writeHead(answer.status, answer.headers).end(answer.body)
}

beforeEach(async () => {
  seen = []
  sockets = 0
  server = createServer((request, response) => {
    respond(request, response).catch((cause: unknown) => response.destroy(cause as Error))
  })
  server.on('connection', () => {
    sockets += 1
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTEST')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  vi.stubEnv('AWS_ENDPOINT_URL', url)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
})

const awsFault = (status: number, type: string, more: object = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type },
  body: JSON.stringify({ __type: type, message: 'the reason', ...more }),
})
const json = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) })

describe('a call that its caller aborts', () => {
  const calls: [string, (signal: AbortSignal) => Promise<unknown>][] = [
    ['SSM GetParameter', (signal) => createParameterStore().get('/p', signal)],
    ['SSM PutParameter', (signal) => createParameterStore().put('/p', 'v', signal)],
    ['SSM LabelParameterVersion', (signal) => createParameterStore().label('/p', 1, ['current'], signal)],
    ['S3 PutObject', (signal) => createObjectStore().putOnce('b', 'k', new Uint8Array(1), signal)],
    ['KMS Sign', (signal) => createSigner('key').sign(new Uint8Array(32), signal)],
  ]
  it.each(calls)('ends at once and is not retried: %s', async (_name, call) => {
    script('no answer')
    const ending = new AbortController()
    const outcome = call(ending.signal)
    await vi.waitFor(() => expect(seen).toHaveLength(1))
    const endedAt = performance.now()
    ending.abort()
    await expect(outcome).rejects.toBeInstanceOf(AwsUnavailable)
    // Sooner than the 5 s that a request may take.
    expect(performance.now() - endedAt).toBeLessThan(1_000)
    expect(seen).toHaveLength(1)
  })
})

describe('a parameter store', () => {
  it('rejects more than 4,096 bytes of UTF-8 without sending anything', async () => {
    const store = createParameterStore()
    await expect(store.put('/p', 'ä'.repeat(2_049))).rejects.toMatchObject({ code: 'ParameterTooLarge' })
    expect(seen).toHaveLength(0)
    script(json({ Version: 7 }))
    expect(await store.put('/p', 'ä'.repeat(2_048))).toEqual({ version: 7 })
    expect(JSON.parse(`${seen[0]?.body}`)).toMatchObject({ Tier: 'Standard', Overwrite: true, Type: 'String' })
  })

  it('throws ParameterVersionsJammed if SSM has no room for another version', async () => {
    script(awsFault(400, 'ParameterMaxVersionLimitExceeded'))
    await expect(createParameterStore().put('/p', 'v')).rejects.toBeInstanceOf(ParameterVersionsJammed)
  })

  it.each(['ParameterNotFound', 'ParameterVersionNotFound'])('returns null for %s', async (type) => {
    script(awsFault(400, type))
    expect(await createParameterStore().get('/p:3')).toBeNull()
  })

  it('names the labels that SSM did not attach', async () => {
    script(json({ InvalidLabels: ['current'], ParameterVersion: 1 }))
    await expect(createParameterStore().label('/p', 1, ['current'])).rejects.toThrow('did not attach current')
  })

  it('does not send labels that break the rules', async () => {
    await expect(createParameterStore().label('/p', 1, ['1st'])).rejects.toMatchObject({ code: 'InvalidLabels' })
    expect(seen).toHaveLength(0)
  })

  it('tries three times, then throws AwsUnavailable', async () => {
    script(awsFault(500, 'InternalServerError'))
    await expect(createParameterStore().get('/p')).rejects.toBeInstanceOf(AwsUnavailable)
    expect(seen).toHaveLength(3)
  })

  it('does not retry a request that SSM refused', async () => {
    script(awsFault(400, 'AccessDeniedException'))
    await expect(createParameterStore().get('/p')).rejects.toMatchObject({ code: 'AccessDeniedException' })
    expect(seen).toHaveLength(1)
  })

  it('throws AwsUnavailable if nothing listens', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1')
    await expect(createParameterStore().get('/p')).rejects.toBeInstanceOf(AwsUnavailable)
  })

  it('reuses one connection', async () => {
    script(json({ Parameter: { Value: 'v', Version: 1 } }))
    const store = createParameterStore()
    for (let i = 0; i < 5; i += 1) await store.get('/p')
    expect(sockets).toBe(1)
  })
})

describe('an object store', () => {
  it('returns exists if the key is taken, and puts the bucket into the path at a custom endpoint', async () => {
    // Use a host name: with an IP address the SDK never uses a subdomain for the bucket.
    vi.stubEnv('AWS_ENDPOINT_URL', url.replace('127.0.0.1', 'localhost'))
    script({ status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' })
    expect(await createObjectStore().putOnce('bucket', 'a/b', new Uint8Array([1]))).toBe('exists')
    expect(seen[0]).toMatchObject({ method: 'PUT', headers: { 'if-none-match': '*' } })
    expect(seen[0]?.path).toMatch(/^\/bucket\/a\/b/)
  })

  it('returns null for a missing key, but throws for a missing bucket', async () => {
    const store = createObjectStore()
    script({ status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' })
    expect(await store.get('bucket', 'a')).toBeNull()
    script({ status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' })
    await expect(store.get('bucket', 'a')).rejects.toMatchObject({ code: 'NoSuchBucket' })
  })

  it('throws AwsUnavailable if the body is incomplete', async () => {
    script({ status: 200, headers: { 'content-length': '100' }, body: 'short' })
    server.removeAllListeners('request').on('request', (_request, response: ServerResponse) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('short', () => response.socket?.destroy())
    })
    await expect(createObjectStore().get('bucket', 'a')).rejects.toBeInstanceOf(AwsUnavailable)
  })
})

describe('a signer', () => {
  it('throws AwsRefused with the code of KMS', async () => {
    script(awsFault(400, 'DisabledException'))
    await expect(createSigner('alias/policy').sign(new Uint8Array(32))).rejects.toMatchObject({
      name: 'AwsRefused',
      code: 'DisabledException',
    })
  })
})

describe('alert rules', () => {
  const active = json({ ruleGroupsNamespace: { arn: 'a', name: 'n', status: { statusCode: 'ACTIVE' } } })
  const done: Answer = { status: 202, body: '{"name":"n","arn":"a","status":{"statusCode":"CREATING"}}' }
  const missing = awsFault(404, 'ResourceNotFoundException')

  it('creates a namespace that is missing, and waits until it is active', async () => {
    const creating = json({ ruleGroupsNamespace: { arn: 'a', name: 'n', status: { statusCode: 'CREATING' } } })
    script(missing, done, creating, active)
    await createAlertRules('ws-1').put('n', 'groups: []')
    expect(seen.map((s) => s.method)).toEqual(['PUT', 'POST', 'GET', 'GET'])
    expect(Buffer.from(JSON.parse(`${seen[1]?.body}`).data, 'base64').toString()).toBe('groups: []')
  })

  it('retries after a conflict with a change that is in progress', async () => {
    script(awsFault(409, 'ConflictException'), done, active)
    await createAlertRules('ws-1').put('n', 'groups: []')
    expect(seen.map((s) => s.method)).toEqual(['PUT', 'PUT', 'GET'])
  })

  it("throws AMP's reason if AMP rejects the rules", async () => {
    const status = { statusCode: 'UPDATE_FAILED', statusReason: 'bad expression' }
    script(done, json({ ruleGroupsNamespace: { arn: 'a', name: 'n', status } }))
    await expect(createAlertRules('ws-1').put('n', 'groups: []')).rejects.toThrow('bad expression')
  })
})

describe('a metrics query', () => {
  const empty = json({ status: 'success', data: { resultType: 'matrix', result: [] } })

  it('posts the query as a form to the workspace', async () => {
    script(empty)
    expect(await createMetricsQuery(`${url}/workspaces/ws-1/`).range('sum(a{b="c d"})', 1, 2.5, 15)).toEqual([])
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/workspaces/ws-1/api/v1/query_range' })
    expect(Object.fromEntries(new URLSearchParams(`${seen[0]?.body}`))).toEqual({
      query: 'sum(a{b="c d"})',
      start: '1',
      end: '2.5',
      step: '15',
    })
  })

  it('retries after a throttle and a broken connection', async () => {
    script({ status: 429 }, 'hang up', empty)
    expect(await createMetricsQuery(url).instant('up', 1)).toEqual([])
    expect(seen).toHaveLength(3)
  })

  it('gives up after three attempts', async () => {
    script({ status: 503, body: 'busy' })
    await expect(createMetricsQuery(url).instant('up')).rejects.toThrow(AwsUnavailable)
    expect(seen).toHaveLength(3)
  })

  it("throws AMP's reason for a refused query without a retry", async () => {
    script({ status: 422, body: '{"status":"error","error":"query timed out"}' })
    await expect(createMetricsQuery(url).instant('up')).rejects.toThrow(/422.*query timed out/)
    await expect(createMetricsQuery(url).instant('up')).rejects.toBeInstanceOf(AwsRefused)
    expect(seen).toHaveLength(2)
  })
})

describe('a metrics reader', () => {
  const never = new AbortController().signal
  const form = 'query=up'
  const instant = { method: 'POST', path: '/api/v1/query', query: { 'match[]': ["a b+'", '*'] }, form } as const

  it("returns AMP's answer unchanged, whatever its status", async () => {
    script({ status: 422, body: 'no', headers: { 'content-type': 'text/plain', 'retry-after': '3' } })
    const reader = createMetricsReader(`${url}/workspaces/ws-1`)
    const answer = await reader.read(instant, never)
    expect(answer).toEqual({ status: 422, contentType: 'text/plain', retryAfterSeconds: 3, body: 'no' })
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/workspaces/ws-1/api/v1/query?match%5B%5D=a%20b%2B%27&match%5B%5D=%2A',
      body: Buffer.from('query=up'),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    await reader.close()
  })

  it('retries once, and only once, if the connection breaks', async () => {
    const reader = createMetricsReader(url)
    script('hang up', { status: 200, body: '{}' })
    const { body } = await reader.read(instant, never)
    expect(await text(body as Readable)).toBe('{}')
    script('hang up')
    await expect(reader.read(instant, never)).rejects.toBeInstanceOf(AwsUnavailable)
    expect(seen).toHaveLength(4)
    await reader.close()
  })

  it('stops waiting for an answer, and for the rest of its body, when the signal aborts', async () => {
    const reader = createMetricsReader(url)
    const early = new AbortController()
    early.abort()
    await expect(reader.read(instant, early.signal)).rejects.toBeInstanceOf(AwsUnavailable)
    script({ status: 200, body: 'x'.repeat(8_388_608) })
    const late = new AbortController()
    const { body } = await reader.read(instant, late.signal)
    late.abort()
    await expect(text(body as Readable)).rejects.toThrow('aborted')
    await reader.close()
  })

  it('stops reading an answer of more than 64 MiB', async () => {
    const reader = createMetricsReader(url)
    script({ status: 200, body: 'x'.repeat(64 * 1_048_576 + 1) })
    const { body } = await reader.read(instant, never)
    await expect(text(body as Readable)).rejects.toThrow('Response content exceeded max size')
    await reader.close()
  })
})

describe('a remote writer', () => {
  const body = new Uint8Array([1, 2, 3])

  it('sends the headers of remote write 1.0, signed with the session token, over kept-alive connections', async () => {
    vi.stubEnv('AWS_SESSION_TOKEN', 'token')
    script({ status: 200 })
    const writer = createRemoteWriter(`${url}/workspaces/ws-1`)
    for (let i = 0; i < 20; i += 1) {
      expect(await writer.write(body)).toEqual({ status: 200, body: '', retryAfterSeconds: null })
    }
    await writer.close()
    // The pool may open a second connection while the first one is finishing its answer.
    expect(sockets).toBeLessThanOrEqual(2)
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/workspaces/ws-1/api/v1/remote_write',
      body: Buffer.from(body),
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
        'x-amz-security-token': 'token',
        'x-amz-content-sha256': '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81',
      },
    })
    expect(seen[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDTEST\/\d{8}\/us-east-1\/aps\/aws4_request, SignedHeaders=[a-z0-9;-]*host;/,
    )
  })

  it('returns any answer of AMP, with its Retry-After and at most 4 KB of its body', async () => {
    script({ status: 429, body: 'x'.repeat(10_000), headers: { 'retry-after': '3' } })
    const writer = createRemoteWriter(url)
    expect(await writer.write(body)).toEqual({ status: 429, body: 'x'.repeat(4_096), retryAfterSeconds: 3 })
    expect(seen).toHaveLength(1)
    await writer.close()
  })

  it('retries once, and only once, if the connection breaks', async () => {
    const writer = createRemoteWriter(url)
    script('hang up', { status: 200 })
    expect((await writer.write(body)).status).toBe(200)
    script('hang up')
    await expect(writer.write(body)).rejects.toBeInstanceOf(AwsUnavailable)
    expect(seen).toHaveLength(4)
    await writer.close()
  })

  it('throws AwsUnavailable with the cause if nothing listens', async () => {
    const writer = createRemoteWriter('http://127.0.0.1:1/workspaces/ws-1')
    await expect(writer.write(body)).rejects.toMatchObject({ name: 'AwsUnavailable', cause: { code: 'ECONNREFUSED' } })
    expect(await writer.ready()).toBe(false)
    await writer.close()
  })

  it.each([
    [200, true],
    [400, true],
    [429, true],
    [401, false],
    [403, false],
    [404, false],
    [500, false],
  ])('on %i is ready: %s', async (status, ready) => {
    script({ status })
    const writer = createRemoteWriter(url)
    expect(await writer.ready()).toBe(ready)
    await writer.close()
  })
})
