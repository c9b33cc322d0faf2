import { AwsRefused, AwsUnavailable, type MetricsQuery, type Series } from '@tickwatch/aws'
import { type Database, type StoredSlo, sloRecounts, slos } from '@tickwatch/db'
import { countQuery, platformTenant, settledUntil, stepEndOf } from '@tickwatch/slo'
import type { Logger } from 'pino'
import { type FairSlots, NoSlotInTime } from '../../shared/fairSlots.ts'
import { inTurn } from '../../shared/storageAnswers.ts'
import type { Lease } from '../../workers/lease.ts'
import { ofSlo, samplesQuery, writtenBy } from './slo.queries.ts'
import { recountsOf } from './slo.recounts.ts'
import { stepsByGroup } from './slo.samples.ts'
import { blockSizes } from './slo.tallies.ts'

/** AMP evaluates the rules of a new version some seconds after it was saved. Before that, it counted as the one before. */
const rulesTakeSeconds = 300
/** An hour of so many groups is counted at once; of more, a part of it, because the storage has some seconds for a query. */
const groupStepsMax = 2_000

const turn = 'recounts of SLOs'

/**
 * Counts the steps of SLOs a second time, an hour later, when AMP accepts no more samples of them, and stores what differs.
 * It asks the rule's own query. The caller holds the lease `slo-recount`.
 */
export function createRecounter(parts: {
  db: Database
  storage: MetricsQuery
  slots: FairSlots
  stepSeconds: number
  ending: AbortSignal
  log: Logger
}) {
  const { db, stepSeconds, log } = parts
  const amp = inTurn(parts.slots, turn, parts.storage)
  const { small: hour } = blockSizes(stepSeconds)

  /** @param from the first step ends after it; like `to`, a multiple of the step */
  async function changesOf(slo: StoredSlo, from: number, to: number) {
    const answer = await amp.instant(samplesQuery(ofSlo(slo.id), to - from), writtenBy(to, stepSeconds))
    const recorded = stepsByGroup(answer, (writtenAt) => stepEndOf(writtenAt, stepSeconds))
    const query = countQuery(slo.definition, platformTenant, stepSeconds)
    const partSeconds = Math.max(1, Math.floor(groupStepsMax / Math.max(1, recorded.size))) * stepSeconds
    const counted: Series[] = []
    for (let start = from; start < to; start += partSeconds) {
      const end = Math.min(to, start + partSeconds)
      counted.push(...(await amp.range(query, start + stepSeconds, end, stepSeconds)))
    }
    return recountsOf(
      slo.id,
      recorded,
      stepsByGroup(counted, (endSeconds) => endSeconds),
    )
  }

  return {
    /** Counts the next hour of each SLO that has one. @param nowSeconds for tests */
    async settle(lease: Lease, nowSeconds = Date.now() / 1_000): Promise<void> {
      const until = Math.floor(settledUntil(nowSeconds, stepSeconds) / hour) * hour
      const [{ slos: all }, settled] = await db.worker(
        async (tx) => [await slos.current(tx), await sloRecounts.settledUntil(tx)] as const,
      )
      for (const slo of all) {
        const start = settled.get(slo.id) ?? until - hour
        if (start >= until) continue
        if (parts.ending.aborted) return
        lease.check()
        const since = slo.savedAt.getTime() / 1_000 + rulesTakeSeconds
        const from = Math.max(start, Math.ceil(since / stepSeconds) * stepSeconds)
        const to = start + hour
        try {
          const changes = from < to ? await changesOf(slo, from, to) : []
          await lease.write((tx) => sloRecounts.settle(tx, slo.id, to, changes))
        } catch (err) {
          if (err instanceof AwsRefused || err instanceof AwsUnavailable || err instanceof NoSlotInTime)
            log.warn({ err, slo: slo.id }, 'the steps of an SLO are not counted again yet')
          else throw err
        }
      }
    },
  }
}
