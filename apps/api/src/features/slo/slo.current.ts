import type { MetricsQuery } from '@tickwatch/aws'
import type { MaintenanceWindow, SloRecounts, StoredSlo } from '@tickwatch/db'
import { blindSteps } from '@tickwatch/slo'
import { createCache } from '../../shared/cached.ts'
import { createLastKnown, type Known } from '../../shared/lastKnown.ts'
import { type Ask, soonRead } from '../../shared/storageAnswers.ts'
import { holdsAt } from './slo.excluded.ts'
import { windowStart } from './slo.figures.ts'
import { newestStep } from './slo.queries.ts'
import type { DatabaseAwayView } from './slo.reads.types.ts'
import { recountedSnapshot } from './slo.recounts.ts'
import { budgetsOf, type SloBudgets } from './slo.rows.ts'
import { createSnapshots, type Firing, type Snapshot } from './slo.snapshot.ts'
import type { Viewer } from './slo.visible.ts'

/** Also of maintenance windows. */
const definitionsKeptMs = 2_000
const firingKeptMs = 5_000
/** Steps are counted again by the hour. */
const recountsKeptMs = 15_000
/** A snapshot that is a step or two old is shown while the next one is read, so that nobody waits for it. */
const oldSteps = 2

export type CurrentParts = {
  amp: MetricsQuery
  ask: Ask
  definitions: () => Promise<readonly StoredSlo[]>
  /** What differed when steps were counted again. */
  recounts: () => Promise<SloRecounts>
  maintenance: () => Promise<readonly MaintenanceWindow[]>
  stepSeconds: number
}

/** The definitions, what is counted of all SLOs, and what fires. What Postgres answered last is kept for when it does not answer. */
export function createCurrent({ amp, ask, definitions, recounts, maintenance, stepSeconds }: CurrentParts) {
  const snapshotsOf = createSnapshots(amp, stepSeconds)
  const snapshots = createCache<Snapshot>(60_000, 4)
  const stored = createLastKnown(definitionsKeptMs, definitions)
  const lastRecounts = createLastKnown(recountsKeptMs, recounts)
  const windows = createLastKnown(definitionsKeptMs, maintenance)
  const firingKept = createCache<Firing[]>(firingKeptMs, 1)
  const firingNow = () => firingKept.get('', () => snapshotsOf.firing())
  const now = () => newestStep(Date.now() / 1_000, stepSeconds)
  const definitionsFor = ({ rolesUnknown = false }: Viewer) => stored.read(rolesUnknown)
  const recountsFor = async ({ rolesUnknown = false }: Viewer) => (await lastRecounts.read(rolesUnknown)).value
  const maintenanceFor = async ({ rolesUnknown = false }: Viewer) => (await windows.read(rolesUnknown)).value
  let last: Snapshot | null = null
  let counted: { of: readonly unknown[]; budgets: ReadonlyMap<string, SloBudgets> } | null = null

  async function snapshotOf(
    slos: readonly StoredSlo[],
    windows: readonly MaintenanceWindow[],
  ): Promise<{ snapshot: Snapshot | null; missing: string | null }> {
    const asOf = now()
    const starts = startsOf(slos, asOf)
    const named = windows.map(({ id, until }) => `${id} ${until.getTime()}`)
    const lookBackSeconds = Math.max(0, ...slos.map(({ definition }) => blindSteps(definition))) * stepSeconds
    const next = ask(() =>
      snapshots.get(`${asOf} ${starts.join()} ${named.join()}`, async () => {
        last = await snapshotsOf.read(asOf, starts, lookBackSeconds, windows)
        return last
      }),
    )
    const isOld = last !== null && last.asOfSeconds >= asOf - oldSteps * stepSeconds
    if (last !== null && isOld && startsOf(slos, last.asOfSeconds).every((start) => last?.windows.has(start)))
      return { snapshot: last, missing: null }
    const { value, missing } = await soonRead(next)
    return { snapshot: value ?? last, missing }
  }

  const startsOf = (slos: readonly StoredSlo[], asOf: number): number[] => [
    ...new Set(slos.map(({ definition }) => windowStart(definition.window, asOf, stepSeconds))),
  ]

  return {
    now,
    definitionsFor,
    recountsFor,
    maintenanceFor,
    /** What a snapshot would be if other windows were excluded. */
    excluding: snapshotsOf.excluding,

    async read(viewer: Viewer) {
      const known = await definitionsFor(viewer)
      const slos = known.value
      const windows = await maintenanceFor(viewer)
      const [{ snapshot, missing }, firing] = await Promise.all([snapshotOf(slos, windows), ask(firingNow)])
      const { changes } = await recountsFor(viewer)
      if (snapshot && (counted?.of[0] !== snapshot || counted.of[1] !== slos || counted.of[2] !== changes)) {
        const budgets = budgetsOf(slos, recountedSnapshot(snapshot, changes, stepSeconds), stepSeconds)
        counted = { of: [snapshot, slos, changes], budgets }
      }
      return {
        ...{ slos, snapshot, changes, firing: firing.value },
        budgets: snapshot ? counted?.budgets : undefined,
        maintenance: windows.filter((window) => holdsAt(window, Date.now())),
        about: {
          asOf: snapshot === null ? null : new Date(snapshot.asOfSeconds * 1_000).toISOString(),
          missing: firing.missing ?? missing,
          databaseAway: awayView(viewer, known),
        },
      }
    },

    /** Reads definitions, maintenance windows and what fires again: they changed. */
    forget(): void {
      stored.forget()
      windows.forget()
      firingKept.clear()
    },

    /** Reads what the pages need of Postgres, for when it does not answer. @throws DatabaseUnavailable */
    async remember(): Promise<void> {
      await Promise.all([stored.read(false), lastRecounts.read(false), windows.read(false)])
    },
  }
}

const awayView = (viewer: Viewer, { isOld, readAt }: Known<unknown>): DatabaseAwayView | null =>
  isOld || viewer.rolesUnknown ? { definitionsOf: readAt.toISOString(), asGuest: viewer.rolesUnknown ?? false } : null
