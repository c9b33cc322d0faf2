// Tests the adapters against a server that returns errors as AWS does. What MiniStack and the AMP stand-in support is
// tested in local/.
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import {
  AwsRefused,
  AwsUnavailable,
  createMetricsQuery,
  createMetricsReader,
  createRemoteWriter,
  createRuleGroups,
} from './index.ts'
import { type Answer, awsFault, json, useScriptedAws } from './testing/scriptedAws.ts'

const aws = useScriptedAws()

describe('rule groups', () => {
  const of = (statusCode: string, more: object = {}) => ({
    ...{ arn: 'a', name: 'n', createdAt: 1, modifiedAt: 1_790_000_000.25, status: { statusCode, ...more } },
    data: Buffer.from('groups: []').toString('base64'),
  })
  const describes = (statusCode: string, more?: object) => json({ ruleGroupsNamespace: of(statusCode, more) })
  const active = describes('ACTIVE')
  const done: Answer = { status: 202, body: '{"name":"n","arn":"a","status":{"statusCode":"CREATING"}}' }
  const missing = awsFault(404, 'ResourceNotFoundException')
  const conflict = awsFault(409, 'ConflictException')
  const modifiedAt = new Date(1_790_000_000_250)

  it('creates a namespace that is missing, and waits until it is active', async () => {
    aws.script(missing, done, describes('CREATING'), active)
    expect(await createRuleGroups('ws-1').put('n', 'groups: []')).toEqual(modifiedAt)
    expect(aws.seen.map((s) => s.method)).toEqual(['PUT', 'POST', 'GET', 'GET'])
    expect(Buffer.from(JSON.parse(`${aws.seen[1]?.body}`).data, 'base64').toString()).toBe('groups: []')
  })

  it('retries after a conflict with a change that is in progress', async () => {
    aws.script(conflict, done, active)
    await createRuleGroups('ws-1').put('n', 'groups: []')
    expect(aws.seen.map((s) => s.method)).toEqual(['PUT', 'PUT', 'GET'])
  })

  it("throws AMP's reason if AMP rejects the rules", async () => {
    aws.script(done, describes('UPDATE_FAILED', { statusReason: 'bad expression' }))
    await expect(createRuleGroups('ws-1').put('n', 'groups: []')).rejects.toThrow('bad expression')
  })

  it('lists all pages, without the rules', async () => {
    const page = (name: string, nextToken?: string) =>
      json({ ruleGroupsNamespaces: [{ ...of('UPDATING'), name }], ...(nextToken ? { nextToken } : {}) })
    aws.script(page('one', 'more'), page('two'))
    const summary = { status: 'UPDATING', statusReason: null, modifiedAt }
    expect(await createRuleGroups('ws-1').list()).toEqual([
      { name: 'one', ...summary },
      { name: 'two', ...summary },
    ])
    expect(aws.seen[1]?.path).toContain('nextToken=more')
  })

  it('reads a namespace, and knows that there is none', async () => {
    aws.script(active, missing)
    const read = () => createRuleGroups('ws-1').get('n')
    expect(await read()).toEqual({ name: 'n', status: 'ACTIVE', statusReason: null, modifiedAt, yaml: 'groups: []' })
    expect(await read()).toBeNull()
  })

  it('deletes a namespace, and waits until it is gone', async () => {
    aws.script(conflict, done, describes('DELETING'), missing)
    await createRuleGroups('ws-1').remove('n')
    expect(aws.seen.map((s) => s.method)).toEqual(['DELETE', 'DELETE', 'GET', 'GET'])
  })

  it('stops to wait when the signal aborts', async () => {
    const ending = new AbortController()
    aws.script(done, describes('UPDATING'))
    const putting = createRuleGroups('ws-1').put('n', 'groups: []', ending.signal)
    await vi.waitFor(() => expect(aws.seen.length).toBeGreaterThan(1))
    ending.abort()
    await expect(putting).rejects.toBeInstanceOf(AwsUnavailable)
  })
})

describe('a metrics query', () => {
  const empty = json({ status: 'success', data: { resultType: 'matrix', result: [] } })

  it('posts the query as a form to the workspace', async () => {
    aws.script(empty)
    expect(await createMetricsQuery(`${aws.url}/workspaces/ws-1/`).range('sum(a{b="c d"})', 1, 2.5, 15)).toEqual([])
    expect(aws.seen[0]).toMatchObject({ method: 'POST', path: '/workspaces/ws-1/api/v1/query_range' })
    expect(Object.fromEntries(new URLSearchParams(`${aws.seen[0]?.body}`))).toEqual({
      query: 'sum(a{b="c d"})',
      start: '1',
      end: '2.5',
      step: '15',
      timeout: '4000ms',
    })
  })

  it('retries after a throttle and a broken connection', async () => {
    aws.script({ status: 429 }, 'hang up', empty)
    expect(await createMetricsQuery(aws.url).instant('up', 1)).toEqual([])
    expect(aws.seen).toHaveLength(3)
  })

  it('gives up after three attempts', async () => {
    aws.script({ status: 503, body: 'busy' })
    await expect(createMetricsQuery(aws.url).instant('up')).rejects.toThrow(AwsUnavailable)
    expect(aws.seen).toHaveLength(3)
  })

  it('asks for names with a signed GET, and retries it', async () => {
    aws.script({ status: 503 }, json({ status: 'success', data: ['200', '500'] }))
    const span = { match: 'up{job="a b"}', startSeconds: 1, endSeconds: 2 }
    const query = createMetricsQuery(`${aws.url}/workspaces/ws-1`)
    expect(await query.labelValues('code', span, 11)).toEqual(['200', '500'])
    expect(await query.labelNames(span, 12)).toEqual(['200', '500'])
    const asked = 'match%5B%5D=up%7Bjob%3D%22a%20b%22%7D&start=1&end=2&limit='
    expect(aws.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /workspaces/ws-1/api/v1/label/code/values?${asked}11`,
      `GET /workspaces/ws-1/api/v1/label/code/values?${asked}11`,
      `GET /workspaces/ws-1/api/v1/labels?${asked}12`,
    ])
  })

  it("throws AMP's reason for a refused query without a retry", async () => {
    aws.script({ status: 422, body: '{"status":"error","error":"query timed out"}' })
    await expect(createMetricsQuery(aws.url).instant('up')).rejects.toThrow(/422.*query timed out/)
    await expect(createMetricsQuery(aws.url).instant('up')).rejects.toBeInstanceOf(AwsRefused)
    expect(aws.seen).toHaveLength(2)
  })
})

describe('a metrics reader', () => {
  const never = new AbortController().signal
  const form = 'query=up'
  const instant = { method: 'POST', path: '/api/v1/query', query: { 'match[]': ["a b+'", '*'] }, form } as const

  it("returns AMP's answer unchanged, whatever its status", async () => {
    aws.script({ status: 422, body: 'no', headers: { 'content-type': 'text/plain', 'retry-after': '3' } })
    const reader = createMetricsReader(`${aws.url}/workspaces/ws-1`)
    const answer = await reader.read(instant, never)
    expect(answer).toEqual({ status: 422, contentType: 'text/plain', retryAfterSeconds: 3, body: 'no' })
    expect(aws.seen[0]).toMatchObject({
      method: 'POST',
      path: '/workspaces/ws-1/api/v1/query?match%5B%5D=a%20b%2B%27&match%5B%5D=%2A',
      body: Buffer.from('query=up'),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    await reader.close()
  })

  it('retries once, and only once, if the connection breaks', async () => {
    const reader = createMetricsReader(aws.url)
    aws.script('hang up', { status: 200, body: '{}' })
    const { body } = await reader.read(instant, never)
    expect(await text(body as Readable)).toBe('{}')
    aws.script('hang up')
    await expect(reader.read(instant, never)).rejects.toBeInstanceOf(AwsUnavailable)
    expect(aws.seen).toHaveLength(4)
    await reader.close()
  })

  it('stops waiting for an answer, and for the rest of its body, when the signal aborts', async () => {
    const reader = createMetricsReader(aws.url)
    const early = new AbortController()
    early.abort()
    await expect(reader.read(instant, early.signal)).rejects.toBeInstanceOf(AwsUnavailable)
    aws.script({ status: 200, body: 'x'.repeat(8_388_608) })
    const late = new AbortController()
    const { body } = await reader.read(instant, late.signal)
    late.abort()
    await expect(text(body as Readable)).rejects.toThrow('aborted')
    await reader.close()
  })

  it('stops reading an answer of more than 64 MiB', async () => {
    const reader = createMetricsReader(aws.url)
    aws.script({ status: 200, body: 'x'.repeat(64 * 1_048_576 + 1) })
    const { body } = await reader.read(instant, never)
    await expect(text(body as Readable)).rejects.toThrow('Response content exceeded max size')
    await reader.close()
  })
})

describe('a remote writer', () => {
  const body = new Uint8Array([1, 2, 3])

  it('sends the headers of remote write 1.0, signed with the session token, over kept-alive connections', async () => {
    vi.stubEnv('AWS_SESSION_TOKEN', 'token')
    aws.script({ status: 200 })
    const writer = createRemoteWriter(`${aws.url}/workspaces/ws-1`)
    for (let i = 0; i < 20; i += 1) {
      expect(await writer.write(body)).toEqual({ status: 200, body: '', retryAfterSeconds: null })
    }
    await writer.close()
    // The pool may open a second connection while the first one is finishing its answer.
    expect(aws.sockets).toBeLessThanOrEqual(2)
    expect(aws.seen[0]).toMatchObject({
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
    expect(aws.seen[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDTEST\/\d{8}\/us-east-1\/aps\/aws4_request, SignedHeaders=[a-z0-9;-]*host;/,
    )
  })

  it('returns any answer of AMP, with its Retry-After and at most 4 KB of its body', async () => {
    aws.script({ status: 429, body: 'x'.repeat(10_000), headers: { 'retry-after': '3' } })
    const writer = createRemoteWriter(aws.url)
    expect(await writer.write(body)).toEqual({ status: 429, body: 'x'.repeat(4_096), retryAfterSeconds: 3 })
    expect(aws.seen).toHaveLength(1)
    await writer.close()
  })

  it('retries once, and only once, if the connection breaks', async () => {
    const writer = createRemoteWriter(aws.url)
    aws.script('hang up', { status: 200 })
    expect((await writer.write(body)).status).toBe(200)
    aws.script('hang up')
    await expect(writer.write(body)).rejects.toBeInstanceOf(AwsUnavailable)
    expect(aws.seen).toHaveLength(4)
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
    aws.script({ status })
    const writer = createRemoteWriter(aws.url)
    expect(await writer.ready()).toBe(ready)
    await writer.close()
  })
})
