import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricsQuery } from '@tickwatch/aws'
import type { Exclusion, MaintenanceWindow, SloRecounts, StoredSlo } from '@tickwatch/db'
import { blindSteps, compileSlo, groupKey, platformTenant, replay } from '@tickwatch/slo'
import type { FastifyBaseLogger } from 'fastify'
import type { z } from 'zod'
import { createCache, keptFor } from '../../shared/cached.ts'
import { notFound } from '../../shared/errors.ts'
import type { FairSlots } from '../../shared/fairSlots.ts'
import { createAsk, inTurn } from '../../shared/storageAnswers.ts'
import { rangeOf } from '../usage/usage.charts.ts'
import { causesOf } from './slo.causes.ts'
import { episodesView } from './slo.episodes.ts'
import { holdsAt } from './slo.excluded.ts'
import { byUrgency, windowStart } from './slo.figures.ts'
import { bucketSeconds, budgetNow, burnsNow, longestSteps, pointsOf } from './slo.history.ts'
import { countedHistory, drawnOf, excludedBy } from './slo.maintenance.ts'
import { newestStep } from './slo.queries.ts'
import type {
  CausesView,
  causesInput,
  getInput,
  listInput,
  MaintenancePreview,
  SloHistoryView,
  SloListView,
  SloView,
  sloHistoryInput,
  WhatIfView,
  whatIfInput,
} from './slo.reads.types.ts'
import { recountedSnapshot, recountedSteps } from './slo.recounts.ts'
import { budgetsOf, groupRows, maintenanceUntil, rowOf, type SloBudgets } from './slo.rows.ts'
import { createSamples } from './slo.samples.ts'
import { createSnapshots, type Firing, type Snapshot } from './slo.snapshot.ts'
import { labelsOf, maySeeSlo, platformPerson, type Viewer } from './slo.visible.ts'
import { draftOf, replayFrom, whatIfView } from './slo.whatIf.ts'

/** Of more groups together a page has no chart, because it would read all of their samples. */
const chartedGroupsMax = 20
const replayedGroupsMax = 10
const urgentGroupsMax = 50
/** Also of maintenance windows. */
const definitionsKeptMs = 2_000
const firingKeptMs = 5_000
/** Steps are counted again by the hour. */
const recountsKeptMs = 15_000
/** A snapshot that is a step or two old is shown while the next one is read, so that nobody waits for it. */
const oldSteps = 2
/** After a start there is no snapshot, and reading the first one can take long. */
const firstWaitMs = 3_000
const stillReading = {
  value: null,
  missing: 'Figures are still being read, after a start for some seconds. The page asks again.',
}

type Labels = Record<string, string>
type Range = { from: number; to: number }

/** All pages of SLOs together get what one tenant gets. No tenant has this name. */
const turn = 'the SLOs'

export type SloReadsParts = {
  storage: MetricsQuery
  slots: FairSlots
  definitions: () => Promise<readonly StoredSlo[]>
  /** What differed when steps were counted again. */
  recounts: () => Promise<SloRecounts>
  maintenance: () => Promise<readonly MaintenanceWindow[]>
  stepSeconds: number
  log: Pick<FastifyBaseLogger, 'warn'>
}

/** What the pages of SLOs show. Without AMP they have the definitions, and say what is missing. */
export function createSloReads(parts: SloReadsParts) {
  const { storage, slots, definitions, recounts, stepSeconds, log } = parts
  const amp = inTurn(slots, turn, storage)
  const ask = createAsk('New figures are missing', log)
  const snapshotsOf = createSnapshots(amp, stepSeconds)
  const samples = createSamples(stepSeconds)
  const snapshots = createCache<Snapshot>(60_000, 4)
  const definitionsKept = createCache<readonly StoredSlo[]>(definitionsKeptMs, 1)
  const stored = () => definitionsKept.get('', definitions)
  const again = keptFor(recountsKeptMs, recounts)
  const firingKept = createCache<Firing[]>(firingKeptMs, 1)
  const firingNow = () => firingKept.get('', () => snapshotsOf.firing())
  const maintained = keptFor(definitionsKeptMs, parts.maintenance)
  const now = () => newestStep(Date.now() / 1_000, stepSeconds)
  let last: Snapshot | null = null
  let counted: { of: readonly unknown[]; budgets: ReadonlyMap<string, SloBudgets> } | null = null

  /** The steps of a group, as they were counted last. */
  const stepsOf = async (slo: StoredSlo, labels: Labels | null, range: Range) =>
    recountedSteps(await samples.between(amp, slo, labels, range), slo.id, labels, (await again()).changes, range)

  async function snapshotOf(
    slos: readonly StoredSlo[],
  ): Promise<{ snapshot: Snapshot | null; missing: string | null }> {
    const asOf = now()
    const starts = startsOf(slos, asOf)
    const windows = await maintained()
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
    const { value, missing } = await Promise.race([next, sleep(firstWaitMs, stillReading, { ref: false })])
    return { snapshot: value ?? last, missing }
  }

  const startsOf = (slos: readonly StoredSlo[], asOf: number): number[] => [
    ...new Set(slos.map(({ definition }) => windowStart(definition.window, asOf, stepSeconds))),
  ]

  /** Definitions, the budgets of all, and what fires. */
  async function current() {
    const slos = await stored()
    const [{ snapshot, missing }, firing] = await Promise.all([snapshotOf(slos), ask(firingNow)])
    const { changes } = await again()
    if (snapshot && (counted?.of[0] !== snapshot || counted.of[1] !== slos || counted.of[2] !== changes)) {
      const budgets = budgetsOf(slos, recountedSnapshot(snapshot, changes, stepSeconds), stepSeconds)
      counted = { of: [snapshot, slos, changes], budgets }
    }
    const budgets = snapshot ? counted?.budgets : undefined
    return {
      ...{ slos, snapshot, budgets },
      firing: firing.value,
      maintenance: (await maintained()).filter((window) => holdsAt(window, Date.now())),
      asOf: snapshot === null ? null : isoOf(snapshot.asOfSeconds),
      missing: firing.missing ?? missing,
    }
  }

  /** @throws DomainError not found, also for what the person may not see */
  async function find(viewer: Viewer, sloId: string): Promise<StoredSlo> {
    const slo = (await stored()).find(({ id }) => id === sloId)
    if (!slo || !maySeeSlo(viewer, slo.definition)) throw notFound('SLO')
    return slo
  }

  return {
    /** Reads definitions and what fires again: they changed. */
    forget(): void {
      definitionsKept.clear()
      firingKept.clear()
    },

    /** The title of an SLO, and the labels of a group as {@link labelsOf}. @throws DomainError not found */
    async seenBy(viewer: Viewer, { sloId, group }: z.output<typeof getInput>) {
      const { definition } = await find(viewer, sloId)
      return { title: definition.title, labels: labelsOf(viewer, definition, group) }
    },

    /** What is left of an SLO’s budgets: of each group that the person may see, the most urgent first. Null if there is no such SLO. */
    async budgetsOf(viewer: Viewer, sloId: string) {
      const { slos, budgets, firing, asOf, missing } = await current()
      const slo = slos.find(({ id, definition }) => id === sloId && maySeeSlo(viewer, definition))
      if (!slo) return null
      const { window, groupBy } = slo.definition
      const groups = groupRows(slo, budgets?.get(sloId), { viewer, tenantId: null, firing })
      return { window, groupBy, groups, asOf, missing }
    },

    async list(viewer: Viewer, { tenantId }: z.output<typeof listInput>): Promise<SloListView> {
      const { slos, budgets, firing, maintenance, asOf, missing } = await current()
      const rows = slos
        .filter(({ definition }) => maySeeSlo(viewer, definition))
        .map((slo) => rowOf(slo, budgets?.get(slo.id), { viewer, tenantId, firing, maintenance }))
        .filter(({ groups }) => tenantId === null || groups !== null)
        .sort((a, b) => byUrgency({ ...a, name: a.sloId }, { ...b, name: b.sloId }))
      return { slos: rows, asOf, missing }
    },

    async get(viewer: Viewer, { sloId, group }: z.output<typeof getInput>): Promise<SloView> {
      const slo = await find(viewer, sloId)
      const labels = labelsOf(viewer, slo.definition, group)
      const { budgets, firing, maintenance, asOf, missing } = await current()
      const asked = { viewer, tenantId: null, firing, maintenance }
      const own = budgets?.get(sloId)
      const rows = groupRows(slo, own, asked)
      const shown = group === null ? null : rows.find(({ key }) => key === group)
      const { badRatioByDay: _days, kind: _kind, ...row } = rowOf(slo, own, asked)
      const isGrouped = slo.definition.groupBy.length > 0
      return {
        ...row,
        of: shown ? { key: shown.key, labels: shown.labels } : null,
        figures: (group === null ? own?.together : shown?.figures) ?? null,
        maintenanceUntil: maintenanceUntil(maintenance, sloId, labels),
        definition: slo.definition,
        ...{ version: slo.version, savedAt: slo.savedAt.toISOString(), savedBy: slo.by.name },
        rules: compileSlo(slo.definition, platformTenant, stepSeconds),
        stepSeconds,
        settledUntil: isoOrNull((await again()).settled.get(sloId)),
        urgentGroups: isGrouped ? rows.slice(0, urgentGroupsMax) : [],
        asOf,
        missing,
      }
    },

    async history(viewer: Viewer, input: z.output<typeof sloHistoryInput>): Promise<SloHistoryView> {
      const slo = await find(viewer, input.sloId)
      const { definition } = slo
      const labels = labelsOf(viewer, definition, input.group)
      const { from, to } = rangeOf(input)
      const asOf = now()
      const { value, missing } = await ask(async () => {
        if (labels === null && (await groupCount(input.sloId)) > chartedGroupsMax) return null
        const start = Math.min(
          windowStart(definition.window, asOf, stepSeconds),
          Math.floor(from / stepSeconds) * stepSeconds,
        )
        const range = { from: start - longestSteps(definition) * stepSeconds, to: asOf }
        const read = (of: Labels | null) => stepsOf(slo, of, range)
        return countedHistory(await maintained(), slo.id, labels, read, stepSeconds)
      })
      const bucket = bucketSeconds(to - from, stepSeconds)
      const drawn = drawnOf(await maintained(), slo.id, labels, { from, to })
      if (value === null) {
        const tooMany = 'Choose one group to see its charts: this SLO has too many to add them all up.'
        const nothing = { points: [], budget: null, burns: [], episodes: { newest: [], byAlert: [] }, ...drawn }
        return { bucketSeconds: bucket, ...nothing, asOf: null, missing: missing ?? tooMany }
      }
      const chart = { policy: definition, ...value, asOfSeconds: asOf, stepSeconds }
      const { span, settledUntilSeconds: _, provisional: __, ...budget } = budgetNow(chart)
      const until = Math.min(to, asOf)
      // The rules judge each group, not all together.
      const episodes =
        labels === null || until <= from
          ? []
          : replay(
              definition,
              new Map([[groupKey(labels), value.steps]]),
              { startSeconds: from, endSeconds: until },
              stepSeconds,
            ).filter(({ alert }) => alert !== 'blind' || definition.groupBy.length === 0)
      return {
        bucketSeconds: bucket,
        ...drawn,
        points: pointsOf(chart, { from, to }),
        budget: { ...budget, from: isoOf(span.startSeconds), to: isoOf(span.endSeconds) },
        burns: labels === null ? [] : burnsNow(chart),
        episodes: episodesView(episodes, until),
        asOf: isoOf(asOf),
        missing: null,
      }
    },

    async whatIf(viewer: Viewer, input: z.output<typeof whatIfInput>): Promise<WhatIfView> {
      const slo = await find(viewer, input.sloId)
      const draft = draftOf(slo.definition, input)
      const labels = labelsOf(viewer, slo.definition, input.group)
      const asOf = now()
      const from = replayFrom([slo.definition, draft], asOf, stepSeconds)
      const known = labels === null ? await groupsOf(viewer, slo) : null
      const groups = known?.groups ?? (labels === null ? [] : [labels])
      const read = await ask(async () => {
        const steps = groups.map((group) => stepsOf(slo, group, { from, to: asOf }))
        return new Map((await Promise.all(steps)).map((own, i) => [groupKey(groups[i] ?? {}), own]))
      })
      // Of a single group nobody knows here whether the others have data.
      const of = known?.of ?? (slo.definition.groupBy.length === 0 ? 1 : Number.POSITIVE_INFINITY)
      const windows = await maintained()
      const view = whatIfView(slo, draft, read, of, windows, { asOfSeconds: asOf, stepSeconds })
      return { ...view, groups: known && view.groups, missing: view.missing ?? known?.missing ?? null }
    },

    /** What a maintenance window would exclude of what is counted, for the platform's people. @throws not found */
    async maintenancePreview(draft: Exclusion): Promise<MaintenancePreview> {
      const slo = draft.sloId === null ? null : await find(platformPerson, draft.sloId)
      const { slos, snapshot, budgets, asOf, missing } = await current()
      const isMeasured = snapshot !== null && draft.startsAt.getTime() < snapshot.asOfSeconds * 1_000
      if (!isMeasured || !budgets) return { slos: [], asOf, missing }
      const { changes } = await again()
      const then = await ask(async () => {
        const excluding = await snapshotsOf.excluding(snapshot, [...snapshot.maintenance, draft])
        return budgetsOf(slos, recountedSnapshot({ ...snapshot, ...excluding }, changes, stepSeconds), stepSeconds)
      })
      return {
        slos: excludedBy(draft, slo ? [slo] : slos, budgets, then.value),
        asOf,
        missing: then.missing ?? missing,
      }
    },

    async causes(viewer: Viewer, input: z.output<typeof causesInput>): Promise<CausesView> {
      const { definition } = await find(viewer, input.sloId)
      const labels = labelsOf(viewer, definition, input.group)
      return causesOf(amp, ask, definition, labels, now(), stepSeconds)
    },
  }

  async function groupCount(sloId: string): Promise<number> {
    return (await current()).budgets?.get(sloId)?.groups.length ?? 0
  }

  /** Of the groups that a person may see those with the least budget left, and how many there are. */
  async function groupsOf(viewer: Viewer, slo: StoredSlo) {
    const { budgets, firing, maintenance, missing } = await current()
    const rows = groupRows(slo, budgets?.get(slo.id), { viewer, tenantId: null, firing, maintenance })
    return { groups: rows.slice(0, replayedGroupsMax).map(({ labels }) => labels), of: rows.length, missing }
  }
}
export type SloReads = ReturnType<typeof createSloReads>

const isoOrNull = (seconds: number | undefined) => (seconds === undefined ? null : isoOf(seconds))
const isoOf = (seconds: number) => new Date(seconds * 1_000).toISOString()
