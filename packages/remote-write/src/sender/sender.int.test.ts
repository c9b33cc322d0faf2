import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../../../local/src/process/until.ts'
import { remoteWriteVersion } from '../version.ts'
import { newSenderStats, Sender, type SenderStats } from './sender.ts'

type Answer = { status: number; headers?: Record<string, string>; body?: string }
type Received = { atMs: number; type: string | undefined; agent: string | undefined; body: string }

let server: Server
let pool: Pool
let received: Received[]
let states: string[]
let answer: () => Answer
let stats: SenderStats
let sender: Sender

beforeAll(async () => {
  server = createServer(async (req, res) => {
    const { 'content-type': type, 'user-agent': agent } = req.headers
    received.push({ atMs: performance.now(), type, agent, body: Buffer.concat(await req.toArray()).toString() })
    const { status, headers, body } = answer()
    res.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
afterAll(async () => {
  await pool.destroy()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  received = []
  states = []
  answer = () => ({ status: 204 })
  stats = newSenderStats()
  sender = new Sender({
    ...{ pool, path: '/api/v1/write', version: 2, userAgent: 'test', queueMax: 3, batchAgeMaxSeconds: 60, stats },
    onState: (state, why) => states.push(`${state} (${why})`),
  })
})
afterEach(() => sender.stop())

/** A batch of two samples, with its name as its body. */
const offer = (name: string, measuredMs = Date.now()) =>
  sender.offer({ body: Buffer.from(name), samples: 2, measuredMs })
const bodies = () => received.map(({ body }) => body)

describe('a sender', () => {
  it('writes its batches in order, in its version of remote write', async () => {
    for (const name of ['a', 'b', 'c']) offer(name)
    await until('all are accepted', () => stats.accepted === 6)
    expect(bodies()).toEqual(['a', 'b', 'c'])
    expect(new Set(received.map(({ type }) => remoteWriteVersion(type)))).toEqual(new Set([2]))
    expect(received[0]?.agent).toBe('test')
    expect(states).toEqual(Array(3).fill('writing (204)'))
  })

  it('retries a refused batch, but not before Retry-After', async () => {
    answer = () => (received.length === 1 ? { status: 429, headers: { 'retry-after': '2' } } : { status: 204 })
    offer('a')
    await until('it is accepted', () => stats.accepted > 0)
    const [refused, again] = received as [Received, Received]
    expect(again.body).toBe(refused.body)
    expect(again.atMs - refused.atMs).toBeGreaterThanOrEqual(2_000)
    expect(stats).toMatchObject({ refused429: 1, refusedSamples: 2, lastRetryAfterSeconds: 2, dropped: 0 })
    expect(states).toEqual(['refused (429, Retry-After 2 s)', 'writing (204)'])
  })

  it('retries with growing pauses while the ingest is unavailable', async () => {
    answer = () => (received.length <= 4 ? { status: 503, body: 'tw-upstream: away\nmore' } : { status: 204 })
    offer('a')
    await until('it is accepted', () => stats.accepted > 0)
    const pauses = received.slice(1, 5).map((request, i) => request.atMs - (received[i] as Received).atMs)
    expect(pauses[3]).toBeGreaterThan(3 * (pauses[0] as number))
    expect(bodies()).toEqual(Array(5).fill('a'))
    expect(states).toEqual([...Array(4).fill('failing (503: tw-upstream: away)'), 'writing (204)'])
  })

  it('does not retry a batch that is refused with a 400', async () => {
    answer = () => (received.length === 1 ? { status: 400, body: 'tw-label-name: no' } : { status: 204 })
    offer('a')
    offer('b')
    await until('the next one is accepted', () => stats.accepted > 0)
    expect(bodies()).toEqual(['a', 'b'])
    expect(stats).toMatchObject({ rejected: 2, accepted: 2 })
    expect(states).toEqual(['failing (400: tw-label-name: no)', 'writing (204)'])
  })

  it('drops a batch that is too old, and the oldest one if its queue is full', async () => {
    answer = () => (received.length === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 204 })
    offer('under way')
    await until('it is refused', () => stats.refused429 > 0)
    for (const name of ['a', 'b', 'c', 'd']) offer(name)
    expect(stats.dropped).toBe(2)
    offer('stale', Date.now() - 61_000)
    expect(stats.dropped).toBe(4)
    await until('the rest is accepted', () => stats.accepted === 6)
    expect(bodies()).toEqual(['under way', 'under way', 'c', 'd'])
    expect(stats.dropped).toBe(6)
  })

  it('stops at once while it waits for Retry-After', async () => {
    answer = () => ({ status: 429, headers: { 'retry-after': '60' } })
    offer('a')
    await until('it is refused', () => stats.refused429 > 0)
    const before = performance.now()
    await sender.stop()
    expect(performance.now() - before).toBeLessThan(10_000)
  })
})
