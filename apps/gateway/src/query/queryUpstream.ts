import type { ServerResponse } from 'node:http'
import { AwsUnavailable, type MetricsReader, type ReaderAnswer } from '@tickwatch/aws'
import type { Logger } from 'pino'
import { SenderGone } from '../server/requestBody.ts'
import { ownFaults, retryAfterSeconds } from '../write/forward.ts'
import type { QueryPlan } from './queryPlan.ts'
import { storageAway, timedOut, tooManySamples } from './queryRefused.ts'

/** AMP stops a query at its `timeout` itself, and says so; this much later nobody waits for it to say so. */
const graceMs = 1_000
/** For what the answer takes to whoever reads it slowly. */
const passingOnMs = 60_000

/** Asks AMP, and knows what of its answers is for readers. */
export class QueryUpstream {
  readonly #reader: MetricsReader
  readonly #log: Logger
  /** Why AMP did not answer the last query: the log tells of changes, not of every query while AMP is away. */
  #fault: string | null = null

  constructor(reader: MetricsReader, log: Logger) {
    this.#reader = reader
    this.#log = log
  }

  /**
   * @param response to whoever asked: when it closes, AMP need not go on.
   * @returns an answer to pass on as it is.
   * @throws QueryRefused, SenderGone
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
      if (response.closed) throw new SenderGone('who asked went away', { cause })
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
      if (saysTimeout(body)) throw timedOut(timeoutSeconds)
      this.#note(`AMP answered ${status}`)
      throw storageAway(answer.retryAfterSeconds ?? retryAfterSeconds)
    }
    this.#note(null)
    // AMP documents that it refuses the query, not in which words; Prometheus' own limit of samples says "too many samples".
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

/** Prometheus' 503 for a query that ran into its timeout, or into the timeout of the server. */
const saysTimeout = (body: ReaderAnswer['body']) => typeof body === 'string' && /"errorType":\s*"timeout"/.test(body)

function wordsOf(body: string): string {
  return /"error":\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? body
}
