import fc from 'fast-check'
import { expect, it } from 'vitest'
import { tenantsOf } from '../testing/tenants.ts'
import { metrics, writeHandlerOf, writeOf } from '../testing/writes.ts'

type Limit = { samplesPerSecond: number; burstSamples: number; requestsPerSecond: number; share: number }
type Write = { afterMs: number; samples: number }

/** Sends writes one after the other to a gateway that has just received its share. @returns the answer to the last. */
async function lastAnswer(limit: Limit, writes: readonly Write[]) {
  const { share } = limit
  const tenants = tenantsOf({
    'ingest.samplesPerSecond': limit.samplesPerSecond,
    'ingest.burstSamples': limit.burstSamples,
    'ingest.requestsPerSecond': limit.requestsPerSecond,
  })
  const shares = { acme: { samples: share, requests: share, series: 1, queries: 1 } }
  tenants.shares = { byTenant: new Map(Object.entries(shares)), defaultShare: share }
  tenants.forWrite('acme', 0)
  tenants.applyShares({ shares, defaultShare: share }, tenants.figures(0), 0)
  let nowMs = 0
  const handler = writeHandlerOf(tenants, () => nowMs)
  let reply = { status: 0, reason: '', retryAfterSeconds: 0 }
  for (const { afterMs, samples } of writes) {
    nowMs += afterMs
    const answer = await handler.handle(writeOf(samples))
    reply = {
      status: answer.status,
      reason: String(answer.body).split(':')[0] as string,
      retryAfterSeconds: Number(answer.headers['retry-after']),
    }
  }
  return reply
}

it('a write refused for its rate is admitted after exactly its Retry-After, and refused a second earlier', async () => {
  const whole = (min: number, max: number) => fc.integer({ min, max })
  const limits = fc
    .record({
      samplesPerSecond: whole(1, 300),
      burstSamples: whole(1, 500),
      requestsPerSecond: fc.oneof(whole(1, 3), whole(1, 20)),
      share: fc.constantFrom(1, 0.5, 0.1),
    })
    .chain((limit) =>
      fc.tuple(
        fc.constant(limit),
        fc.array(fc.record({ afterMs: whole(0, 2_000), samples: whole(1, limit.burstSamples) }), {
          minLength: 2,
          maxLength: 12,
          size: 'max',
        }),
      ),
    )
  const refusals = { 'tw-rate': 0, 'tw-request-rate': 0, waitsOfSeconds: 0 }
  await fc.assert(
    fc.asyncProperty(limits, async ([limit, history]) => {
      const refused = await lastAnswer(limit, history)
      if (refused.status === 204) return
      expect(refused).toMatchObject({ status: 429, reason: expect.stringMatching(/^tw-(request-)?rate$/) })
      const reason = refused.reason as 'tw-rate' | 'tw-request-rate'
      const seconds = refused.retryAfterSeconds
      expect(Number.isInteger(seconds) && seconds >= 1).toBe(true)
      const again = (afterS: number) =>
        lastAnswer(limit, [...history, { afterMs: afterS * 1_000, samples: history.at(-1)?.samples ?? 0 }])
      const retried = await again(seconds)
      // A request that was refused for its request rate was not read, so its samples are counted only now.
      if (reason === 'tw-rate') expect(retried.status).toBe(204)
      else expect(retried.reason).not.toBe(reason)
      refusals[reason]++
      if (seconds === 1) return
      refusals.waitsOfSeconds++
      expect((await again(seconds - 1)).status).toBe(429)
    }),
    { numRuns: 120 },
  )
  expect(Math.min(...Object.values(refusals))).toBeGreaterThan(0)
})

/** The lines of the metrics that begin so, when each has been in an exposition before. */
async function linesOf(prefix: string) {
  await metrics.exposition()
  return (await metrics.exposition()).split('\n').filter((line) => line.startsWith(prefix))
}

it('a fault of the gateway counts as a failed request, with its reason', async () => {
  const fault = () => Promise.reject(new TypeError('a fault'))
  await expect(writeHandlerOf(tenantsOf({}), () => 0, fault).handle(writeOf(1))).rejects.toThrow('a fault')
  expect(await linesOf('tickwatch_ingest_requests_total{tenant_id="acme",code="500"')).toEqual([
    'tickwatch_ingest_requests_total{tenant_id="acme",code="500",reason="fault"} 1',
  ])
})
