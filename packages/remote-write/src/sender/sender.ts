import { setTimeout as sleep } from 'node:timers/promises'
import type { Dispatcher, Pool } from 'undici'
import { type RemoteWriteVersion, remoteWriteHeaders } from '../version.ts'
import type { Batch } from './encoder.ts'

/** How the writing goes. */
export type SenderState = 'writing' | 'refused' | 'failing'

export type SenderStats = {
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

export const newSenderStats = (): SenderStats => ({
  accepted: 0,
  refused429: 0,
  refusedSamples: 0,
  dropped: 0,
  rejected: 0,
  lastRetryAfterSeconds: null,
})

export type SenderOptions = {
  pool: Pool
  path: string
  version: RemoteWriteVersion
  userAgent: string
  /** Most batches that wait; beyond it the oldest gives way. */
  queueMax: number
  /** A batch is given up when its samples are older. */
  batchAgeMaxSeconds: number
  /** Several senders may count in the same one. */
  stats: SenderStats
  /** Called after each answer, with the answer as the reason. */
  onState(state: SenderState, why: string): void
}

const backoffMinMs = 100
const backoffMaxMs = 5_000
const retryAfterMaxSeconds = 60

/**
 * Writes batches in their order, one at a time, as the remote write specification wants of a sender: 429 and 5xx are
 * tried again after Retry-After, else with growing pauses; any other 4xx never.
 * https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#retries--backoff
 */
export class Sender {
  private readonly options: SenderOptions
  private readonly request: Dispatcher.RequestOptions
  private readonly stopping = new AbortController()
  private readonly queue: Batch[] = []
  private draining: Promise<void> | null = null
  private failures = 0

  constructor(options: SenderOptions) {
    this.options = options
    this.request = {
      method: 'POST',
      path: options.path,
      headers: {
        ...remoteWriteHeaders[options.version],
        'content-encoding': 'snappy',
        'user-agent': options.userAgent,
      },
    }
  }

  /** Queues a batch; the oldest gives way when the queue is full. */
  offer(batch: Batch): void {
    if (this.stopping.signal.aborted) return
    this.queue.push(batch)
    if (this.queue.length > this.options.queueMax) this.options.stats.dropped += this.queue.shift()?.samples ?? 0
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
      if (Date.now() - batch.measuredMs > this.options.batchAgeMaxSeconds * 1_000) {
        this.options.stats.dropped += batch.samples
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
    const { pool, stats, onState } = this.options
    let response: Dispatcher.ResponseData
    let text: string
    try {
      response = await pool.request({
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
      stats.accepted += batch.samples
      onState('writing', `${statusCode}`)
      return null
    }
    const retryAfterSeconds = retryAfter(response.headers['retry-after'])
    const why = `${statusCode}${retryAfterSeconds === null ? '' : `, Retry-After ${retryAfterSeconds} s`}${firstLine(text)}`
    if (statusCode === 429) {
      stats.refused429++
      stats.refusedSamples += batch.samples
      stats.lastRetryAfterSeconds = retryAfterSeconds
      onState('refused', why)
      return this.pause(retryAfterSeconds)
    }
    if (statusCode >= 500) {
      if (retryAfterSeconds !== null) stats.lastRetryAfterSeconds = retryAfterSeconds
      return this.pauseAfterFailure(retryAfterSeconds, why)
    }
    stats.rejected += batch.samples
    onState('failing', why)
    return null
  }

  private pauseAfterFailure(retryAfterSeconds: number | null, why: string): number {
    this.options.onState('failing', why)
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
