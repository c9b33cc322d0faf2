import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { CallerGone } from '../server/requestBody.ts'
import type { Tenant } from '../tenant/tenant.ts'
import { tenantsOf } from '../testing/tenants.ts'
import { bodyOf, epochMs, requestOf, writeHandlerOf, writeOf } from '../testing/writes.ts'

const answerOf = (status: number) => async () => ({ status, body: '', retryAfterSeconds: null })

function gatewayBefore(write = answerOf(200)) {
  const tenants = tenantsOf({ 'ingest.samplesPerSecond': 1_000, 'ingest.burstSamples': 1_000 })
  const tenant = tenants.forWrite('acme', 0) as Tenant
  return { tenant, handler: writeHandlerOf(tenants, () => 0, write) }
}

describe('the memory that a write uses is released', () => {
  it.each([
    ['it is stored', answerOf(200), 204],
    ['AMP refuses it', answerOf(400), 400],
    ['AMP is away', answerOf(503), 503],
  ])('once %s', async (_when, write, status) => {
    let heldMeanwhile = 0
    const { tenant, handler } = gatewayBefore(async () => {
      heldMeanwhile = tenant.writeBytesHeld
      return write()
    })
    expect((await handler.handle(writeOf(1))).status).toBe(status)
    expect(heldMeanwhile).toBeGreaterThan(0)
    expect(tenant.writeBytesHeld).toBe(0)
  })

  it('when it is refused', async () => {
    const { tenant, handler } = gatewayBefore()
    expect((await handler.handle(requestOf(Readable.from([Buffer.from('nonsense')])))).status).toBe(400)
    expect(tenant.writeBytesHeld).toBe(0)
  })

  it('when its writer went away', async () => {
    const { tenant, handler } = gatewayBefore()
    const body = new Readable({ read: () => {} })
    const answer = handler.handle(requestOf(body))
    expect(tenant.writeBytesHeld).toBeGreaterThan(0)
    body.destroy()
    await expect(answer).rejects.toThrow(CallerGone)
    expect(tenant.writeBytesHeld).toBe(0)
  })
})

describe('a write takes from the bucket of samples', () => {
  const hourMs = 3_600_000
  it.each([
    ['the samples that are stored', [epochMs, epochMs, epochMs], 200, 3],
    ['nothing for samples that are too old', [epochMs, epochMs - 2 * hourMs, epochMs], 200, 2],
    ['nothing while AMP is away', [epochMs, epochMs, epochMs], 503, 0],
    [
      'all samples of a request that AMP refuses, because AMP may have stored some',
      [epochMs, epochMs, epochMs],
      400,
      3,
    ],
  ])('%s', async (_what, timestampsMs, amp, cost) => {
    const { tenant, handler } = gatewayBefore(answerOf(amp))
    await handler.handle(requestOf(Readable.from([bodyOf('up', timestampsMs)])))
    expect(tenant.samples.remaining(0)).toBe(1_000 - cost)
  })
})
