import type { MetricsQuery } from '@tickwatch/aws'
import type { SloRecount, StoredSlo } from '@tickwatch/db'
import { builtInDefinitions } from '@tickwatch/slo'
import type { FastifyBaseLogger } from 'fastify'
import { createCache } from '../../shared/cached.ts'
import type { FairSlots } from '../../shared/fairSlots.ts'
import { createAsk, inTurn, soonRead } from '../../shared/storageAnswers.ts'
import { newestStep } from '../slo/slo.queries.ts'
import type { SloReads } from '../slo/slo.reads.ts'
import { maySeeSlo } from '../slo/slo.visible.ts'
import { countsOf, createDays, type Day } from './status.days.ts'
import { dayOf, stateOf } from './status.rules.ts'
import type { StatusDay, StatusView } from './status.types.ts'

export type StatusService = {
  /**
   * @param asked whether the reader may see names of tenants, and whether Postgres did not answer the same request
   */
  read(asked: { showsTenants: boolean; rolesUnknown: boolean }): Promise<StatusView>
}

const builtIn = builtInDefinitions.map(({ id }) => id)
const anyone = { isPlatform: false, tenantIds: new Set<string>() }
/** No tenant has this name. */
const turn = 'the status page'
/** The days are read once for all who look within this time. */
const daysKeptMs = 30_000

/** What anyone may see of the SLOs that are built in. A title or an id of them could name a tenant only if a person wrote that. */
export function createStatusService({
  storage,
  slots,
  reads,
  stepSeconds,
  log,
}: {
  storage: MetricsQuery
  slots: FairSlots
  reads: Pick<SloReads, 'overview'>
  stepSeconds: number
  log: Pick<FastifyBaseLogger, 'warn'>
}): StatusService {
  const readDays = createDays(inTurn(slots, turn, storage), builtIn, stepSeconds)
  const ask = createAsk('The days are missing', log)
  const newest = createCache<Day[]>(daysKeptMs, 1)

  return {
    async read({ showsTenants, rolesUnknown }) {
      const asOf = newestStep(Date.now() / 1_000, stepSeconds)
      const [{ slos, budgets, firing, changes, about }, past] = await Promise.all([
        reads.overview({ ...anyone, rolesUnknown }),
        soonRead(ask(() => newest.get('', () => readDays(asOf)))),
      ])
      const shown = builtIn.flatMap(
        (id) => slos.find((slo) => slo.id === id && maySeeSlo(anyone, slo.definition)) ?? [],
      )
      return {
        slos: shown.map((slo) => {
          const own = firing?.filter(({ sloId }) => sloId === slo.id) ?? null
          const { tenants, ...state } = stateOf(budgets?.get(slo.id)?.together, own)
          return {
            ...{ sloId: slo.id, title: slo.definition.title, ...state },
            tenants: showsTenants ? tenants : null,
            days: past.value && daysOf(past.value, slo, changes, stepSeconds),
          }
        }),
        ...about,
        missing: about.missing ?? past.missing,
      }
    },
  }
}

const daysOf = (
  days: readonly Day[],
  { id, definition }: StoredSlo,
  changes: readonly SloRecount[],
  stepSeconds: number,
): StatusDay[] =>
  days.map((day) => {
    const stepsSoFar = (day.endSeconds - day.startSeconds) / stepSeconds
    return dayOf(day.startSeconds, countsOf(day, id, changes), definition.objective, stepsSoFar)
  })
