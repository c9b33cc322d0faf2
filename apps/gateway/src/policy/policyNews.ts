import { newsHeldMs, type PolicyNews, type Ring } from '@tickwatch/policy'
import type { Logger } from 'pino'
import { request } from 'undici'
import { z } from 'zod'
import type { ControlPlaneConnection } from '../controlPlaneConnection.ts'
import { Repeater } from '../repeater.ts'
import type { PolicyClient } from './policyClient.ts'

export const newsAnswer = z.object({
  policyVersion: z.number().int().nullable().default(null),
}) satisfies z.ZodType<PolicyNews>

/** The control plane answers earlier, so after this it is gone. */
const timeoutMs = newsHeldMs + 10_000
/** Requests are at least this far apart, whatever the control plane answers. */
const gapMs = 100
const retryMs = 1_000
/** A control plane of an older version has no such route. Heartbeats have its hints. */
const unknownRetryMs = 60_000

type NewsParts = {
  controlPlaneUrl: string
  connection: Pick<ControlPlaneConnection, 'dispatcher'>
  ring: Ring
  policy: PolicyClient
  /** Called when a request failed. The control plane takes the gateway for lost unless a heartbeat follows at once. */
  onBroken: () => void
  log: Logger
}

/**
 * Keeps a request open that the control plane answers as soon as the ring has a newer version, so that a change need not
 * wait for the next heartbeat. Without it the poll of SSM finds every version.
 */
export class PolicyNewsReader {
  readonly #parts: NewsParts
  readonly #ask: Repeater
  readonly #stopping = new AbortController()
  /** The newest version that the control plane named: a refused one must not be named again and again. */
  #told = 0
  #reachable = true

  constructor(parts: NewsParts) {
    this.#parts = parts
    this.#ask = new Repeater(() => this.#once())
  }

  start(): void {
    this.#ask.soon(0)
  }

  stop(): Promise<void> {
    this.#stopping.abort()
    return this.#ask.stop()
  }

  /** One request. @returns milliseconds until the next. */
  async #once(): Promise<number> {
    const { log, onBroken, policy } = this.#parts
    const startedMs = performance.now()
    try {
      const news = await this.#get(Math.max(this.#told, policy.applied?.version ?? 0))
      if (news === null) return unknownRetryMs * (0.5 + Math.random())
      this.#reachable = true
      if (news.policyVersion !== null) {
        this.#told = Math.max(this.#told, news.policyVersion)
        policy.hint(news.policyVersion)
      }
      return Math.max(0, startedMs + gapMs - performance.now())
    } catch (cause) {
      if (this.#reachable && !this.#stopping.signal.aborted) {
        log.warn({ err: cause }, 'the control plane does not announce policies; they are found by polling')
        onBroken()
      }
      this.#reachable = false
      return retryMs * (0.5 + Math.random())
    }
  }

  /** @returns null if the control plane has no such route. */
  async #get(after: number): Promise<PolicyNews | null> {
    const { controlPlaneUrl, connection, ring } = this.#parts
    const url = new URL('/v1/gateways/news', controlPlaneUrl)
    url.search = new URLSearchParams({ ring, after: `${after}` }).toString()
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)])
    const reply = await request(url, { dispatcher: connection.dispatcher, signal })
    const text = await reply.body.text()
    if (reply.statusCode === 404) return null
    if (reply.statusCode !== 200)
      throw new Error(`the control plane answered ${reply.statusCode}: ${text.slice(0, 200)}`)
    return newsAnswer.parse(JSON.parse(text))
  }
}
