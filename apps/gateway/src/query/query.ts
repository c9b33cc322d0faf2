import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MetricsReader, ReaderAnswer } from '@tickwatch/aws'
import { type QueryRefusalReason, queryRefusalReasons } from '@tickwatch/policy'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Metrics } from '../metrics.ts'
import { type Answer, receiptOf, refusalLine } from '../server/answers.ts'
import type { Identity } from '../server/identity.ts'
import { CallerGone, readBody } from '../server/requestBody.ts'
import type { Tenant } from '../tenant/tenant.ts'
import type { Tenants } from '../tenant/tenants.ts'
import { readParameters } from './queryParameters.ts'
import { planQuery, promqlBytesMax, type QueryPlan } from './queryPlan.ts'
import { invalid, QueryRefused, queriesTooFast, queryError, suspended, tooManyAtOnce } from './queryRefused.ts'
import type { QueryRoute } from './queryRoute.ts'
import { QueryUpstream } from './queryUpstream.ts'
import { credentialsOf, readerOf, type Stranger } from './readers.ts'

type QueryParts = {
  tenants: Tenants
  upstream: MetricsReader
  metrics: Metrics
  clock: Clock
  log: Logger
  /** Made by `identityPattern`. */
  readers: RegExp
}

/** Room for a query of the largest size with each byte percent-encoded, and for the other parameters. */
const formBytesMax = 3 * promqlBytesMax + 1_024

/** Prometheus' query API: identifies the reader, applies the limits, pins the query to the tenant, and asks AMP. */
export class QueryHandler {
  readonly #parts: QueryParts
  readonly #upstream: QueryUpstream

  constructor(parts: QueryParts) {
    this.#parts = parts
    this.#upstream = new QueryUpstream(parts.upstream, parts.log)
  }

  /**
   * @param route of the request's path
   * @throws CallerGone if the reader went away before its answer.
   */
  async handle(route: QueryRoute, request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const { clock, metrics } = this.#parts
    const startedMs = clock.monotonicMs()
    response.once('close', () => metrics.querySeconds.observe((clock.monotonicMs() - startedMs) / 1_000))
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
    const { clock, metrics, readers, tenants } = this.#parts
    const shown = credentialsOf(request.headers, readers)
    if ('status' in shown) return this.#refuseReader(shown, receipt)
    if (!tenants.policy) return queryError(503, refusalLine('not-ready', noPolicy, receipt), { 'retry-after': '2' })
    const reader = readerOf(shown, tenants.policy, clock.epochMs())
    if ('status' in reader) return this.#refuseReader(reader, receipt)
    const tenant = tenants.forQuery(reader.tenantId, clock.monotonicMs())
    if (!tenant) return this.#refuseReader({ status: 403, detail: `there is no tenant ${reader.tenantId}` }, receipt)
    let reply: Answer
    try {
      this.#admit(tenant, response)
      const plan = await this.#plan(route, request, tenant)
      if (response.closed) throw new CallerGone('the reader went away')
      reply = passedOn(await this.#upstream.ask(plan, tenant.policy.limits['query.samplesMax'], response))
      // AMP refused the query. Its own message is passed on.
      if (reply.status >= 400) this.#count(tenant, reader, receipt, 'upstream')
    } catch (cause) {
      if (!(cause instanceof QueryRefused)) throw cause
      this.#count(tenant, reader, receipt, cause.reason)
      reply = cause.answer(receipt)
    }
    metrics.queries.inc({ tenant_id: tenant.id, code: String(reply.status) })
    return reply
  }

  /**
   * Checks the limits that do not depend on the query's text. From here the query counts as running, until its answer
   * has been passed on or the reader went away.
   * @throws QueryRefused
   */
  #admit(tenant: Tenant, response: ServerResponse): void {
    const nowMs = this.#parts.clock.monotonicMs()
    const { limits, status } = tenant.policy
    tenant.meters.demandQueries.add(Math.floor(nowMs / 1_000), 1)
    if (status === 'suspended') throw suspended(tenant.id)
    if (!tenant.queries.take(1, nowMs)) {
      throw queriesTooFast(limits['query.requestsPerMinute'], tenant.queries.retryAfterSeconds(1, nowMs))
    }
    if (tenant.queriesRunning >= tenant.queriesMax) throw tooManyAtOnce(limits['query.concurrentMax'])
    tenant.queriesRunning++
    response.once('close', () => {
      tenant.queriesRunning--
    })
  }

  /** @throws QueryRefused, CallerGone */
  async #plan(route: QueryRoute, request: IncomingMessage, tenant: Tenant): Promise<QueryPlan> {
    const asked = readParameters(route, searchOf(request.url ?? ''), await readForm(request))
    return planQuery(route, asked, tenant.id, tenant.policy.limits, this.#parts.clock.epochMs() / 1_000)
  }

  #count(tenant: Tenant, reader: Identity, receipt: string, reason: QueryRefusalReason): void {
    this.#parts.metrics.refusedQueries.inc({ tenant_id: tenant.id, reason })
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

const searchOf = (url: string) => {
  const at = url.indexOf('?')
  return at < 0 ? '' : url.slice(at + 1)
}

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

function passedOn({ status, contentType, retryAfterSeconds, body }: ReaderAnswer): Answer {
  const headers: Record<string, string> = { 'content-type': contentType }
  if (retryAfterSeconds !== null) headers['retry-after'] = String(retryAfterSeconds)
  return { status, headers, body }
}
