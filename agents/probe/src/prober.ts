import { setTimeout as sleep } from 'node:timers/promises'
import type { ProbeTargets } from '@tickwatch/policy'
import type { Logger } from 'pino'
import type { Edge } from './attempt.ts'
import type { ProbeMetrics } from './metrics.ts'
import { type Outcome, probeTenant, type Result, type Time } from './probeTenant.ts'
import { Schedule } from './schedule.ts'

/** How often each tenant is probed. A probe gives up before that. */
export const intervalMs = 10_000
/** Probes start this often, so that no more than a few start at the same time. */
const tickMs = 20

const systemTime: Time = {
  epochMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms) => sleep(ms),
}

/** Probes all tenants, each once in an interval. */
export class Prober {
  readonly #edge: Edge
  readonly #metrics: ProbeMetrics
  readonly #log: Logger
  #targets: ProbeTargets = { tenants: [], gateways: [] }
  #schedule = new Schedule(0, intervalMs)
  #scheduledAtMs = 0
  /** Random, so that a probe which starts again every minute, as in Lambda, gets to each gateway. */
  #firstGateway = 0
  #timer: NodeJS.Timeout | null = null
  /** By tenant. */
  readonly #running = new Map<string, Promise<void>>()
  readonly #lastResults = new Map<string, Result>()

  constructor(edge: Edge, metrics: ProbeMetrics, log: Logger) {
    this.#edge = edge
    this.#metrics = metrics
    this.#log = log
  }

  /** Probes these from now on. */
  aim(targets: ProbeTargets): void {
    if (JSON.stringify(targets) === JSON.stringify(this.#targets)) return
    this.#targets = targets
    this.#metrics.follow(targets.tenants, targets.gateways)
    for (const tenantId of this.#lastResults.keys()) {
      if (!targets.tenants.includes(tenantId)) this.#lastResults.delete(tenantId)
    }
    this.#reschedule()
  }

  start(): void {
    if (this.#timer) return
    this.#reschedule()
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  /** Starts no more probes, and waits for those that run, for at most 10 s. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    await Promise.all(this.#running.values())
  }

  #reschedule(): void {
    const { tenants, gateways } = this.#targets
    // Without a gateway there is nothing to write to.
    this.#schedule = new Schedule(gateways.length === 0 ? 0 : tenants.length, intervalMs)
    this.#scheduledAtMs = performance.now()
    this.#firstGateway = Math.floor(Math.random() * gateways.length)
  }

  #tick(): void {
    const { tenants, gateways } = this.#targets
    for (const turn of this.#schedule.due(performance.now() - this.#scheduledAtMs)) {
      const tenantId = tenants[turn.tenant] as string
      // Only after new targets: else its last probe has given up before.
      if (this.#running.has(tenantId)) continue
      const run = probeTenant(this.#edge, tenantId, gateways, this.#firstGateway + turn.gateway, systemTime)
        .then((outcome) => this.#conclude(tenantId, outcome))
        .finally(() => this.#running.delete(tenantId))
      this.#running.set(tenantId, run)
    }
  }

  #conclude(tenantId: string, outcome: Outcome): void {
    this.#metrics.record(tenantId, outcome)
    const { result, gateway, why } = outcome
    const before = this.#lastResults.get(tenantId) ?? 'read'
    this.#lastResults.set(tenantId, result)
    if (result === before) return
    if (result === 'read') this.#log.info({ tenantId, gateway }, 'a sample of the tenant can be read again')
    else this.#log.warn({ tenantId, gateway, result, why }, 'a sample of the tenant was not read back')
  }
}
