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
import { ReaderUses } from './readerUses.ts'

/** A gateway that allows one query of acme at a time. AMP answers when the test says so. */
function gatewayOfOne(limits: Limits = {}) {
  const tenants = tenantsOf({ 'query.concurrentMax': 1, ...limits })
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
  return { tenant: tenants.forQuery('acme', 0) as Tenant, ask, answers, asked }
}

const answer = { status: 200, contentType: 'application/json', retryAfterSeconds: null, body: '{}' }

/** It waits for a slot first. */
async function expectRefused(asked: Promise<Answer>) {
  await vi.advanceTimersByTimeAsync(1_000)
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
