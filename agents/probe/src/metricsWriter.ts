import { randomUUID } from 'node:crypto'
import type { MetricFamily } from '@tickwatch/remote-write/exposition'
import { createEncoder, newSenderStats, Sender } from '@tickwatch/remote-write/sender'
import type { Logger } from 'pino'
import { Pool } from 'undici'
import type { Identity } from './settings.ts'

/** As old as AMP accepts. */
const batchAgeMaxSeconds = 3_600
/** An hour of batches, one every 10 s. */
const queueMax = 360

/**
 * Writes metrics through Envoy, as a writer of the platform's own tenant, for a probe that nothing scrapes. While Envoy is
 * away it keeps them.
 */
export class MetricsWriter {
  readonly #pool: Pool
  readonly #sender: Sender
  /** Counters of each process are series of their own. */
  readonly #own = ['instance', randomUUID(), 'job', 'probe']

  constructor(writersUrl: string, identity: Identity, log: Logger) {
    this.#pool = new Pool(new URL(writersUrl).origin, { connections: 1, connect: { ...identity, timeout: 3_000 } })
    let last = ''
    this.#sender = new Sender({
      pool: this.#pool,
      path: '/api/v1/write',
      version: 1,
      userAgent: 'tickwatch-probe',
      queueMax,
      batchAgeMaxSeconds,
      stats: newSenderStats(),
      onState: (state, why) => {
        if (state !== last) log[state === 'writing' ? 'info' : 'warn']({ state, why }, 'writes its metrics')
        last = state
      },
    })
  }

  offer(families: readonly MetricFamily[], nowMs: number): void {
    const encoder = createEncoder<string>(1, {})
    this.#sender.offer(
      encoder.measurements(nowMs, (sink) => {
        for (const { name, metrics } of families) {
          for (const { labels, value } of metrics) {
            const sorted = sortedLabels(['__name__', name, ...labels, ...this.#own])
            if (typeof value === 'number') sink.value(name, sorted, value)
            else sink.histogram(name, sorted, value, null)
          }
        }
      }),
    )
  }

  /** Resolves when everything is sent. */
  drained(): Promise<void> {
    return this.#sender.drained()
  }

  async stop(): Promise<void> {
    await this.#sender.stop()
    await this.#pool.destroy()
  }
}

function sortedLabels(labels: readonly string[]): string[] {
  const pairs = Array.from({ length: labels.length / 2 }, (_, i) => labels.slice(2 * i, 2 * i + 2))
  return pairs.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)).flat()
}
