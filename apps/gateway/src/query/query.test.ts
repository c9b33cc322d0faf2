import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsUnavailable, type ReaderAnswer } from '@tickwatch/aws'
import type { Limits } from '@tickwatch/policy'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Metrics } from '../metrics.ts'
import type { Answer } from '../server/answers.ts'
import { identityPattern } from '../server/identity.ts'
import { CallerGone } from '../server/requestBody.ts'
import type { Tenant } from '../tenant/tenant.ts'
import { tenantsOf } from '../testing/tenants.ts'
import { reader } from '../testing/testGateway.ts'
import { Turns } from '../write/turns.ts'
import { QueryHandler } from './query.ts'
import { promqlBytesMax } from './queryParameters.ts'
import { type QueryRoute, queryRouteOf } from './queryRoute.ts'
import { waitMs } from './querySlots.ts'
import { ReaderUses } from './readerUses.ts'

/** One of so many gateways, that allows one query of acme at a time. AMP answers when the test says so. */
function gatewayOfOne(limits: Limits = {}, gatewayCount = 1) {
  const needed = vi.fn()
  const tenants = tenantsOf({ 'query.concurrentMax': gatewayCount, ...limits }, needed)
  tenants.shares = { byTenant: new Map(), defaultShare: 1 / gatewayCount }
  const amp = Promise.withResolvers<ReaderAnswer>()
  const read = vi.fn(() => amp.promise)
  const handler = new QueryHandler({
    tenants,
    upstream: { read, close: async () => {} },
    storageQueries: 20,
    uses: new ReaderUses(),
    metrics: new Metrics('gateway-1'),
    clock: { monotonicMs: () => 0, epochMs: () => 1_800_000_000_000 },
    log: pino({ level: 'silent' }),
    readers: identityPattern('tickwatch.local', 'reader'),
    turns: new Turns(),
  })
  const ask = (query: string, path = '/api/v1/query') => {
    const request = { method: 'GET', url: `${path}?query=${query}`, headers: reader('acme') } as unknown
    const response = Object.assign(new EventEmitter(), { closed: false })
    const answer = handler.handle(
      queryRouteOf(path) as QueryRoute,
      request as IncomingMessage,
      response as unknown as ServerResponse,
    )
    const close = () => {
      response.closed = true
      response.emit('close')
    }
    return { answer, close }
  }
  const { promise: _answered, ...answers } = amp
  const asked = () => read.mock.calls.length > 0
  return { tenants, tenant: tenants.forQuery('acme', 0) as Tenant, ask, answers, asked, needed }
}

const answer = { status: 200, contentType: 'application/json', retryAfterSeconds: null, body: '{}' }

/** It waits for a slot first. */
async function expectRefused(asked: Promise<Answer>) {
  await vi.advanceTimersByTimeAsync(waitMs)
  expect((await asked).status).toBe(429)
}
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a query runs', () => {
  it('until its answer has been passed on, and only then may another run', async () => {
    const { tenant, ask, answers } = gatewayOfOne()
    const first = ask('up')
    answers.resolve(answer)
    expect(await first.answer).toMatchObject({ status: 200 })
    await expectRefused(ask('up').answer)
    first.close()
    expect(tenant.queriesRunning).toBe(0)
    expect((await ask('up').answer).status).toBe(200)
  })

  it('as soon as the answer to a heartbeat says that the fleet has room, which it asks for', async () => {
    const { tenants, tenant, ask, answers, needed } = gatewayOfOne({}, 2)
    answers.resolve(answer)
    await ask('up').answer
    needed.mockClear()
    const waits = ask('up').answer
    await vi.advanceTimersByTimeAsync(waitMs / 2)
    expect([tenant.queriesRunning, tenant.queriesWaiting, needed.mock.calls.length > 0]).toEqual([1, 1, true])
    const othersTaken = { acme: { samples: 0, requests: 0, queries: 0, queriesAtOnce: 0 } }
    tenants.applyShares({ shares: {}, defaultShare: 0.5, othersTaken }, tenants.figures(0), 0)
    expect((await waits).status).toBe(200)
    expect([tenant.queriesRunning, tenant.queriesWaiting]).toEqual([2, 0])
  })

  it('until it is refused', async () => {
    const { tenant, ask } = gatewayOfOne()
    const refused = ask('nonsense((')
    expect((await refused.answer).status).toBe(400)
    refused.close()
    expect(tenant.queriesRunning).toBe(0)
  })

  it('until AMP has answered, even if its reader went away', async () => {
    const { tenant, ask, answers, asked } = gatewayOfOne()
    const gone = ask('up')
    await vi.waitUntil(asked)
    gone.close()
    await expect(gone.answer).rejects.toThrow(CallerGone)
    expect(tenant.queriesRunning).toBe(1)
    answers.resolve(answer)
    await vi.waitUntil(() => tenant.queriesRunning === 0)
  })

  it('until AMP has answered, even if its time is over', async () => {
    const { tenant, ask, answers, asked } = gatewayOfOne()
    const late = ask('up&timeout=5s')
    await vi.waitUntil(asked)
    await vi.advanceTimersByTimeAsync(6_000)
    expect((await late.answer).body).toContain('tw-query-timeout')
    late.close()
    expect(tenant.queriesRunning).toBe(1)
    answers.reject(new AwsUnavailable('the connection ended'))
    await vi.waitUntil(() => tenant.queriesRunning === 0)
  })

  it('no longer than its reader, if that goes away before AMP is asked', async () => {
    const { tenant, ask, asked } = gatewayOfOne()
    const gone = ask('up')
    gone.close()
    await expect(gone.answer).rejects.toThrow(CallerGone)
    expect(tenant.queriesRunning).toBe(0)
    expect(asked()).toBe(false)
  })

  it('not at all when too many others run', async () => {
    const { tenant, ask } = gatewayOfOne()
    ask('up')
    const over = ask('up')
    await expectRefused(over.answer)
    over.close()
    expect(tenant.queriesRunning).toBe(1)
  })
})

describe('PromQL that takes long to parse', () => {
  const costly = `label_join(${'-1,'.repeat((promqlBytesMax - 13) / 3)}1)`
  const parse = '/api/v1/format_query'
  beforeEach(() => void vi.useRealTimers())

  it('does not keep others waiting while it is parsed', async () => {
    const { ask } = gatewayOfOne()
    const done: string[] = []
    const parsed = ask(costly, parse).answer.then(() => done.push('parsed'))
    for (let i = 0; i < 10; i++) await new Promise((served) => setImmediate(served))
    done.push('others')
    await parsed
    expect(done).toEqual(['others', 'parsed'])
  })

  it('is refused when a tenant sends too much of it, until its limit allows more', async () => {
    const { ask } = gatewayOfOne({ 'query.requestsPerMinute': 10 })
    const answers = [await ask(costly, parse).answer, await ask(costly, parse).answer]
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    for (const path of [parse, '/api/v1/query']) {
      const refused = await ask(costly, path).answer
      // 16 KiB at 10 × 2 KiB/min.
      expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '48' } })
      expect(refused.body).toContain('tw-query-rate: the queries have too many bytes of PromQL, limit 341 bytes/s')
    }
  })
})
