import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RemoteWriter } from '@tickwatch/aws'
import { probeBytesMax, probeMetric, probePathSource, probeTenant } from '@tickwatch/policy'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { TenantPolicy } from '../policy/policy.ts'
import { passedOn, type QueryHandler, searchOf } from '../query/query.ts'
import { readParameters } from '../query/queryParameters.ts'
import { planQuery } from '../query/queryPlan.ts'
import { QueryRefused } from '../query/queryRefused.ts'
import { queryRouteOf, type StorageRoute } from '../query/queryRoute.ts'
import type { SlotHolder } from '../query/querySlots.ts'
import { type Answer, answer, receiptOf, refusalLine } from '../server/answers.ts'
import { probeNameOf } from '../server/identity.ts'
import { CallerGone, readBody } from '../server/requestBody.ts'
import type { Tenants } from '../tenant/tenants.ts'
import { TokenBucket } from '../tenant/tokenBucket.ts'
import { notTaken } from '../write/answerTexts.ts'
import { forward } from '../write/forward.ts'
import type { Turns } from '../write/turns.ts'
import { wireFormat } from '../write/wireFormat.ts'
import { WriteRefused } from '../write/writeRefused.ts'
import { ProbeSample } from './probeSample.ts'

type ProbeParts = {
  tenants: Tenants
  upstream: RemoteWriter
  queries: Pick<QueryHandler, 'slots' | 'storage'>
  clock: Clock
  log: Logger
  /** Made by `probePattern`. */
  probes: RegExp
  turns: Turns
}

const writePath = new RegExp(`^${probePathSource('write')}$`)
const queryPath = new RegExp(`^${probePathSource('query')}$`)

export const isProbePath = (path: string): boolean => path.startsWith('/api/v1/probe/')

/** The probes of 1,000 tenants send a gateway about 300 a second while nothing works, so a stolen certificate gets no more. */
const requestsPerSecond = 1_000
/** Of all probes together. Each of their queries reads one sample. */
const queriesAtOnceMax = 4

const onlyTime = { parameters: new Set(['time'] as const) }
const instant = queryRouteOf('/api/v1/query') as StorageRoute

/**
 * Writes and reads the probe's sample of a tenant, which is not the tenant's (docs/adr/0030-the-probe-is-not-a-tenant.md): no
 * limit of the tenant is for it, no figure counts it, and its series has another label `tenant`. Like the tenant's own
 * requests it waits for the tenant's turn, and for a slot at the storage.
 */
export class ProbeHandler {
  readonly #parts: ProbeParts
  readonly #sample = new ProbeSample()
  readonly #bucket: TokenBucket
  readonly #slotHolder: SlotHolder = {
    queriesRunning: 0,
    queriesWaiting: 0,
    queriesMax: queriesAtOnceMax,
    policy: { limits: { 'query.concurrentMax': queriesAtOnceMax } },
  }

  constructor(parts: ProbeParts) {
    this.#parts = parts
    this.#bucket = new TokenBucket(requestsPerSecond, 2 * requestsPerSecond, parts.clock.monotonicMs())
  }

  /**
   * @param path of the request, without its parameters
   * @throws CallerGone if the probe went away before its answer.
   */
  async handle(path: string, request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const receipt = receiptOf(request.headers['x-request-id'])
    const reply = await this.#answer(path, request, response, receipt)
    reply.headers['x-request-id'] = receipt
    return reply
  }

  async #answer(path: string, request: IncomingMessage, response: ServerResponse, receipt: string): Promise<Answer> {
    const { clock, log, probes, tenants } = this.#parts
    const name = probeNameOf(request.headers['x-forwarded-client-cert'], probes)
    if (name === null) {
      log.warn({ receipt, path }, 'a probe’s request of an unknown caller was refused')
      const text = {
        detail: "the client certificate is not a probe's",
        limit: 'probes',
        remedy: 'use the certificate of a probe of this platform',
      }
      return answer(403, [refusalLine('forbidden', text, receipt)])
    }
    const write = writePath.exec(path)
    const tenantId = (write ?? queryPath.exec(path))?.[1]
    if (tenantId === undefined) return answer(404, ['not found'])
    const method = write ? 'POST' : 'GET'
    if (request.method !== method) return answer(405, [`${method} only`], { allow: method })
    if (!tenants.policy) return answer(503, ['this gateway has no policy yet'], { 'retry-after': '2' })
    const policy = tenants.policy.tenants.get(tenantId)
    if (!policy) return answer(404, [`this gateway knows no tenant ${tenantId} yet`])
    if (!this.#bucket.take(1, clock.monotonicMs())) {
      return answer(429, [`all probes together may send ${requestsPerSecond} requests/s`], { 'retry-after': '1' })
    }
    try {
      if (write) return await this.#write(request, tenantId, name, receipt)
      return await this.#query(request, response, tenantId, name, policy)
    } catch (cause) {
      if (cause instanceof QueryRefused) return cause.answer(receipt)
      if (!(cause instanceof WriteRefused)) throw cause
      log.warn({ receipt, probe: name, tenantId, detail: cause.text.detail }, 'a write of a probe was refused')
      return answer(cause.status, [refusalLine(cause.reason, cause.text, receipt)])
    }
  }

  /** @throws WriteRefused, CallerGone */
  async #write(request: IncomingMessage, tenantId: string, name: string, receipt: string): Promise<Answer> {
    const { clock, turns, upstream } = this.#parts
    const version = wireFormat(request.headers)
    const body = await readBody(request, probeBytesMax)
    const made = this.#sample.make(body, version, tenantId, name, clock.epochMs())
    const bytes = await turns.run(this.#turnOf(tenantId), probeBytesMax, made)
    const outcome = await forward(upstream, bytes, clock, () => {})
    if (outcome.kind === 'taken') return answer(204, [])
    if (outcome.kind === 'refused') return answer(400, [outcome.body])
    return answer(outcome.status, [outcome.body || refusalLine('upstream', notTaken, receipt)], {
      'retry-after': String(outcome.retryAfterSeconds),
    })
  }

  /** @throws QueryRefused, CallerGone */
  async #query(
    request: IncomingMessage,
    response: ServerResponse,
    tenantId: string,
    name: string,
    { limits }: TenantPolicy,
  ): Promise<Answer> {
    const { clock, queries, turns } = this.#parts
    const asked = {
      ...readParameters(onlyTime, searchOf(request.url ?? ''), ''),
      // The gateway's own text, so that a stolen certificate can't read anything else.
      query: `${probeMetric}{probe="${name}"}`,
    }
    const closing = new AbortController()
    const gone = closing.signal
    response.once('close', () => closing.abort())
    const slot = await queries.slots.take(this.#slotHolder, gone, () => {})
    const letGo = slot.hold()
    if (gone.aborted) letGo()
    else gone.addEventListener('abort', letGo)
    const planned = planQuery(instant, asked, probeTenant(tenantId), limits, clock.epochMs() / 1_000)
    const plan = await turns.run(this.#turnOf(tenantId), probeBytesMax, planned)
    if (gone.aborted) throw new CallerGone('the probe went away')
    return passedOn(await queries.storage.ask(plan, limits['query.samplesMax'], gone, slot))
  }

  /** The probe waits behind the requests of its tenant that are already here. */
  #turnOf(tenantId: string): unknown {
    return this.#parts.tenants.liveById(tenantId) ?? tenantId
  }
}
