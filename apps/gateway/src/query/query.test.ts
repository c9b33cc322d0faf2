import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ReaderAnswer } from '@tickwatch/aws'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { Metrics } from '../metrics.ts'
import { identityPattern } from '../server/identity.ts'
import { CallerGone } from '../server/requestBody.ts'
import type { Tenant } from '../tenant/tenant.ts'
import { tenantsOf } from '../testing/tenants.ts'
import { reader } from '../testing/testGateway.ts'
import { QueryHandler } from './query.ts'
import { type QueryRoute, queryRouteOf } from './queryRoute.ts'

/** A gateway that allows one query of acme at a time. AMP answers when the test says so. */
function gatewayOfOne() {
  const tenants = tenantsOf({ 'query.concurrentMax': 1 })
  const amp = Promise.withResolvers<ReaderAnswer>()
  const handler = new QueryHandler({
    tenants,
    upstream: { read: () => amp.promise, close: async () => {} },
    metrics: new Metrics(),
    clock: { monotonicMs: () => 0, epochMs: () => 1_800_000_000_000 },
    log: pino({ level: 'silent' }),
    readers: identityPattern('tickwatch.local', 'reader'),
  })
  const ask = (query: string) => {
    const request = { method: 'GET', url: `/api/v1/query?query=${query}`, headers: reader('acme') } as unknown
    const response = Object.assign(new EventEmitter(), { closed: false })
    const answer = handler.handle(
      queryRouteOf('/api/v1/query') as QueryRoute,
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
  return { tenant: tenants.forQuery('acme', 0) as Tenant, ask, answers }
}

const answer = { status: 200, contentType: 'application/json', retryAfterSeconds: null, body: '{}' }

describe('a query runs', () => {
  it('until its answer has been passed on, and only then may another run', async () => {
    const { tenant, ask, answers } = gatewayOfOne()
    const first = ask('up')
    answers.resolve(answer)
    expect(await first.answer).toMatchObject({ status: 200 })
    expect((await ask('up').answer).status).toBe(429)
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

  it('no longer than its reader waits, even if AMP does not answer', async () => {
    const { tenant, ask, answers } = gatewayOfOne()
    const gone = ask('up')
    gone.close()
    expect(tenant.queriesRunning).toBe(0)
    answers.resolve(answer)
    await expect(gone.answer).rejects.toThrow(CallerGone)
  })

  it('not at all when too many others run', async () => {
    const { tenant, ask } = gatewayOfOne()
    ask('up')
    const over = ask('up')
    expect((await over.answer).status).toBe(429)
    over.close()
    expect(tenant.queriesRunning).toBe(1)
  })
})
