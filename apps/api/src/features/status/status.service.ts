import type { MetricsQuery } from '@tickwatch/aws'
import {
  type Database,
  DatabaseUnavailable,
  type IncidentStatus,
  incidentStatus,
  type SloRecount,
  type StoredSlo,
} from '@tickwatch/db'
import { builtInDefinitions, platformTenant } from '@tickwatch/slo'
import type { FastifyBaseLogger } from 'fastify'
import { createCache } from '../../shared/cached.ts'
import type { FairSlots } from '../../shared/fairSlots.ts'
import { createLastKnown } from '../../shared/lastKnown.ts'
import { createAsk, inTurn, soonRead } from '../../shared/storageAnswers.ts'
import { newestStep } from '../slo/slo.queries.ts'
import type { SloReads } from '../slo/slo.reads.ts'
import { maySeeSlo } from '../slo/slo.visible.ts'
import { countsOf, createDays, type Day } from './status.days.ts'
import { dayOf, incidentsMax, incidentsOf, resolvedDays, stateOf } from './status.rules.ts'
import type { StatusDay, StatusSlo, StatusView } from './status.types.ts'

export type StatusService = {
  /**
   * @param asked whether the reader may see names of tenants, and whether Postgres did not answer the same request
   */
  read(asked: { showsTenants: boolean; rolesUnknown: boolean }): Promise<StatusView>
  /** Reads incidents, for when Postgres does not answer. @throws DatabaseUnavailable */
  remember(): Promise<void>
  /** Reads incidents again: they changed. */
  forget(): void
}

const builtIn = builtInDefinitions.map(({ id }) => id)
const anyone = { isPlatform: false, tenantIds: new Set<string>() }
/** No tenant has this name. */
const turn = 'the status page'
/** The days are read once for all who look within this time. */
const daysKeptMs = 30_000
/** A change is read at once, so this is for what only time changes. */
const incidentsKeptMs = 5_000

/** The incidents that are not resolved, and those of the last days: one more than are listed, if there are so many. */
export const readIncidents = (db: Pick<Database, 'platform'>): Promise<IncidentStatus[]> => {
  const since = new Date(Date.now() - resolvedDays * 86_400_000)
  return db.platform((tx) =>
    incidentStatus.ofSlos(tx, { owner: platformTenant, ids: builtIn }, since, incidentsMax + 1),
  )
}

/**
 * What anyone may see of the SLOs that are built in, and of their incidents. A title or an id of them could name a tenant only
 * if a person wrote that.
 */
export function createStatusService({
  incidents,
  alertsUnread,
  storage,
  slots,
  reads,
  stepSeconds,
  log,
}: {
  incidents: () => Promise<readonly IncidentStatus[]>
  /** Whether alerts can't be read now. */
  alertsUnread: () => boolean
  storage: MetricsQuery
  slots: FairSlots
  reads: Pick<SloReads, 'overview'>
  stepSeconds: number
  log: Pick<FastifyBaseLogger, 'warn'>
}): StatusService {
  const readDays = createDays(inTurn(slots, turn, storage), builtIn, stepSeconds)
  const ask = createAsk('The days are missing', log)
  const newest = createCache<Day[]>(daysKeptMs, 1)
  const lastIncidents = createLastKnown(incidentsKeptMs, incidents)
  const knownIncidents = (isAway: boolean) =>
    lastIncidents.read(isAway).catch((cause: unknown) => {
      if (cause instanceof DatabaseUnavailable) return null
      throw cause
    })

  return {
    async read({ showsTenants, rolesUnknown }) {
      const asOf = newestStep(Date.now() / 1_000, stepSeconds)
      const [{ slos, budgets, firing, changes, about }, past, known] = await Promise.all([
        reads.overview({ ...anyone, rolesUnknown }),
        soonRead(ask(() => newest.get('', () => readDays(asOf)))),
        knownIncidents(rolesUnknown),
      ])
      const shown = builtIn
        .flatMap((id) => slos.find((slo) => slo.id === id && maySeeSlo(anyone, slo.definition)) ?? [])
        .map((slo): StatusSlo => {
          const own = firing?.filter(({ sloId }) => sloId === slo.id) ?? null
          const { tenants, ...state } = stateOf(budgets?.get(slo.id)?.together, own)
          return {
            ...{ sloId: slo.id, title: slo.definition.title, ...state },
            tenants: showsTenants ? tenants : null,
            days: past.value && daysOf(past.value, slo, changes, stepSeconds),
          }
        })
      return {
        slos: shown,
        incidents: known && incidentsOf(known, shown, { showsTenants, alertsUnread: alertsUnread() }),
        ...about,
        missing: about.missing ?? past.missing,
      }
    },
    remember: async () => void (await lastIncidents.read(false)),
    forget: lastIncidents.forget,
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
