import { setTimeout as sleep } from 'node:timers/promises'
import { AwsRefused, AwsUnavailable, type MetricsQuery } from '@tickwatch/aws'
import type { FastifyBaseLogger } from 'fastify'
import { FairSlots, NoSlotInTime } from './fairSlots.ts'

/** AMP's answer, or a sentence that says why there is none: a page shows the rest without it. */
export type Answer<T> = { value: T; missing: null } | { value: null; missing: string }

/**
 * Queries that all pages may have at AMP at the same time, and how long one waits before it counts as missing. The
 * gateways' `AMP_CONCURRENT_QUERIES` leaves this many of those that AMP runs.
 */
const queriesMax = 6
const queryWaitMs = 8_000

/** The slots that all pages share for their queries at AMP. */
export const createQuerySlots = () => new FairSlots(queriesMax, queryWaitMs, (cause) => cause instanceof AwsUnavailable)

/** AMP for one tenant, or for others who share a turn, in its turn. */
export const inTurn = (slots: FairSlots, key: string, storage: MetricsQuery): MetricsQuery => ({
  instant: (...query) => slots.run(key, () => storage.instant(...query)),
  range: (...query) => slots.run(key, () => storage.range(...query)),
})

/**
 * Why AMP's answer is missing, in a sentence that `what` begins, such as `History is missing`. Null if the fault is ours.
 */
export function whyMissing(what: string, err: unknown): string | null {
  if (err instanceof NoSlotInTime) return `${what}: too much of it is being read at the same time. Try again.`
  if (err instanceof AwsUnavailable) return `${what}: the metrics store does not answer right now.`
  // Such as 422 for PromQL that it does not know, or 403 for a right that the API's role lacks.
  if (err instanceof AwsRefused) return `${what}: the metrics store refused the query with ${err.code}.`
  return null
}

/** Asks the storage, and says in words what is missing if it does not answer. */
export type Ask = <T>(question: () => Promise<T>) => Promise<Answer<T>>

/**
 * Asks AMP for something that a page can do without.
 * @param what begins the sentence: `History is missing`
 */
export const createAsk =
  (what: string, log: Pick<FastifyBaseLogger, 'warn'>): Ask =>
  async (question) => {
    try {
      return { value: await question(), missing: null }
    } catch (err) {
      const missing = whyMissing(what, err)
      if (missing === null) throw err
      if (!(err instanceof NoSlotInTime)) log.warn({ err }, 'AMP did not answer')
      return { value: null, missing }
    }
  }

/** After a start nothing is remembered, and reading all that a page of SLOs needs can take long. */
const firstWaitMs = 3_000
const stillReading = {
  value: null,
  missing: 'Figures are still being read, after a start for some seconds. The page asks again.',
}
/** The answer, or that it is still being read. */
export const soonRead = <T>(next: Promise<Answer<T>>): Promise<Answer<T>> =>
  Promise.race([next, sleep(firstWaitMs, stillReading, { ref: false })])
