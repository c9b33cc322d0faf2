import { setTimeout as sleep } from 'node:timers/promises'
import { type RemoteWriteVersion, remoteWriteHeaders } from '@tickwatch/remote-write'
import type { Dispatcher, Pool } from 'undici'
import type { Batch } from './encoder.ts'

/** How a producer's writing goes. */
export type SenderState = 'writing' | 'refused' | 'failing'

export type ProducerStats = {
  /** Samples that were taken. */
  accepted: number
  /** Requests answered 429. */
  refused429: number
  /** Samples in those requests; a batch that is refused three times counts three times. */
  refusedSamples: number
  /** Samples given up: too old, or no room left to keep them. */
  dropped: number
  /** Samples of requests answered with another 4xx, which a sender must not repeat. */
  rejected: number
  /** Of the newest 429 or 503. */
  lastRetryAfterSeconds: number | null
}

/** A game server keeps so little: old figures are worth less than room for new ones. */
const batchAgeMaxSeconds = 15
const queueMax = 30
const backoffMinMs = 100
const backoffMaxMs = 5_000
const retryAfterMaxSeconds = 60

/**
 * Writes batches in their order, one at a time, as the remote write specification wants of a sender: 429 and 5xx are
 * tried again after Retry-After, else with growing pauses; any other 4xx never.
 * https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#retries--backoff
 */
export class Sender {
  private readonly pool: Pool
  private readonly request: Dispatcher.RequestOptions
  private readonly stats: ProducerStats
  private readonly onState: (state: SenderState, why: string) => void
  private readonly stopping = new AbortController()
  private readonly queue: Batch[] = []
  private draining: Promise<void> | null = null
  private failures = 0

  constructor(options: {
    pool: Pool
    path: string
    version: RemoteWriteVersion
    /** Shared with the other senders of the producer. */
    stats: ProducerStats
    onState(state: SenderState, why: string): void
  }) {
    this.pool = options.pool
    this.stats = options.stats
    this.onState = options.onState
    this.request = {
      method: 'POST',
      path: options.path,
      headers: {
        ...remoteWriteHeaders[options.version],
        'content-encoding': 'snappy',
        'user-agent': 'tickwatch-producer',
      },
    }
  }

  /** Queues a batch; the oldest gives way when the queue is full. */
  offer(batch: Batch): void {
    if (this.stopping.signal.aborted) return
    this.queue.push(batch)
    if (this.queue.length > queueMax) this.stats.dropped += this.queue.shift()?.samples ?? 0
    this.draining ??= this.drain().finally(() => {
      this.draining = null
    })
  }

  /** Ends at once; what waits is not sent. */
  async stop(): Promise<void> {
    this.stopping.abort()
    await this.draining
  }

  private async drain(): Promise<void> {
    for (let batch = this.queue.shift(); batch; batch = this.queue.shift()) await this.deliver(batch)
  }

  private async deliver(batch: Batch): Promise<void> {
    while (!this.stopping.signal.aborted) {
      if (Date.now() - batch.measuredMs > batchAgeMaxSeconds * 1_000) {
        this.stats.dropped += batch.samples
        return
      }
      const pauseMs = await this.send(batch)
      if (pauseMs === null) {
        this.failures = 0
        return
      }
      await sleep(pauseMs, undefined, { signal: this.stopping.signal }).catch(ignoreAbort)
    }
  }

  /** @returns how long to wait before the batch is sent again; null when it is done with. */
  private async send(batch: Batch): Promise<number | null> {
    let response: Dispatcher.ResponseData
    let text: string
    try {
      response = await this.pool.request({
        ...this.request,
        body: batch.body,
        signal: this.stopping.signal,
      })
      text = await response.body.text()
    } catch (error) {
      if (this.stopping.signal.aborted) return 0
      return this.pauseAfterFailure(null, error instanceof Error ? error.message : String(error))
    }
    const { statusCode } = response
    if (statusCode < 300) {
      this.stats.accepted += batch.samples
      this.onState('writing', `${statusCode}`)
      return null
    }
    const retryAfterSeconds = retryAfter(response.headers['retry-after'])
    const why = `${statusCode}${retryAfterSeconds === null ? '' : `, Retry-After ${retryAfterSeconds} s`}${firstLine(text)}`
    if (statusCode === 429) {
      this.stats.refused429++
      this.stats.refusedSamples += batch.samples
      this.stats.lastRetryAfterSeconds = retryAfterSeconds
      this.onState('refused', why)
      return this.pause(retryAfterSeconds)
    }
    if (statusCode >= 500) {
      if (retryAfterSeconds !== null) this.stats.lastRetryAfterSeconds = retryAfterSeconds
      return this.pauseAfterFailure(retryAfterSeconds, why)
    }
    this.stats.rejected += batch.samples
    this.onState('failing', why)
    return null
  }

  private pauseAfterFailure(retryAfterSeconds: number | null, why: string): number {
    this.onState('failing', why)
    return this.pause(retryAfterSeconds)
  }

  /** What the server asked for, spread a little so that senders don't come back all at once; else growing pauses. */
  private pause(retryAfterSeconds: number | null): number {
    const asked = retryAfterSeconds === null ? backoffMinMs * 2 ** this.failures++ : retryAfterSeconds * 1_000
    return (
      Math.min(asked, retryAfterSeconds === null ? backoffMaxMs : retryAfterMaxSeconds * 1_000) + Math.random() * 100
    )
  }
}

/** Only whole seconds; the date form of Retry-After is not one that our gateways send. */
function retryAfter(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : null
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? ''
  return line === '' ? '' : `: ${line.slice(0, 200)}`
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
