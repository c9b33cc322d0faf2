import type { Logger } from 'pino'
import { EnvoyEdge } from './envoy.ts'
import { ProbeMetrics } from './metrics.ts'
import { Prober } from './prober.ts'
import type { Settings } from './settings.ts'
import { Targets } from './targets.ts'

const refreshMs = 10_000

/** Asks whom to probe, probes, and measures. The service and the Lambda function run it. */
export class Probe {
  readonly metrics = new ProbeMetrics()
  readonly #targets: Targets
  readonly #edge: EnvoyEdge
  readonly #prober: Prober
  #timer: NodeJS.Timeout | null = null

  constructor(settings: Settings, log: Logger) {
    this.#targets = new Targets(settings, log)
    this.#edge = new EnvoyEdge(settings)
    this.#prober = new Prober(this.#edge, this.metrics, log)
  }

  /** Whether it knows whom to probe. */
  get isReady(): boolean {
    return this.#targets.current !== null
  }

  /** Probes until {@link pause}. */
  async run(): Promise<void> {
    this.#timer ??= setInterval(() => void this.#refresh(), refreshMs)
    this.#aim()
    this.#prober.start()
    await this.#refresh()
  }

  /** Starts no more probes, and waits for those that run, for at most 10 s. */
  async pause(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    await this.#prober.stop()
  }

  async stop(): Promise<void> {
    await this.pause()
    await Promise.all([this.#edge.close(), this.#targets.close()])
  }

  async #refresh(): Promise<void> {
    await this.#targets.refresh()
    this.#aim()
  }

  #aim(): void {
    if (this.#targets.current) this.#prober.aim(this.#targets.current)
  }
}
