import type { Heartbeat, HeartbeatAnswer } from '@tickwatch/policy'
import type { Logger } from 'pino'
import { request } from 'undici'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { ControlPlaneConnection } from '../controlPlaneConnection.ts'
import type { PolicyClient } from '../policy/policyClient.ts'
import type { ReaderUses } from '../query/readerUses.ts'
import { Repeater } from '../repeater.ts'
import type { StateStore } from '../stateStore.ts'
import type { Tenants } from '../tenant/tenants.ts'
import { sharesFormat, wholeShares } from './sharesFormat.ts'

/** Only the shares are required. Without them the last shares stay in force, as if there were no answer. */
export const heartbeatAnswer = z
  .object({
    policyVersionHint: z.number().int().nullable().default(null),
    ...sharesFormat,
    seriesClaims: z
      .record(z.string(), z.object({ total: z.number(), sketched: z.boolean().default(false) }))
      .optional(),
    othersTaken: z
      .record(
        z.string(),
        z.object({
          samples: z.number(),
          requests: z.number(),
          queries: z.number(),
          queriesAtOnce: z.number().optional(),
        }),
      )
      .optional(),
    nextHeartbeatMs: z.number().int().min(100).max(60_000).default(1_000),
  })
  .transform((answer) => ({ ...answer, shares: wholeShares(answer) })) satisfies z.ZodType<HeartbeatAnswer>

const timeoutMs = 3_000
const retryFirstMs = 1_000
const retryMaxMs = 5_000
/** Heartbeats that ask for shares are at least this far apart, and in a large fleet so far that it sends 200 a second. */
const shareGapMs = 250
const shareGapMsPerGateway = 5
/** Save shares at most this often: after a crash, shares a few seconds old are good enough. */
const saveSharesGapMs = 5_000

type HeartbeatParts = {
  controlPlaneUrl: string
  connection: Pick<ControlPlaneConnection, 'dispatcher'>
  about: Pick<Heartbeat, 'ring' | 'zone' | 'softwareVersion' | 'formatsRead' | 'startedAt'>
  tenants: Tenants
  uses: ReaderUses
  policy: PolicyClient
  store: StateStore
  clock: Clock
  log: Logger
}

/** Reports to the control plane what this gateway enforces and sees, and applies the shares in the answer. */
export class Heartbeats {
  /** True after the first attempt, answered or not: from then on we hold the newest shares that we can get. */
  tried = false
  readonly #parts: HeartbeatParts
  readonly #beat: Repeater
  #failures = 0
  #cpu = process.cpuUsage()
  #cpuAtMs: number
  #sharesSavedAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: HeartbeatParts) {
    this.#parts = parts
    this.#cpuAtMs = parts.clock.monotonicMs()
    this.#beat = new Repeater(() => this.send())
  }

  /** Sends the first heartbeat. Each one schedules the next. */
  start(): void {
    this.#beat.soon(0)
  }

  /** Sends a heartbeat: at once because of a policy or a broken connection, or soon because a share is missing. */
  soon(what: 'policy' | 'broken' | 'share'): void {
    const gatewayCount = 1 / this.#parts.tenants.shares.defaultShare
    this.#beat.soon(what === 'share' ? Math.max(shareGapMs, Math.min(1_000, gatewayCount * shareGapMsPerGateway)) : 0)
  }

  /** Sends a last heartbeat with `leaving`, so that the other gateways get our shares at once. */
  async stop(): Promise<void> {
    const { log } = this.#parts
    await this.#beat.stop()
    // Save first: the next start needs the shares for our traffic, not those that the answer gives to an idle gateway.
    await this.#saveShares()
    try {
      await this.#post({ ...this.#body(), tenants: {}, leaving: true })
    } catch (cause) {
      log.warn({ err: cause }, 'the last heartbeat failed')
    }
  }

  /** One heartbeat. @returns milliseconds until the next. */
  async send(): Promise<number> {
    const { clock, log, policy, tenants, uses } = this.#parts
    const body = this.#body()
    try {
      const answer = await this.#post(body)
      if (this.#failures > 0) log.info({ failures: this.#failures }, 'the control plane answers again')
      this.#failures = 0
      uses.reported(body.readerUses ?? [], clock.epochMs())
      tenants.applyShares(answer, body.tenants, clock.monotonicMs())
      policy.hint(answer.policyVersionHint)
      if (clock.monotonicMs() - this.#sharesSavedAtMs > saveSharesGapMs) await this.#saveShares()
      return answer.nextHeartbeatMs
    } catch (cause) {
      tenants.applyShares(null, body.tenants, clock.monotonicMs())
      if (this.#failures++ === 0) log.warn({ err: cause }, 'a heartbeat failed; the last shares stay in force')
      return Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(this.#failures - 1, 8)) * (0.5 + Math.random() / 2)
    } finally {
      this.tried = true
    }
  }

  async #post(body: Heartbeat): Promise<HeartbeatAnswer> {
    const { controlPlaneUrl, connection } = this.#parts
    const reply = await request(new URL('/v1/gateways/heartbeat', controlPlaneUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      dispatcher: connection.dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await reply.body.text()
    if (reply.statusCode !== 200)
      throw new Error(`the control plane answered ${reply.statusCode}: ${text.slice(0, 200)}`)
    return heartbeatAnswer.parse(JSON.parse(text))
  }

  #body(): Heartbeat {
    const { about, clock, policy, tenants, uses } = this.#parts
    const nowMs = clock.monotonicMs()
    const { user, system } = process.cpuUsage(this.#cpu)
    const elapsedMs = Math.max(1, nowMs - this.#cpuAtMs)
    this.#cpu = process.cpuUsage()
    this.#cpuAtMs = nowMs
    return {
      ...about,
      applied: policy.applied,
      refused: policy.refused,
      unsaved: policy.unsaved,
      cpuRatio: (user + system) / 1_000 / elapsedMs,
      memoryBytes: process.memoryUsage.rss(),
      tenants: tenants.figures(nowMs),
      refusalCauses: tenants.refusalCauses(nowMs, clock.epochMs()),
      readerUses: uses.due(),
    }
  }

  async #saveShares(): Promise<void> {
    const { clock, log, store, tenants } = this.#parts
    this.#sharesSavedAtMs = clock.monotonicMs()
    try {
      await store.saveShares(tenants.shares)
    } catch (cause) {
      log.error({ err: cause }, 'the shares cannot be saved')
    }
  }
}
