import { Readable } from 'node:stream'
import { parseBundle } from '@tickwatch/policy'
import { encodeSnappy, remoteWriteHeaders, Scratch, WriteRequestWriter } from '@tickwatch/remote-write'
import fc from 'fast-check'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { Metrics } from '../metrics.ts'
import { compilePolicy } from '../policy/policy.ts'
import { identityPattern } from '../server/identity.ts'
import { Tenants } from '../tenant/tenants.ts'
import { environment, newSigningKey, publish } from '../testing/policies.ts'
import { WriteHandler } from './write.ts'

const { privateKey } = newSigningKey()
const scratch = new Scratch()
const writer = new WriteRequestWriter()
const metrics = new Metrics()
const epochMs = 1_800_000_000_000

type Limit = { samplesPerSecond: number; burstSamples: number; requestsPerSecond: number; share: number }
type Write = { afterMs: number; samples: number }

/** Writes one after the other to a gateway that has not yet heard of the tenant. @returns the answer to the last. */
async function lastAnswer(limit: Limit, writes: readonly Write[]) {
  const { json, manifest } = publish(
    {
      version: 1,
      tenants: [
        {
          id: 'acme',
          limits: {
            'ingest.samplesPerSecond': limit.samplesPerSecond,
            'ingest.burstSamples': limit.burstSamples,
            'ingest.requestsPerSecond': limit.requestsPerSecond,
          },
        },
      ],
    },
    privateKey,
    's3',
  )
  const { share } = limit
  const tenants = new Tenants(
    { byTenant: new Map(), defaultShare: share },
    () => {},
    () => {},
  )
  tenants.apply(compilePolicy(parseBundle(json, environment), manifest.sha256, null), 0)
  tenants.forWrite('acme', 0)
  const shares = { acme: { samples: share, requests: share, series: 1, queries: 1 } }
  tenants.applyShares({ shares, defaultShare: share }, tenants.figures(0), 0)
  let nowMs = 0
  const handler = new WriteHandler({
    tenants,
    upstream: {
      write: async () => ({ status: 200, body: '', retryAfterSeconds: null }),
      ready: async () => true,
      close: async () => {},
    },
    metrics,
    clock: { monotonicMs: () => nowMs, epochMs: () => epochMs },
    log: pino({ level: 'silent' }),
    writers: identityPattern('tickwatch.local', 'writer'),
  })
  let reply = { status: 0, reason: '', retryAfterSeconds: 0 }
  for (const { afterMs, samples } of writes) {
    nowMs += afterMs
    writer.begin()
    writer.beginSeries(['__name__', 'up'])
    for (let i = 0; i < samples; i++) writer.sample(i, epochMs)
    writer.endSeries()
    const headers = {
      'content-encoding': 'snappy',
      ...remoteWriteHeaders[1],
      'x-forwarded-client-cert': 'URI=spiffe://tickwatch.local/tenant/acme/writer/edge',
    }
    const body = Readable.from([Buffer.from(encodeSnappy(writer.finish(), scratch))])
    const answer = await handler.handle(Object.assign(body, { headers }))
    reply = {
      status: answer.status,
      reason: String(answer.body).split(':')[0] as string,
      retryAfterSeconds: Number(answer.headers['retry-after']),
    }
  }
  return reply
}

test('a sender refused for its rate is admitted after exactly its Retry-After, and refused a second sooner', async () => {
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
      // Refused by its request rate it was not read: then how many samples it holds is judged only now.
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
