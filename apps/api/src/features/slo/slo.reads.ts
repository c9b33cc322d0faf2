import type { MetricsQuery } from '@tickwatch/aws'
import type { SloRecounts, StoredSlo } from '@tickwatch/db'
import { blindSteps, compileSlo, type Definition, groupKey, platformTenant, replay } from '@tickwatch/slo'
import type { FastifyBaseLogger } from 'fastify'
import type { z } from 'zod'
import { createCache, keptFor } from '../../shared/cached.ts'
import { notFound } from '../../shared/errors.ts'
import type { FairSlots } from '../../shared/fairSlots.ts'
import { createLastKnown, type Known } from '../../shared/lastKnown.ts'
import { createAsk, inTurn, soonRead } from '../../shared/storageAnswers.ts'
import { rangeOf } from '../usage/usage.charts.ts'
import { causesOf } from './slo.causes.ts'
import { episodesView } from './slo.episodes.ts'
import { databaseAway } from './slo.errors.ts'
import { byUrgency, windowStart } from './slo.figures.ts'
import { bucketSeconds, budgetNow, burnsNow, longestSteps, pointsOf, type Range } from './slo.history.ts'
import { newestStep } from './slo.queries.ts'
import type {
  CausesView,
  causesInput,
  DatabaseAwayView,
  getInput,
  listInput,
  SloHistoryView,
  SloListView,
  SloView,
  sloHistoryInput,
  WhatIfView,
  whatIfInput,
} from './slo.reads.types.ts'
import { recountedSnapshot, recountedSteps } from './slo.recounts.ts'
import { budgetsOf, groupRows, rowOf, type SloBudgets } from './slo.rows.ts'
import { createSamples } from './slo.samples.ts'
import { createSnapshots, type Snapshot } from './slo.snapshot.ts'
import { maySeeGroup, maySeeSlo, type Viewer } from './slo.visible.ts'
import { draftOf, replayFrom, whatIfView } from './slo.whatIf.ts'

/** Of more groups together a page has no chart, because it would read all of their samples. */
const chartedGroupsMax = 20
const replayedGroupsMax = 10
const urgentGroupsMax = 50
const definitionsKeptMs = 2_000
const firingKeptMs = 5_000
/** Steps are counted again by the hour. */
const recountsKeptMs = 15_000
/** A snapshot that is a step or two old is shown while the next one is read, so that nobody waits for it. */
const oldSteps = 2

/** All pages of SLOs together get what one tenant gets. No tenant has this name. */
const turn = 'the SLOs'

export type SloReadsParts = {
  storage: MetricsQuery
  slots: FairSlots
  definitions: () => Promise<readonly StoredSlo[]>
  /** What differed when steps were counted again. */
  recounts: () => Promise<SloRecounts>
  stepSeconds: number
  log: Pick<FastifyBaseLogger, 'warn'>
}

/** What the pages of SLOs show. Without AMP they have the definitions, and say what is missing. */
export function createSloReads({ storage, slots, definitions, recounts, stepSeconds, log }: SloReadsParts) {
  const amp = inTurn(slots, turn, storage)
  const ask = createAsk('New figures are missing', log)
  const snapshotsOf = createSnapshots(amp, stepSeconds)
  const samples = createSamples(stepSeconds)
  const snapshots = createCache<Snapshot>(60_000, 4)
  const lastStored = createLastKnown(definitionsKeptMs, definitions)
  const lastRecounts = createLastKnown(recountsKeptMs, recounts)
  const stored = ({ rolesUnknown = false }: Viewer) => lastStored(rolesUnknown)
  const again = async ({ rolesUnknown = false }: Viewer) => (await lastRecounts(rolesUnknown)).value
  const firingNow = keptFor(firingKeptMs, () => snapshotsOf.firing())
  const now = () => newestStep(Date.now() / 1_000, stepSeconds)
  let last: Snapshot | null = null
  let counted: { of: readonly unknown[]; budgets: ReadonlyMap<string, SloBudgets> } | null = null

  /** The steps of a group, as they were counted last. */
  async function stepsOf(viewer: Viewer, slo: StoredSlo, labels: Record<string, string> | null, range: Range) {
    const steps = await samples.between(amp, slo, labels, range)
    return recountedSteps(steps, slo.id, labels, (await again(viewer)).changes, range)
  }

  async function snapshotOf(
    slos: readonly StoredSlo[],
  ): Promise<{ snapshot: Snapshot | null; missing: string | null }> {
    const asOf = now()
    const starts = startsOf(slos, asOf)
    const lookBackSeconds = Math.max(0, ...slos.map(({ definition }) => blindSteps(definition))) * stepSeconds
    const next = ask(() =>
      snapshots.get(`${asOf} ${starts.join()}`, async () => {
        last = await snapshotsOf.read(asOf, starts, lookBackSeconds)
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

  /** Definitions, the budgets of all, and what fires. */
  async function current(viewer: Viewer) {
    const known = await stored(viewer)
    const slos = known.value
    const [{ snapshot, missing }, firing] = await Promise.all([snapshotOf(slos), ask(firingNow)])
    const { changes } = await again(viewer)
    if (snapshot && (counted?.of[0] !== snapshot || counted.of[1] !== slos || counted.of[2] !== changes)) {
      const budgets = budgetsOf(slos, recountedSnapshot(snapshot, changes, stepSeconds), stepSeconds)
      counted = { of: [snapshot, slos, changes], budgets }
    }
    const budgets = snapshot ? counted?.budgets : undefined
    return {
      ...{ slos, budgets, changes, firing: firing.value },
      about: {
        asOf: snapshot === null ? null : isoOf(snapshot.asOfSeconds),
        missing: firing.missing ?? missing,
        databaseAway: awayView(viewer, known),
      },
    }
  }

  /** @throws DomainError not found, also for what the person may not see; unavailable if that is unknown */
  async function find(viewer: Viewer, sloId: string): Promise<StoredSlo> {
    const known = await stored(viewer)
    const slo = known.value.find(({ id }) => id === sloId)
    if (slo && maySeeSlo(viewer, slo.definition)) return slo
    throw known.isOld || viewer.rolesUnknown ? databaseAway() : notFound('SLO')
  }

  /**
   * The labels of the group with this key; null for all events together.
   * @throws DomainError not found, also for a group that the person may not see
   */
  function labelsOf(viewer: Viewer, { groupBy }: Definition, key: string | null): Record<string, string> | null {
    if (key === null) return groupBy.length === 0 ? {} : null
    const labels = readGroupKey(key)
    const isOwn = labels !== null && Object.keys(labels).every((name) => groupBy.includes(name))
    if (!isOwn || !maySeeGroup(viewer, labels)) throw viewer.rolesUnknown ? databaseAway() : notFound('group')
    return labels
  }

  return {
    /** Reads what the pages need of Postgres, for when it does not answer. @throws DatabaseUnavailable */
    async remember(): Promise<void> {
      await Promise.all([lastStored(false), lastRecounts(false)])
    },

    /** All definitions and what is known of each, for the status page, which shows a part of it. */
    overview: current,

    async list(viewer: Viewer, { tenantId }: z.output<typeof listInput>): Promise<SloListView> {
      if (tenantId !== null && viewer.rolesUnknown) throw databaseAway()
      const { slos, budgets, firing, about } = await current(viewer)
      const rows = slos
        .filter(({ definition }) => maySeeSlo(viewer, definition))
        .map((slo) => rowOf(slo, budgets?.get(slo.id), { viewer, tenantId, firing }))
        .filter(({ groups }) => tenantId === null || groups !== null)
        .sort((a, b) => byUrgency({ ...a, name: a.sloId }, { ...b, name: b.sloId }))
      return { slos: rows, ...about }
    },

    async get(viewer: Viewer, { sloId, group }: z.output<typeof getInput>): Promise<SloView> {
      const slo = await find(viewer, sloId)
      labelsOf(viewer, slo.definition, group)
      const { budgets, firing, about } = await current(viewer)
      const asked = { viewer, tenantId: null, firing }
      const own = budgets?.get(sloId)
      const rows = groupRows(slo, own, asked)
      const shown = group === null ? null : rows.find(({ key }) => key === group)
      const { badRatioByDay: _days, kind: _kind, ...row } = rowOf(slo, own, asked)
      const isGrouped = slo.definition.groupBy.length > 0
      return {
        ...row,
        of: shown ? { key: shown.key, labels: shown.labels } : null,
        figures: (group === null ? own?.together : shown?.figures) ?? null,
        definition: slo.definition,
        ...{ version: slo.version, savedAt: slo.savedAt.toISOString(), savedBy: slo.by.name },
        rules: compileSlo(slo.definition, platformTenant, stepSeconds),
        stepSeconds,
        settledUntil: isoOrNull((await again(viewer)).settled.get(sloId)),
        urgentGroups: isGrouped ? rows.slice(0, urgentGroupsMax) : [],
        ...about,
      }
    },

    async history(viewer: Viewer, input: z.output<typeof sloHistoryInput>): Promise<SloHistoryView> {
      const slo = await find(viewer, input.sloId)
      const { definition } = slo
      const labels = labelsOf(viewer, definition, input.group)
      const { from, to } = rangeOf(input)
      const asOf = now()
      const { value, missing } = await ask(async () => {
        if (labels === null && (await groupCount(viewer, input.sloId)) > chartedGroupsMax) return null
        const start = Math.min(
          windowStart(definition.window, asOf, stepSeconds),
          Math.floor(from / stepSeconds) * stepSeconds,
        )
        const range = { from: start - longestSteps(definition) * stepSeconds, to: asOf }
        return stepsOf(viewer, slo, labels, range)
      })
      const bucket = bucketSeconds(to - from, stepSeconds)
      if (value === null) {
        const tooMany = 'Choose one group to see its charts: this SLO has too many to add them all up.'
        const nothing = { points: [], budget: null, burns: [], episodes: { newest: [], byAlert: [] } }
        return { bucketSeconds: bucket, ...nothing, asOf: null, missing: missing ?? tooMany }
      }
      const chart = { policy: definition, steps: value, asOfSeconds: asOf, stepSeconds }
      const { span, settledUntilSeconds: _, provisional: __, ...budget } = budgetNow(chart)
      const until = Math.min(to, asOf)
      // The rules judge each group, not all together.
      const episodes =
        labels === null || until <= from
          ? []
          : replay(
              definition,
              new Map([[groupKey(labels), value]]),
              { startSeconds: from, endSeconds: until },
              stepSeconds,
            ).filter(({ alert }) => alert !== 'blind' || definition.groupBy.length === 0)
      return {
        bucketSeconds: bucket,
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
        const steps = groups.map((group) => stepsOf(viewer, slo, group, { from, to: asOf }))
        return new Map((await Promise.all(steps)).map((own, i) => [groupKey(groups[i] ?? {}), own]))
      })
      // Of a single group nobody knows here whether the others have data.
      const of = known?.of ?? (slo.definition.groupBy.length === 0 ? 1 : Number.POSITIVE_INFINITY)
      const view = whatIfView(slo, draft, read, of, { asOfSeconds: asOf, stepSeconds })
      return { ...view, groups: known && view.groups, missing: view.missing ?? known?.missing ?? null }
    },

    async causes(viewer: Viewer, input: z.output<typeof causesInput>): Promise<CausesView> {
      const { definition } = await find(viewer, input.sloId)
      const labels = labelsOf(viewer, definition, input.group)
      return causesOf(amp, ask, definition, labels, now(), stepSeconds)
    },
  }

  async function groupCount(viewer: Viewer, sloId: string): Promise<number> {
    return (await current(viewer)).budgets?.get(sloId)?.groups.length ?? 0
  }

  /** Of the groups that a person may see those with the least budget left, and how many there are. */
  async function groupsOf(viewer: Viewer, slo: StoredSlo) {
    const { budgets, firing, about } = await current(viewer)
    const rows = groupRows(slo, budgets?.get(slo.id), { viewer, tenantId: null, firing })
    return {
      groups: rows.slice(0, replayedGroupsMax).map(({ labels }) => labels),
      of: rows.length,
      missing: about.missing,
    }
  }
}
export type SloReads = ReturnType<typeof createSloReads>

const awayView = (viewer: Viewer, { isOld, readAt }: Known<unknown>): DatabaseAwayView | null =>
  isOld || viewer.rolesUnknown ? { definitionsOf: readAt.toISOString(), asGuest: viewer.rolesUnknown ?? false } : null

const isoOrNull = (seconds: number | undefined) => (seconds === undefined ? null : isoOf(seconds))
const isoOf = (seconds: number) => new Date(seconds * 1_000).toISOString()

function readGroupKey(key: string): Record<string, string> | null {
  try {
    const labels = Object.fromEntries(JSON.parse(key) as [string, string][])
    return groupKey(labels) === key && Object.values(labels).every((value) => typeof value === 'string') ? labels : null
  } catch {
    return null
  }
}
