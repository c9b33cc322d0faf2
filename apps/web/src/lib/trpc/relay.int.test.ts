import type { ServerResponse } from 'node:http'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../../../local/src/process/until.ts'
import type { TestBrowser } from '../../../../../local/src/testing/browser.ts'
import { nastyUrlPart } from '../../../../../local/src/testing/nasty.ts'
import { startTestPortal, type TestPortal } from '../../../../../local/src/testing/portal.ts'

const many = process.env.FUZZ_RUNS
const timeoutMs = many ? 3_600_000 : 60_000

let portal: TestPortal
let browser: TestBrowser
beforeAll(async () => {
  portal = await startTestPortal({ accessTokenSeconds: 600 })
  browser = await portal.signedIn('admin@acme.example')
})
afterEach(() => portal.api.answer())
afterAll(() => portal.stop())

const path = '/api/trpc/t/acme/usage.live'
const asStream = { accept: 'text/event-stream' }

/** The API's side of a stream: write events to `response`, then end or destroy it. */
function streamOf(): { response?: ServerResponse } {
  const stream: { response?: ServerResponse } = {}
  portal.api.answer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders()
    stream.response = response
  })
  return stream
}

/** Reads the body while it arrives. */
function reading(response: Response) {
  const read = { text: '', ended: 'not yet' }
  const decoder = new TextDecoder()
  void (async () => {
    for await (const chunk of response.body ?? []) read.text += decoder.decode(chunk, { stream: true })
  })().then(
    () => {
      read.ended = 'cleanly'
    },
    (fault: Error) => {
      read.ended = fault.name
    },
  )
  return read
}

describe('a live view', () => {
  it('is relayed event by event, from the browser’s last event id on', async () => {
    const stream = streamOf()
    const response = await browser(`${portal.url}${path}?input=%7B%7D`, {
      headers: { ...asStream, 'last-event-id': 'a1-17', authorization: 'Bearer of-a-script' },
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const read = reading(response)
    const [call] = portal.api.calls
    expect(call?.path).toBe('/trpc/usage.live?input=%7B%7D')
    expect(call?.headers).toMatchObject({ 'last-event-id': 'a1-17', 'x-tickwatch-tenant': 'acme', ...asStream })
    expect(call?.headers.authorization).toMatch(/^Bearer ey/)
    expect(call?.headers).not.toHaveProperty('cookie')
    expect(call?.headers['x-request-id']).toBe(response.headers.get('x-request-id'))
    stream.response?.write('id: a1-18\ndata: {"used":1}\n\n')
    // Without `retry` the browser would wait 3 s before it reconnects.
    await until('the event', () => read.text === 'retry: 250\n\nid: a1-18\ndata: {"used":1}\n\n')
    expect(read.ended).toBe('not yet')
    stream.response?.end()
    await until('its end', () => read.ended === 'cleanly')
  })

  it('that breaks at the API ends cleanly, so that the browser reconnects by itself', async () => {
    const stream = streamOf()
    const read = reading(await browser(portal.url + path, { headers: asStream }))
    stream.response?.write('data: 1\n\n')
    await until('the event', () => read.text.includes('data: 1'))
    stream.response?.destroy()
    await until('its end', () => read.ended !== 'not yet')
    expect(read.ended).toBe('cleanly')
  })

  it('ends at the API when the browser leaves', async () => {
    streamOf()
    const leaving = new AbortController()
    reading(await browser(portal.url + path, { headers: asStream, signal: leaving.signal }))
    const [call] = portal.api.calls
    expect(call?.closed).toBe(false)
    leaving.abort()
    await until('the API sees it leave', () => call?.closed === true)
  })

  it('that the API rejects gives the reason', async () => {
    const refusal = { error: { message: 'No.', data: { code: 'FORBIDDEN' } } }
    portal.api.answer((_request, response) => response.writeHead(403).end(JSON.stringify(refusal)))
    const response = await browser(portal.url + path, { headers: asStream })
    expect(response.status).toBe(403)
    expect(await response.json()).toEqual(refusal)
  })
})

describe('a change', () => {
  const change = `/api/trpc/t/acme/quota.propose`
  const foreign = { 'of another site': 'https://evil.example', 'of no site': undefined, opaque: 'null' }

  it.each(Object.entries(foreign))('with an origin %s is rejected before it reaches the API', async (_name, origin) => {
    const response = await browser(portal.url + change, { form: {}, headers: origin ? { origin } : {} })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { data: { tickwatch: { code: 'foreign-origin' } } } })
    expect(portal.api.callsFor(response)).toEqual([])
  })

  it('from the portal reaches the API', async () => {
    const response = await browser(portal.url + change, { form: {}, headers: { origin: portal.url } })
    expect(response.status).toBe(200)
    expect(portal.api.callsFor(response)).toMatchObject([{ method: 'POST', path: '/trpc/quota.propose' }])
  })

  it('of more than 256 KiB is rejected', async () => {
    const form = { filler: 'x'.repeat(256 * 1024) }
    const response = await browser(portal.url + change, { form, headers: { origin: portal.url } })
    expect(response.status).toBe(413)
    expect(portal.api.callsFor(response)).toEqual([])
  })

  it('such as signing out is rejected from another site too', async () => {
    const headers = { origin: 'https://evil.example' }
    expect((await browser(`${portal.url}/api/logout`, { form: {}, headers })).status).toBe(403)
  })
})

it('reaches only the procedures of the API', async () => {
  await browser(`${portal.url}/api/trpc/p/..%2F..%2Fmetrics`)
  await browser(`${portal.url}/api/trpc/p/%2e%2e`)
  expect(portal.api.calls.map((call) => call.path).filter((each) => !each.startsWith('/trpc/'))).toEqual([])
})

describe('the client’s address', () => {
  const forged = { 'x-forwarded-for': '8.8.8.8, <script>alert(1)</script>' }
  it.each([path, '/t/acme/quotas'])(
    'that the API gets for %s is the peer’s, whatever the browser sends',
    async (url) => {
      await browser(portal.url + url, { headers: forged })
      const addresses = portal.api.calls.map((call) => call.headers['x-forwarded-for'])
      expect(addresses.length).toBeGreaterThan(0)
      expect([...new Set(addresses)].filter((address) => address !== '127.0.0.1' && address !== '::1')).toEqual([])
    },
  )
})

it('refuses a batch of too many calls before it reaches the API', async () => {
  const calls = Array.from({ length: 21 }, () => 'access.me').join(',')
  const response = await browser(`${portal.url}/api/trpc/p/${calls}?batch=1`)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { data: { tickwatch: { code: 'batch-too-large' } } } })
  expect(portal.api.callsFor(response)).toEqual([])
})

/** An API that knows the person, and answers every other call with *not found*. */
function answerAsApi() {
  const me = { subject: 'mara', name: 'Mara', email: null, roles: [], platformPermissions: [], tenants: [] }
  const data = { code: 'NOT_FOUND', httpStatus: 404, tickwatch: { code: 'tenant-not-found', requestId: 'request-1' } }
  const missing = { error: { message: 'There is no such tenant.', code: -32004, data } }
  portal.api.answer((request, response) => {
    const url = new URL(request.url ?? '', portal.url)
    const answers = url.pathname
      .slice('/trpc/'.length)
      .split(',')
      .map((procedure) => (procedure === 'access.me' ? { result: { data: me } } : missing))
    const body = JSON.stringify(url.searchParams.has('batch') ? answers : answers[0])
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
}

describe('a tenant’s id that can’t be one', () => {
  it.each(['acme%00', 'ACME', '%C3%A9', 'a'.repeat(64), '%F0%9F%98%80', 'acme%0A'])('(%s) is not found', async (id) => {
    answerAsApi()
    const call = await browser(`${portal.url}/api/trpc/t/${id}/quota.current`)
    expect(call.status).toBe(404)
    expect(await call.json()).toMatchObject({ error: { data: { tickwatch: { code: 'tenant-not-found' } } } })
    expect((await browser(`${portal.url}/t/${id}/quotas`)).status).toBe(404)
  })
})

it('answers every route and every page without a 5xx, whatever the URL and the headers', {
  timeout: timeoutMs,
}, async () => {
  answerAsApi()
  const id = fc.oneof(nastyUrlPart, fc.constantFrom('acme', '%00', '%E0%A4%A', '%ff', '..', '__proto__'))
  const one = fc.tuple(
    fc.constantFrom(
      ...['/t/', '/gateways/', '/approvals/', '/api/trpc/p/', '/api/trpc/t/acme/', '/api/auth/', '/', '/_next/'],
    ),
    id,
  )
  const paths = fc.oneof(
    one.map((parts) => parts.join('')),
    fc
      .tuple(id, fc.constantFrom('/quotas', '/readers', '/usage.live', ''))
      .map(([tenant, page]) => `/t/${tenant}${page}`),
    fc.tuple(id, id).map(([tenant, procedures]) => `/api/trpc/t/${tenant}/${procedures}`),
    fc.constantFrom(
      '/audit',
      '/tenants',
      '/access',
      '/gateways',
      '/approvals',
      '/signin',
      '/t/acme/quotas',
      '/healthz',
    ),
  )
  const keys = [
    'cursor',
    'from',
    'to',
    'actor',
    'limit',
    'range',
    'callbackUrl',
    'error',
    'sort',
    'input',
    'batch',
    'event',
  ]
  const query = fc
    .array(fc.tuple(fc.constantFrom(...keys), nastyUrlPart), { maxLength: 4 })
    .map((fields) => fields.map((field) => field.join('=')).join('&'))
  const headers = fc.record(
    {
      'x-forwarded-for': fc.constantFrom('8.8.8.8', '<script>', ',,', '\u00e9'),
      'x-forwarded-host': fc.constantFrom('evil.example', '', '\u00e9'),
      'x-tickwatch-tenant': fc.constantFrom('globex', '\u00e9'),
      'last-event-id': fc.constantFrom('1', '\u00e9'),
      accept: fc.constantFrom('text/event-stream', 'text/html', 'application/json'),
    },
    { requiredKeys: [] },
  )
  // Several people, because one may not ask for so much.
  const names = ['admin@acme', 'viewer@acme', 'admin@globex', 'platform-1@tickwatch', 'platform-2@tickwatch']
  const visitors = await Promise.all(names.map((name) => portal.signedIn(`${name}.example`)))
  let visits = 0
  await fc.assert(
    fc.asyncProperty(paths, query, headers, async (path, search, sent) => {
      const ending = AbortSignal.timeout(10_000)
      const visitor = visitors[visits++ % visitors.length] ?? browser
      const response = await visitor(`${portal.url}${path}?${search}`.slice(0, 8_000), {
        headers: sent,
        signal: ending,
      })
      expect(response.status, `${path}?${search}`).toBeLessThan(500)
      await response.body?.cancel()
    }),
    {
      ...(many ? { numRuns: Number(many) * 5 } : { numRuns: 60, seed: 9 }),
      examples: [['/api/auth/session', 'callbackUrl=G%25BtC%25', {}]],
    },
  )
})

it('reports that the API does not answer, with the request id', async () => {
  portal.api.answer((_request, response) => response.destroy())
  const response = await browser(portal.url + path)
  expect(response.status).toBe(502)
  const requestId = response.headers.get('x-request-id')
  expect(await response.json()).toMatchObject({
    error: { data: { tickwatch: { code: 'api-unreachable', requestId } } },
  })
})

it('does not claim that nothing was affected when the answer to a change is lost', async () => {
  portal.api.answer((_request, response) => response.destroy())
  const response = await browser(`${portal.url}/api/trpc/t/acme/quota.propose`, {
    form: {},
    headers: { origin: portal.url },
  })
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({
    error: { message: 'The portal got no answer from its API.', data: { tickwatch: { code: 'api-unreachable' } } },
  })
})

it('does not delay the stop of the web server: live views end cleanly', async () => {
  streamOf()
  const read = reading(await browser(portal.url + path, { headers: asStream }))
  const startedAt = performance.now()
  await portal.web.stop()
  // The server ends other connections when they are idle for 5 s. A live view would hold it until it is killed, at 10 s.
  expect(performance.now() - startedAt).toBeLessThan(9_000)
  await until('its end', () => read.ended !== 'not yet')
  expect(read.ended).toBe('cleanly')
})
