import { request } from 'node:http'
import type { Limits } from '@tickwatch/policy'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { answerQueries, holdQueries, type Reply, reader, TestGateway } from '../testing/testGateway.ts'

let at: TestGateway

beforeEach(async () => {
  at = await TestGateway.create(openCertificateAuthority)
})
afterEach(() => at.remove())

const up = '/api/v1/query?query=up'
const start = (limits: Limits = {}) => at.startWith([{ id: 'acme', limits }, { id: 'globex' }])
const error = (reply: Reply) => (JSON.parse(reply.body) as { error: string }).error

describe('a query that AMP refuses', () => {
  it("is answered with AMP's message if the reader can fix it", async () => {
    await start()
    const body = '{"status":"error","errorType":"bad_data","error":"unknown function"}'
    answerQueries(at, 400, body, { 'content-type': 'application/json' })
    expect(await at.query(up)).toMatchObject({ status: 400, body, headers: { 'content-type': 'application/json' } })
    answerQueries(at, 429, 'slow down', { 'content-type': 'text/plain' })
    expect(await at.query(up)).toMatchObject({ status: 429, body: 'slow down', headers: { 'retry-after': '2' } })
    expect(await at.metric('tickwatch_query_refused_total{tenant_id="acme",reason="upstream"}')).toBe(2)
  })

  it('is answered with our own refusal if it exceeds our limits or the fault is ours', async () => {
    await start()
    const stopped = '{"errorType":"execution","error":"query samples processed (9) exceed \\"5\\""}'
    const cases: [number, string, number, RegExp][] = [
      [422, stopped, 422, /^tw-query-samples: query samples processed .*, limit 50000000 samples, /],
      [503, '{"status":"error","errorType":"timeout","error":"query timed out"}', 503, /^tw-query-timeout: /],
      [403, 'who are you', 503, /^tw-upstream: .*, remedy retry after 2 s, /],
      [404, 'no such workspace', 503, /^tw-upstream: /],
      [302, '', 503, /^tw-upstream: /],
      [500, 'oh', 503, /^tw-upstream: /],
    ]
    for (const [status, body, expected, words] of cases) {
      answerQueries(at, status, body)
      const reply = await at.query(up)
      expect(reply.status).toBe(expected)
      expect(error(reply)).toMatch(words)
      expect(reply.headers['retry-after']).toBe(words.source.includes('upstream') ? '2' : undefined)
    }
  })

  it('because AMP is away is to be retried later', async () => {
    await start()
    await at.amp.close()
    expect(await at.query(up)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    expect(at.logged.filter(({ msg }) => msg === 'AMP does not answer a query')).toHaveLength(1)
  })
})

describe('an answer', () => {
  const megabytes = 40
  const large = Buffer.alloc(megabytes * 1_048_576, 'x')

  it('is passed on as it arrives, and no faster than the reader reads it', async () => {
    await start()
    let drained = false
    at.amp.answerQuery = (response) => {
      response.end(large, () => {
        drained = true
      })
    }
    const before = process.memoryUsage().arrayBuffers
    const asked = request({ socketPath: at.settings.socket, path: up, headers: reader('acme') })
    const response = await new Promise<NodeJS.ReadableStream>((resolve) => asked.once('response', resolve).end())
    await vi.waitFor(() => expect(process.memoryUsage().arrayBuffers).toBeGreaterThan(before))
    expect(drained).toBe(false)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(large.length / 2)
    let bytes = 0
    for await (const chunk of response) bytes += chunk.length
    expect(bytes).toBe(large.length)
  })

  it('that breaks off does not look complete', async () => {
    await start()
    at.amp.answerQuery = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"status":"succ', () => response.destroy())
    }
    await expect(at.query(up)).rejects.toThrow('aborted')
  })

  it('that nobody waits for keeps its slot until AMP has it, and is not fetched', async () => {
    const held = holdQueries(at)
    await start({ 'query.concurrentMax': 1 })
    for (const beginsBody of [false, true]) {
      const asked = request({ socketPath: at.settings.socket, path: up, headers: reader('acme') }).end()
      asked.on('error', () => {})
      const answered = new Promise((resolve) => asked.once('response', resolve))
      await vi.waitFor(() => expect(held).toHaveLength(1))
      const begin = () => held[0]?.writeHead(200).write('{')
      if (beginsBody) {
        begin()
        await answered
        asked.destroy()
      } else {
        asked.destroy()
        expect(error(await at.query(up))).toMatch(/^tw-query-concurrent: /)
        begin()
      }
      await vi.waitFor(() => expect(held[0]?.closed).toBe(true))
      held.length = 0
    }
    const after = at.query(up)
    await vi.waitFor(() => expect(held).toHaveLength(1))
    held[0]?.end('{}')
    expect((await after).status).toBe(200)
  })

  it('in flight when the gateway stops is passed on to its end', async () => {
    const held = holdQueries(at)
    await start()
    const inFlight = at.query(up)
    await vi.waitFor(() => expect(held).toHaveLength(1))
    held[0]?.writeHead(200).write('{')
    const stopping = at.stop()
    await vi.waitFor(async () => expect((await at.get('/ready')).body).toContain('draining'))
    held[0]?.end('}')
    expect(await inFlight).toMatchObject({ status: 200, body: '{}' })
    await stopping
  })
})
