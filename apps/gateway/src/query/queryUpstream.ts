import { AwsUnavailable, type MetricsReader, type ReaderAnswer } from '@tickwatch/aws'
import type { Logger } from 'pino'
import { CallerGone } from '../server/requestBody.ts'
import { ownFaults, retryAfterSeconds } from '../write/forward.ts'
import type { QueryPlan } from './queryPlan.ts'
import { storageAway, timedOut, tooManySamples } from './queryRefused.ts'
import type { QuerySlot } from './querySlots.ts'

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
   * Asks AMP, and keeps the query's slot until AMP has answered, even if nobody waits for the answer any more. Closing
   * the connection would only ask Prometheus to stop: it looks for that between two expressions, and one expression over
   * many series takes minutes. Nobody would know when the query is over. AMP ends it at its `timeout`.
   * @param gone aborts when the reader went away or has its whole answer
   * @returns an answer to pass on unchanged.
   * @throws QueryRefused, CallerGone
   */
  async ask(
    { request, timeoutSeconds }: QueryPlan,
    samplesMax: number,
    gone: AbortSignal,
    slot: QuerySlot,
  ): Promise<ReaderAnswer> {
    const ending = new AbortController()
    const letGo = slot.hold()
    const asking = this.#reader.read(request, ending.signal).finally(letGo)
    const givenUp = Promise.withResolvers<'timeout' | 'gone'>()
    const deadline = setTimeout(() => givenUp.resolve('timeout'), timeoutSeconds * 1_000 + graceMs)
    gone.addEventListener('abort', () => givenUp.resolve('gone'))
    try {
      const first = await Promise.race([asking, givenUp.promise])
      if (typeof first === 'string') {
        // Without a reader, only the time of the answer is of interest.
        asking.then(
          () => ending.abort(),
          () => {},
        )
        throw first === 'gone' ? new CallerGone('the reader went away') : timedOut(timeoutSeconds)
      }
      const passingOn = setTimeout(() => ending.abort(), passingOnMs)
      gone.addEventListener('abort', () => {
        clearTimeout(passingOn)
        ending.abort()
      })
      return this.#judge(first, timeoutSeconds, samplesMax)
    } catch (cause) {
      if (!(cause instanceof AwsUnavailable)) throw cause
      this.#note(cause.message)
      throw storageAway(retryAfterSeconds)
    } finally {
      clearTimeout(deadline)
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
