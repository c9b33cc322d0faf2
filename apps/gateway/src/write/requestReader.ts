import {
  MalformedRequest,
  MalformedSnappy,
  type RemoteWriteVersion,
  RequestTooLarge,
  type Scratch,
  type Sliced,
  TooLargeAsV1,
} from '@tickwatch/remote-write'
import type { Clock } from '../clock.ts'
import type { Tenant } from '../tenant/tenant.ts'
import type { Tenants } from '../tenant/tenants.ts'
import { BufferPool } from './bufferPool.ts'
import { Ingest } from './ingest.ts'
import type { Held, Kept } from './kept.ts'
import type { Turns } from './turns.ts'
import { announcedBytes } from './wireFormat.ts'
import {
  malformed,
  overBurst,
  samplesTooFast,
  seriesShareMissing,
  tooLarge,
  tooLargeAsV1,
  tooManyBytes,
  tooManyInFlight,
} from './writeRefused.ts'

/**
 * Most bytes of one tenant's requests in flight in this process, so that slow writers or a slow AMP cannot fill its
 * memory. At the default limits that is 16 of the largest requests, or 2,000 usual ones.
 */
export const heldBytesMax = 128 * 1_048_576
/** Each keeps buffers of the largest request that it read. Few tenants have a request of several slices at a time. */
const idleIngestsMax = 4

/** A request that was read and judged. */
export type Read = {
  kept: Kept
  /** What it took from the bucket of samples. */
  tokens: number
  /** What AMP gets, and the buffer that holds it; null if nothing is left. */
  packed: { buffer: Scratch; bytes: Buffer } | null
}

/** Reads requests, applies the tenant's limits to what is in them, and makes the requests to AMP. */
export class RequestReader {
  readonly #tenants: Tenants
  readonly #clock: Clock
  readonly #idleIngests: Ingest[] = []
  readonly #buffers = new BufferPool()
  readonly #turns: Turns

  constructor(tenants: Tenants, turns: Turns, clock: Clock) {
    this.#tenants = tenants
    this.#turns = turns
    this.#clock = clock
  }

  /**
   * Reads and judges the request when it is the tenant's turn, in slices between which others are served. Meanwhile the
   * tenant holds as many bytes as the body announces, so that small bodies that expand to much more are refused before they
   * cost anything. Reading takes 2 to 9 ms a MiB, so the tenant's bytes are limited too.
   * @throws WriteRefused
   */
  async read(body: Buffer, version: RemoteWriteVersion, tenant: Tenant): Promise<Read> {
    const bytes = announcedBytes(body, tenant.policy.limits['ingest.requestBytesMax'])
    if (tenant.writeBytesHeld + bytes > heldBytesMax) throw tooManyInFlight(heldBytesMax)
    const nowMs = this.#clock.monotonicMs()
    if (!tenant.bytes.take(bytes, nowMs)) {
      throw tooManyBytes(tenant.bytesPerSecond, tenant.bytes.retryAfterSeconds(bytes, nowMs))
    }
    tenant.writeBytesHeld += bytes
    try {
      return await this.#turns.run(tenant, bytes, this.#process(body, version, tenant))
    } finally {
      tenant.writeBytesHeld -= bytes
    }
  }

  /** @throws WriteRefused */
  *#process(body: Buffer, version: RemoteWriteVersion, tenant: Tenant): Sliced<Read> {
    const ingest = this.#idleIngests.pop() ?? new Ingest()
    try {
      const held = yield* this.#read(ingest, body, version, tenant)
      tenant.bytes.charge(held.addedBytes, this.#clock.monotonicMs())
      const kept = yield* this.#keep(ingest, held, tenant)
      const { tokens } = held
      if (kept.empty) return { kept, tokens, packed: null }
      const buffer = this.#buffers.borrow()
      return { kept, tokens, packed: { buffer, bytes: yield* ingest.pack(buffer) } }
    } finally {
      if (this.#idleIngests.length < idleIngestsMax) this.#idleIngests.push(ingest)
    }
  }

  /** @throws WriteRefused */
  *#read(ingest: Ingest, body: Buffer, version: RemoteWriteVersion, tenant: Tenant): Sliced<Held> {
    const { 'ingest.requestBytesMax': bytesMax, 'ingest.burstSamples': burstSamples } = tenant.policy.limits
    try {
      return yield* ingest.read(body, version, bytesMax, burstSamples)
    } catch (cause) {
      // The limit was reduced while the request waited.
      if (cause instanceof RequestTooLarge) throw tooLarge(bytesMax, cause.bytes)
      if (cause instanceof TooLargeAsV1) throw tooLargeAsV1(cause)
      if (cause instanceof MalformedSnappy || cause instanceof MalformedRequest) throw malformed(cause.message)
      throw cause
    }
  }

  /** Takes the request's tokens from the bucket, all or none, and judges its series. @throws WriteRefused */
  *#keep(ingest: Ingest, { samples, tokens }: Held, tenant: Tenant): Sliced<Kept> {
    const { limits } = tenant.policy
    const nowMs = this.#clock.monotonicMs()
    const nowS = Math.floor(nowMs / 1_000)
    tenant.meters.demandSamples.add(nowS, tokens)
    if (tokens > limits['ingest.burstSamples']) {
      yield* ingest.countRefused(tenant, 'burst', nowS)
      throw overBurst(samples, tokens, limits['ingest.burstSamples'])
    }
    if (!tenant.samples.take(tokens, nowMs)) {
      yield* ingest.countRefused(tenant, 'rate', nowS)
      // A retry also costs a request token, so wait for both buckets.
      const seconds = Math.max(
        tenant.retryAfterSeconds('samples', tokens, nowMs),
        tenant.retryAfterSeconds('requests', 1, nowMs),
      )
      throw samplesTooFast(samples, tokens, limits['ingest.samplesPerSecond'], seconds)
    }
    const limitWasReached = tenant.seriesLimitReached
    const kept = yield* ingest.keep(tenant, nowS, this.#clock.epochMs())
    // The share can change between two slices. A refusal is for good only if the limit was reached all the time.
    if (kept.refused.has('active-series') && !(limitWasReached && tenant.seriesLimitReached)) {
      tenant.samples.refund(tokens, nowMs)
      this.#tenants.needShare()
      throw seriesShareMissing(limits['series.activeMax'])
    }
    tenant.meters.acceptedRequests.add(nowS, 1)
    return kept
  }

  /** @param buffer whose bytes AMP has answered */
  giveBack(buffer: Scratch): void {
    this.#buffers.giveBack(buffer)
  }
}
