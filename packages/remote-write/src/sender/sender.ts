import { setTimeout as sleep } from 'node:timers/promises'
import type { Dispatcher, Pool } from 'undici'
import { type RemoteWriteVersion, remoteWriteHeaders } from '../version.ts'
import type { Batch } from './encoder.ts'

/** The result of the latest write. */
export type SenderState = 'writing' | 'refused' | 'failing'

export type SenderStats = {
  /** Samples that were accepted. */
  accepted: number
  /** Requests answered 429. */
  refused429: number
  /** Samples in requests answered 429; a batch that is refused three times counts three times. */
  refusedSamples: number
  /** Samples that were not sent, because they were too old or the queue was full. */
  dropped: number
  /** Samples in requests answered with another 4xx, which a sender must not retry. */
  rejected: number
  /** The Retry-After of the newest 429 or 5xx. */
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
  /** How many batches may wait. If there are more, the oldest one is dropped. */
  queueMax: number
  /** A batch is dropped if its samples are older. */
  batchAgeMaxSeconds: number
  /** Several senders may share it. */
  stats: SenderStats
  /** Called after each answer, with the answer as the reason. */
  onState(state: SenderState, why: string): void
}

const backoffMinMs = 100
const backoffMaxMs = 5_000
const retryAfterMaxSeconds = 60

/**
 * Writes batches in order, one at a time, as the remote write specification requires: it retries 429 and 5xx after
 * Retry-After, or without that with growing pauses, and never retries another 4xx.
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

  /** Queues a batch. If the queue is full, drops the oldest one. */
  offer(batch: Batch): void {
    if (this.stopping.signal.aborted) return
    this.queue.push(batch)
    if (this.queue.length > this.options.queueMax) this.options.stats.dropped += this.queue.shift()?.samples ?? 0
    this.draining ??= this.drain().finally(() => {
      this.draining = null
    })
  }

  /** Resolves when nothing is queued or under way. */
  async drained(): Promise<void> {
    await this.draining
  }

  /** Stops at once, without sending what is in the queue. */
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

  /** @returns how long to wait before a retry, in milliseconds; null if the batch needs no retry. */
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

  /** Retry-After, or growing pauses without it, plus a random part so that senders do not all retry at once. */
  private pause(retryAfterSeconds: number | null): number {
    const asked = retryAfterSeconds === null ? backoffMinMs * 2 ** this.failures++ : retryAfterSeconds * 1_000
    return (
      Math.min(asked, retryAfterSeconds === null ? backoffMaxMs : retryAfterMaxSeconds * 1_000) + Math.random() * 100
    )
  }
}

/** Reads only whole seconds: our gateways do not send Retry-After as a date. */
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
