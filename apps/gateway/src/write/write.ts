import type { RemoteWriter } from '@tickwatch/aws'
import { connectionHeader, type EdgeConnection, type RefusalReason, readEdgeConnection } from '@tickwatch/policy'
import { type RemoteWriteVersion, remoteWriteVersion, type Scratch } from '@tickwatch/remote-write'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Metrics } from '../metrics.ts'
import { type Answer, answer, rateLimitHeaders, receiptOf, refusalLine, writtenHeaders } from '../server/answers.ts'
import { Connections } from '../server/connections.ts'
import { type Identity, identityOf } from '../server/identity.ts'
import { CallerGone, type IncomingRequest, readBody } from '../server/requestBody.ts'
import type { Tenant } from '../tenant/tenant.ts'
import type { Tenants } from '../tenant/tenants.ts'
import { noPolicy, notTaken, refusedByStorage } from './answerTexts.ts'
import { forward, type Outcome } from './forward.ts'
import { countNotTaken, type Kept } from './kept.ts'
import { refusedStatus } from './refusedStatus.ts'
import { heldBytesMax, RequestReader } from './requestReader.ts'
import type { Turns } from './turns.ts'
import { wireFormat } from './wireFormat.ts'
import { requestsTooFast, suspended, tooLarge, tooManyInFlight, WriteRefused } from './writeRefused.ts'

type WriteParts = {
  tenants: Tenants
  upstream: RemoteWriter
  metrics: Metrics
  clock: Clock
  log: Logger
  /** Made by `identityPattern`. */
  writers: RegExp
  turns: Turns
}

/** The writer and its tenant, the request's id, and whether the content type is 2.0. */
type Caller = { tenant: Tenant; writer: Identity; receipt: string; speaksV2: boolean }

/** Each request holds at least this: a buffer from packing until AMP's answer. */
const heldBytesMin = 65_536

const nothingWritten = { samples: 0, histograms: 0, exemplars: 0 }

/** `POST /api/v1/write`: identifies the writer, applies the tenant's limits and label rules, and forwards to AMP. */
export class WriteHandler {
  readonly #parts: WriteParts
  readonly #reader: RequestReader
  readonly #connections = new Connections()
  /** Why AMP did not accept the last write. Only a change is logged, not every request while AMP is away. */
  #fault: string | null = null

  constructor(parts: WriteParts) {
    this.#parts = parts
    this.#reader = new RequestReader(parts.tenants, parts.turns, parts.clock)
  }

  /** @throws CallerGone if the writer went away before its answer. */
  async handle(request: IncomingRequest): Promise<Answer> {
    const { clock, metrics } = this.#parts
    const startedMs = clock.monotonicMs()
    const receipt = receiptOf(request.headers['x-request-id'])
    const connection = readEdgeConnection(request.headers[connectionHeader])
    try {
      const reply = await this.#answer(request, connection, receipt, startedMs)
      this.#observeFirstByte(connection, reply.status)
      metrics.writeSeconds.observe((clock.monotonicMs() - startedMs) / 1_000)
      reply.headers['x-request-id'] = receipt
      return reply
    } catch (cause) {
      this.#observeFirstByte(connection, cause instanceof CallerGone ? null : 500)
      throw cause
    }
  }

  /** @param status null if the sender did not wait for the answer */
  #observeFirstByte(connection: EdgeConnection | null, status: number | null): void {
    if (!connection) return
    const { clock, metrics } = this.#parts
    const handshakeMs = this.#connections.isNew(connection.id) ? (connection.handshakeMs ?? 0) : 0
    // The system's clock may be set back meanwhile.
    const sinceMs = Math.max(0, clock.epochMs() - connection.arrivedAtMs)
    metrics.firstByteSeconds.observe(status === null ? {} : { code: String(status) }, (handshakeMs + sinceMs) / 1_000)
  }

  async #answer(
    request: IncomingRequest,
    connection: EdgeConnection | null,
    receipt: string,
    nowMs: number,
  ): Promise<Answer> {
    const { metrics, tenants, writers } = this.#parts
    const writer = identityOf(request.headers['x-forwarded-client-cert'], writers)
    if (!writer) return this.#forbid(receipt, "the client certificate is not a writer's", writer)
    if (!tenants.policy) {
      metrics.countWrite(writer.tenantId, 503, 'not-ready')
      return answer(503, [refusalLine('not-ready', noPolicy, receipt)], { 'retry-after': '2' })
    }
    const tenant = tenants.forWrite(writer.tenantId, nowMs)
    if (!tenant) return this.#forbid(receipt, `there is no tenant ${writer.tenantId}`, writer)
    tenant.certificates.writer.add(connection?.certificateExpiresAt ?? null, nowMs)
    const speaksV2 = remoteWriteVersion(request.headers['content-type']) === 2
    const caller = { tenant, writer, receipt, speaksV2 }
    let reply: Answer
    try {
      reply = await this.#write(request, caller, nowMs)
    } catch (cause) {
      if (!(cause instanceof WriteRefused)) {
        if (!(cause instanceof CallerGone)) metrics.countWrite(tenant.id, 500, 'fault')
        throw cause
      }
      reply = this.#refuse(cause, caller)
    }
    if (reply.status === 429) reply.status = refusedStatus(request.headers['user-agent'])
    // Every answer to a 2.0 request must say how much is stored.
    if (speaksV2) reply.headers = { ...writtenHeaders(nothingWritten), ...reply.headers }
    metrics.countWrite(tenant.id, reply.status, reply.reason)
    return reply
  }

  /** @throws WriteRefused, CallerGone */
  async #write(request: IncomingRequest, caller: Caller, nowMs: number): Promise<Answer> {
    const { tenant } = caller
    const { limits, status } = tenant.policy
    tenant.meters.demandRequests.add(Math.floor(nowMs / 1_000), 1)
    if (status === 'suspended') throw suspended(tenant.id)
    const version = wireFormat(request.headers)
    const bytesMax = limits['ingest.requestBytesMax']
    const announced = Math.min(Number(request.headers['content-length'] ?? bytesMax), bytesMax)
    const held = Math.max(announced, heldBytesMin)
    if (tenant.writeBytesHeld + held > heldBytesMax) throw tooManyInFlight(heldBytesMax)
    if (!tenant.requests.take(1, nowMs)) {
      throw requestsTooFast(limits['ingest.requestsPerSecond'], tenant.retryAfterSeconds('requests', 1, nowMs))
    }
    tenant.writeBytesHeld += held
    try {
      return await this.#store(request, version, caller)
    } finally {
      tenant.writeBytesHeld -= held
    }
  }

  /** @throws WriteRefused, CallerGone */
  async #store(request: IncomingRequest, version: RemoteWriteVersion, caller: Caller): Promise<Answer> {
    const { tenant } = caller
    const bytesMax = tenant.policy.limits['ingest.requestBytesMax']
    const body = await readBody(request, bytesMax)
    if (body === null) throw tooLarge(bytesMax, null)
    const { kept, tokens, packed } = await this.#reader.read(body, version, tenant)
    const outcome: Outcome = packed === null ? { kind: 'taken' } : await this.#forward(packed.buffer, packed.bytes)
    return this.#conclude(outcome, kept, tokens, caller)
  }

  async #forward(buffer: Scratch, bytes: Buffer): Promise<Outcome> {
    const { clock, log, metrics, upstream } = this.#parts
    try {
      return await forward(upstream, bytes, clock, (seconds, fault) => {
        metrics.upstreamSeconds.observe(seconds)
        if (fault && fault !== this.#fault) log.warn({ fault }, 'AMP does not accept a write')
        if (!fault && this.#fault) log.info('AMP accepts writes again')
        this.#fault = fault
      })
    } finally {
      this.#reader.giveBack(buffer)
    }
  }

  /** Adjusts the bucket and the figures to what AMP accepted, and makes the answer. */
  #conclude(outcome: Outcome, kept: Kept, taken: number, caller: Caller): Answer {
    const { clock, log, metrics } = this.#parts
    const { tenant, writer, receipt } = caller
    const nowMs = clock.monotonicMs()
    const sent = kept.points
    if (outcome.kind !== 'taken') countNotTaken(kept, tenant, Math.floor(nowMs / 1_000))
    if (outcome.kind === 'busy') {
      tenant.samples.refund(taken, nowMs)
      this.#count(caller, 'upstream', sent, 'retried')
      const body = outcome.body || refusalLine('upstream', notTaken, receipt)
      return {
        ...answer(outcome.status, [body], { 'retry-after': String(outcome.retryAfterSeconds) }),
        reason: 'upstream',
      }
    }
    // Series that we refuse cost nothing. A request that AMP refuses costs its tokens: AMP may have stored a part.
    tenant.samples.refund(taken - kept.tokens, nowMs)
    const refused: Partial<Record<RefusalReason, number>> = {}
    for (const [reason, { samples }] of kept.refused) refused[reason] = samples
    if (outcome.kind === 'refused') refused.upstream = sent
    for (const [reason, samples] of Object.entries(refused)) {
      this.#count(caller, reason as RefusalReason, samples, 'lost')
    }
    const headers = rateLimitHeaders(tenant, nowMs)
    const logged = { receipt, tenantId: tenant.id, writer: writer.name, refused }
    const lines = [...kept.refused].map(([reason, { refusal, series }]) => {
      const detail = series > 1 ? `${refusal.detail}; ${series} series in all` : refusal.detail
      return refusalLine(reason, { ...refusal, detail }, receipt)
    })
    if (outcome.kind === 'refused') {
      log.info({ ...logged, status: outcome.status }, 'AMP refused a write')
      // AMP often gives no reason.
      const first = outcome.body || refusalLine('upstream', refusedByStorage, receipt)
      return { ...answer(400, [first, ...lines], headers), reason: 'upstream' }
    }
    metrics.accept(tenant.id, sent)
    const nowS = Math.floor(nowMs / 1_000)
    tenant.meters.acceptedSamples.add(nowS, sent)
    tenant.meters.acceptedAgeSeconds.add(nowS, kept.ageSeconds)
    if (caller.speaksV2) Object.assign(headers, writtenHeaders(kept))
    const [reason] = kept.refused.keys()
    if (reason === undefined) return answer(204, [], headers)
    log.info({ ...logged, written: sent }, 'a part of a write was refused')
    return { ...answer(400, lines, headers), reason }
  }

  #refuse(refused: WriteRefused, caller: Caller): Answer {
    const { tenant, writer, receipt } = caller
    const { status, reason, text, samples, retryAfterSeconds } = refused
    this.#count(caller, reason, samples, retryAfterSeconds === null ? 'lost' : 'retried')
    const logged = { receipt, tenantId: tenant.id, writer: writer.name, refused: { [reason]: samples } }
    // A writer over its rate retries again and again. The metrics show that; the log need not.
    if (retryAfterSeconds === null) this.#parts.log.info(logged, 'a write was refused')
    else this.#parts.log.debug(logged, 'a write was refused for now')
    const reply = { ...answer(status, [refusalLine(reason, text, receipt)]), reason: refused.countedAs }
    if (retryAfterSeconds !== null) {
      Object.assign(reply.headers, rateLimitHeaders(tenant, this.#parts.clock.monotonicMs()), {
        'retry-after': String(retryAfterSeconds),
      })
    }
    return reply
  }

  /** @param then what a sender does with the samples: after a 4xx other than 429 it drops them. */
  #count({ tenant, writer }: Caller, reason: RefusalReason, samples: number, then: 'retried' | 'lost'): void {
    if (samples === 0) return
    const { clock, metrics } = this.#parts
    const nowS = Math.floor(clock.monotonicMs() / 1_000)
    tenant.refusals.add(reason, writer.name, samples, nowS)
    // Metadata are not samples, so no page may count them among lost samples.
    if (reason === 'metadata-invalid') return
    metrics.refuse(tenant.id, reason, samples, then === 'lost')
    tenant.meters.refused.add(reason, nowS, samples)
  }

  #forbid(receipt: string, detail: string, writer: Identity | null): Answer {
    this.#parts.log.warn({ receipt, writer }, 'a write of an unknown writer or tenant was refused')
    const text = { detail, limit: 'writers of known tenants', remedy: "use a writer's certificate of this platform" }
    return answer(403, [refusalLine('forbidden', text, receipt)])
  }
}
