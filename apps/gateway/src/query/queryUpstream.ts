import type { ServerResponse } from 'node:http'
import { AwsUnavailable, type MetricsReader, type ReaderAnswer } from '@tickwatch/aws'
import type { Logger } from 'pino'
import { CallerGone } from '../server/requestBody.ts'
import { ownFaults, retryAfterSeconds } from '../write/forward.ts'
import type { QueryPlan } from './queryPlan.ts'
import { storageAway, timedOut, tooManySamples } from './queryRefused.ts'

/** AMP stops a query at its `timeout` and answers so. The gateway waits this much longer for that answer. */
const graceMs = 1_000
/** Time to pass the answer on to a slow reader. */
const passingOnMs = 60_000

/** Asks AMP, and decides which of its answers readers may see. */
export class QueryUpstream {
  readonly #reader: MetricsReader
  readonly #log: Logger
  /** Why AMP did not answer the last query. Only a change is logged, not every query while AMP is away. */
  #fault: string | null = null

  constructor(reader: MetricsReader, log: Logger) {
    this.#reader = reader
    this.#log = log
  }

  /**
   * @param response to the reader. When it closes, the query at AMP is cancelled.
   * @returns an answer to pass on unchanged.
   * @throws QueryRefused, CallerGone
   */
  async ask(
    { request, timeoutSeconds }: QueryPlan,
    samplesMax: number,
    response: ServerResponse,
  ): Promise<ReaderAnswer> {
    const ending = new AbortController()
    let deadline = setTimeout(() => ending.abort(), timeoutSeconds * 1_000 + graceMs)
    response.once('close', () => {
      clearTimeout(deadline)
      ending.abort()
    })
    try {
      const answer = await this.#reader.read(request, ending.signal)
      return this.#judge(answer, timeoutSeconds, samplesMax)
    } catch (cause) {
      if (!(cause instanceof AwsUnavailable)) throw cause
      if (response.closed) throw new CallerGone('the reader went away', { cause })
      if (ending.signal.aborted) throw timedOut(timeoutSeconds)
      this.#note(cause.message)
      throw storageAway(retryAfterSeconds)
    } finally {
      clearTimeout(deadline)
      if (!response.closed) deadline = setTimeout(() => ending.abort(), passingOnMs)
    }
  }

  #judge(answer: ReaderAnswer, timeoutSeconds: number, samplesMax: number): ReaderAnswer {
    const { status, body } = answer
    const isReaders = status < 300 || (status >= 400 && status < 500 && !ownFaults.has(status))
    if (!isReaders) {
      if (isTimeout(body)) throw timedOut(timeoutSeconds)
      this.#note(`AMP answered ${status}`)
      throw storageAway(answer.retryAfterSeconds ?? retryAfterSeconds)
    }
    this.#note(null)
    // AMP documents the refusal, but not its message. Prometheus says "too many samples" for its own limit.
    if (status === 422 && typeof body === 'string' && /samples/i.test(body)) {
      throw tooManySamples(wordsOf(body), samplesMax)
    }
    return status === 429 ? { ...answer, retryAfterSeconds: answer.retryAfterSeconds ?? retryAfterSeconds } : answer
  }

  #note(fault: string | null): void {
    if (fault && fault !== this.#fault) this.#log.warn({ fault }, 'AMP does not answer a query')
    if (!fault && this.#fault) this.#log.info('AMP answers queries again')
    this.#fault = fault
  }
}

/** Prometheus' 503 for a query that reached its own timeout or the server's. */
const isTimeout = (body: ReaderAnswer['body']) => typeof body === 'string' && /"errorType":\s*"timeout"/.test(body)

function wordsOf(body: string): string {
  return /"error":\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? body
}
