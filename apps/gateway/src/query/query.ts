import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MetricsReader, ReaderAnswer } from '@tickwatch/aws'
import { connectionHeader, type QueryRefusalReason, queryRefusalReasons, readEdgeConnection } from '@tickwatch/policy'
import type { Sliced } from '@tickwatch/promql'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Metrics } from '../metrics.ts'
import { type Answer, receiptOf, refusalLine } from '../server/answers.ts'
import type { Identity } from '../server/identity.ts'
import { CallerGone, readBody } from '../server/requestBody.ts'
import type { Tenant } from '../tenant/tenant.ts'
import type { Tenants } from '../tenant/tenants.ts'
import type { Turns } from '../write/turns.ts'
import { promqlBytesMax, type QueryParameters, readParameters } from './queryParameters.ts'
import { orInvalid, planQuery } from './queryPlan.ts'
import { invalid, QueryRefused, queriesTooFast, queryError, suspended, tooMuchPromql } from './queryRefused.ts'
import type { OwnRoute, QueryRoute, StorageRoute } from './queryRoute.ts'
import { QuerySlots } from './querySlots.ts'
import { QueryUpstream } from './queryUpstream.ts'
import { credentialsOf, readerOf, type Stranger } from './readers.ts'
import type { ReaderUses } from './readerUses.ts'

type QueryParts = {
  tenants: Tenants
  upstream: MetricsReader
  /** The queries that all gateways together may have at the storage at the same time. */
  storageQueries: number
  uses: ReaderUses
  metrics: Metrics
  clock: Clock
  log: Logger
  /** Made by `identityPattern`. */
  readers: RegExp
  /** PromQL is parsed in the same turns in which writes are read. */
  turns: Turns
}

/** Parsing PromQL takes about this many times as long as reading as many bytes of a write. */
const promqlWeight = 128

/** Room for a query of the largest size with each byte percent-encoded, and for the other parameters. */
const formBytesMax = 3 * promqlBytesMax + 1_024

/** Prometheus' query API: identifies the reader, applies the limits, pins the query to the tenant, and asks AMP. */
export class QueryHandler {
  readonly #parts: QueryParts
  /** The probe's queries use the same slots. */
  readonly storage: QueryUpstream
  readonly slots: QuerySlots

  constructor(parts: QueryParts) {
    this.#parts = parts
    this.storage = new QueryUpstream(parts.upstream, parts.log)
    // Envoy spreads queries evenly over the gateways.
    this.slots = new QuerySlots(() => parts.storageQueries * parts.tenants.shares.defaultShare)
    parts.tenants.onChange = () => this.slots.retry()
  }

  /**
   * @param route of the request's path
   * @throws CallerGone if the reader went away before its answer.
   */
  async handle(route: QueryRoute, request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const { clock, metrics } = this.#parts
    const startedMs = clock.monotonicMs()
    response.once('close', () => {
      const labels = response.headersSent ? { code: String(response.statusCode) } : {}
      metrics.querySeconds.observe(labels, (clock.monotonicMs() - startedMs) / 1_000)
    })
    const receipt = receiptOf(request.headers['x-request-id'])
    const reply = await this.#answer(route, request, response, receipt)
    reply.headers['x-request-id'] = receipt
    return reply
  }

  async #answer(
    route: QueryRoute,
    request: IncomingMessage,
    response: ServerResponse,
    receipt: string,
  ): Promise<Answer> {
    const { clock, metrics, readers, tenants, uses } = this.#parts
    const shown = credentialsOf(request.headers, readers)
    if ('status' in shown) return this.#refuseReader(shown, receipt)
    if (!tenants.policy) {
      // Whose token it is only the policy says.
      if (shown.certificate) metrics.countQuery(shown.certificate.tenantId, 503, 'not-ready')
      return queryError(503, refusalLine('not-ready', noPolicy, receipt), { 'retry-after': '2' })
    }
    const reader = readerOf(shown, tenants.policy, clock.epochMs())
    if ('status' in reader) return this.#refuseReader(reader, receipt)
    if (shown.tokenSha256 !== null) uses.add(shown.tokenSha256, clock.epochMs())
    const tenant = tenants.forQuery(reader.tenantId, clock.monotonicMs())
    if (!tenant) return this.#refuseReader({ status: 403, detail: `there is no tenant ${reader.tenantId}` }, receipt)
    const connection = readEdgeConnection(request.headers[connectionHeader])
    tenant.certificates.reader.add(connection?.certificateExpiresAt ?? null, clock.monotonicMs())
    let reply: Answer
    try {
      this.#admit(tenant)
      if (route.kind === 'own') reply = await this.#ownAnswer(route, request, tenant)
      else reply = await this.#fromStorage(route, request, response, tenant)
      // AMP refused the query. Its own message is passed on.
      if (reply.status >= 400) {
        this.#count(tenant, reader, receipt, 'upstream')
        reply.reason = 'upstream'
      }
    } catch (cause) {
      if (!(cause instanceof QueryRefused)) {
        if (!(cause instanceof CallerGone)) metrics.countQuery(tenant.id, 500, 'fault')
        throw cause
      }
      this.#count(tenant, reader, receipt, cause.reason)
      reply = { ...cause.answer(receipt), reason: cause.reason }
    }
    metrics.countQuery(tenant.id, reply.status, reply.reason)
    return reply
  }

  /** @throws QueryRefused if the tenant may not query now. */
  #admit(tenant: Tenant): void {
    const nowMs = this.#parts.clock.monotonicMs()
    const { limits, status } = tenant.policy
    tenant.meters.demandQueries.add(Math.floor(nowMs / 1_000), 1)
    if (status === 'suspended') throw suspended(tenant.id)
    if (!tenant.queries.take(1, nowMs)) {
      throw queriesTooFast(limits['query.requestsPerMinute'], tenant.retryAfterSeconds('queries', 1, nowMs))
    }
  }

  /**
   * Asks AMP as soon as a slot is free. The slot is in use until AMP has answered, and the answer has been passed on or
   * the reader went away.
   * @throws QueryRefused, CallerGone
   */
  async #fromStorage(
    route: StorageRoute,
    request: IncomingMessage,
    response: ServerResponse,
    tenant: Tenant,
  ): Promise<Answer> {
    const closing = new AbortController()
    const gone = closing.signal
    response.once('close', () => closing.abort())
    const slot = await this.slots.take(tenant, gone, () => this.#parts.tenants.needShare())
    const letGo = slot.hold()
    if (gone.aborted) letGo()
    else gone.addEventListener('abort', letGo)
    const asked = await readAsked(route, request)
    if (gone.aborted) throw new CallerGone('the reader went away')
    const { limits } = tenant.policy
    const nowS = this.#parts.clock.epochMs() / 1_000
    const plan = await this.#parse(tenant, asked, planQuery(route, asked, tenant.id, limits, nowS))
    if (gone.aborted) throw new CallerGone('the reader went away')
    return passedOn(await this.storage.ask(plan, limits['query.samplesMax'], gone, slot))
  }

  /** @throws QueryRefused, CallerGone */
  async #ownAnswer(route: OwnRoute, request: IncomingMessage, tenant: Tenant): Promise<Answer> {
    const asked = await readAsked(route, request)
    const data = await this.#parse(tenant, asked, orInvalid(route.data(asked.query)))
    const body = JSON.stringify({ status: 'success', data })
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }

  /** Parses when it is the tenant's turn. @throws QueryRefused, also if the tenant sends too much PromQL. */
  async #parse<T>(tenant: Tenant, { promqlBytes }: QueryParameters, parse: Sliced<T>): Promise<T> {
    const nowMs = this.#parts.clock.monotonicMs()
    if (!tenant.promqlBytes.take(promqlBytes, nowMs)) {
      throw tooMuchPromql(tenant.promqlBytesPerSecond, tenant.promqlBytes.retryAfterSeconds(promqlBytes, nowMs))
    }
    return this.#parts.turns.run(tenant, promqlBytes * promqlWeight, parse)
  }

  #count(tenant: Tenant, reader: Identity, receipt: string, reason: QueryRefusalReason): void {
    const nowS = Math.floor(this.#parts.clock.monotonicMs() / 1_000)
    this.#parts.metrics.refusedQueries.inc({ tenant_id: tenant.id, reason })
    tenant.meters.refusedQueries.add(reason, nowS, 1)
    tenant.refusedQueries.add(reason, reader.name, 1, nowS)
    const logged = { receipt, tenantId: tenant.id, reader: reader.name, refused: reason }
    this.#parts.log.debug(logged, queryRefusalReasons[reason])
  }

  #refuseReader(stranger: Stranger, receipt: string): Answer {
    const { status, detail } = stranger
    this.#parts.log.warn({ receipt, detail }, 'a query of an unknown reader was refused')
    const remedy = "use a reader's certificate or token of this platform"
    const reason = status === 401 ? 'unauthorized' : 'forbidden'
    const line = refusalLine(reason, { detail, limit: 'readers of known tenants', remedy }, receipt)
    return queryError(status, line, status === 401 ? { 'www-authenticate': stranger.challenge } : {})
  }
}

/** Without a policy the gateway cannot know which readers may query. */
const noPolicy = { detail: 'this gateway has no policy yet', limit: 'no queries', remedy: 'retry later' }

export const searchOf = (url: string) => {
  const at = url.indexOf('?')
  return at < 0 ? '' : url.slice(at + 1)
}

/** @throws QueryRefused, CallerGone */
const readAsked = async (route: QueryRoute, request: IncomingMessage): Promise<QueryParameters> =>
  readParameters(route, searchOf(request.url ?? ''), await readForm(request))

/** @throws QueryRefused, CallerGone */
async function readForm(request: IncomingMessage): Promise<string> {
  if (request.method !== 'POST') return ''
  const body = await readBody(request, formBytesMax)
  if (body === null) throw invalid(`the request has more than ${formBytesMax} bytes`, 413)
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (body.length > 0 && type !== 'application/x-www-form-urlencoded') {
    throw invalid('the content-type is not application/x-www-form-urlencoded')
  }
  return body.toString('utf8')
}

export function passedOn({ status, contentType, retryAfterSeconds, body }: ReaderAnswer): Answer {
  const headers: Record<string, string> = { 'content-type': contentType }
  if (retryAfterSeconds !== null) headers['retry-after'] = String(retryAfterSeconds)
  return { status, headers, body }
}
