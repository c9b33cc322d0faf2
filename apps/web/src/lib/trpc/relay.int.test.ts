import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../../../local/src/process/until.ts'
import type { TestBrowser } from '../../../../../local/src/testing/browser.ts'
import { startTestPortal, type TestPortal } from '../../../../../local/src/testing/portal.ts'

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
    expect(portal.api.calls).toEqual([])
  })

  it('from the portal reaches the API', async () => {
    const response = await browser(portal.url + change, { form: {}, headers: { origin: portal.url } })
    expect(response.status).toBe(200)
    expect(portal.api.calls).toMatchObject([{ method: 'POST', path: '/trpc/quota.propose' }])
  })

  it('of more than 256 KiB is rejected', async () => {
    const form = { filler: 'x'.repeat(256 * 1024) }
    const response = await browser(portal.url + change, { form, headers: { origin: portal.url } })
    expect(response.status).toBe(413)
    expect(portal.api.calls).toEqual([])
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
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  await until('its end', () => read.ended !== 'not yet')
  expect(read.ended).toBe('cleanly')
})
