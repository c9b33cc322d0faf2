import type { MetricsQuery } from '@tickwatch/aws'
import type { Exclusion, MaintenanceWindow, SloRecounts, StoredSlo } from '@tickwatch/db'
import { compileSlo, groupKey, platformTenant, replay } from '@tickwatch/slo'
import type { FastifyBaseLogger } from 'fastify'
import type { z } from 'zod'
import { notFound } from '../../shared/errors.ts'
import type { FairSlots } from '../../shared/fairSlots.ts'
import { createAsk, inTurn } from '../../shared/storageAnswers.ts'
import { rangeOf } from '../usage/usage.charts.ts'
import { causesOf } from './slo.causes.ts'
import { createCurrent } from './slo.current.ts'
import { episodesView } from './slo.episodes.ts'
import { databaseAway } from './slo.errors.ts'
import { byUrgency, windowStart } from './slo.figures.ts'
import { bucketSeconds, budgetNow, burnsNow, longestSteps, pointsOf, type Range } from './slo.history.ts'
import { countedHistory, drawnOf, excludedBy } from './slo.maintenance.ts'
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
import { budgetsOf, groupRows, maintenanceUntil, rowOf } from './slo.rows.ts'
import { createSamples } from './slo.samples.ts'
import { labelsOf, maySeeSlo, platformPerson, type Viewer } from './slo.visible.ts'
import { draftOf, replayFrom, whatIfView } from './slo.whatIf.ts'

/** Of more groups together a page has no chart, because it would read all of their samples. */
const chartedGroupsMax = 20
const replayedGroupsMax = 10
const urgentGroupsMax = 50

type Labels = Record<string, string>

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
export function createSloReads({ storage, slots, stepSeconds, log, ...stored }: SloReadsParts) {
  const amp = inTurn(slots, turn, storage)
  const ask = createAsk('New figures are missing', log)
  const samples = createSamples(stepSeconds)
  const current = createCurrent({ amp, ask, stepSeconds, ...stored })
  const { now, recountsFor, maintenanceFor } = current

  /** The steps of a group, as they were counted last. */
  async function stepsOf(viewer: Viewer, slo: StoredSlo, labels: Labels | null, range: Range) {
    const steps = await samples.between(amp, slo, labels, range)
    return recountedSteps(steps, slo.id, labels, (await recountsFor(viewer)).changes, range)
  }

  /** @throws DomainError not found, also for what the person may not see; unavailable if that is unknown */
  async function find(viewer: Viewer, sloId: string): Promise<StoredSlo> {
    const known = await current.definitionsFor(viewer)
    const slo = known.value.find(({ id }) => id === sloId)
    if (slo && maySeeSlo(viewer, slo.definition)) return slo
    throw known.isOld || viewer.rolesUnknown ? databaseAway() : notFound('SLO')
  }

  return {
    remember: current.remember,
    forget: current.forget,
    /** All definitions and what is known of each, for the status page, which shows a part of it. */
    overview: current.read,

    /** The title of an SLO, and the labels of a group as {@link labelsOf}. @throws DomainError not found */
    async seenBy(viewer: Viewer, { sloId, group }: z.output<typeof getInput>) {
      const { definition } = await find(viewer, sloId)
      return { title: definition.title, labels: labelsOf(viewer, definition, group) }
    },

    /** What is left of an SLO’s budgets: of each group that the person may see, the most urgent first. Null if there is no such SLO. */
    async budgetsOf(viewer: Viewer, sloId: string) {
      const { slos, budgets, firing, maintenance, about } = await current.read(viewer)
      const slo = slos.find(({ id, definition }) => id === sloId && maySeeSlo(viewer, definition))
      if (!slo) return null
      const { window, groupBy } = slo.definition
      const groups = groupRows(slo, budgets?.get(sloId), { viewer, tenantId: null, firing, maintenance })
      return { window, groupBy, groups, asOf: about.asOf, missing: about.missing }
    },

    async list(viewer: Viewer, { tenantId }: z.output<typeof listInput>): Promise<SloListView> {
      if (tenantId !== null && viewer.rolesUnknown) throw databaseAway()
      const { slos, budgets, firing, maintenance, about } = await current.read(viewer)
      const rows = slos
        .filter(({ definition }) => maySeeSlo(viewer, definition))
        .map((slo) => rowOf(slo, budgets?.get(slo.id), { viewer, tenantId, firing, maintenance }))
        .filter(({ groups }) => tenantId === null || groups !== null)
        .sort((a, b) => byUrgency({ ...a, name: a.sloId }, { ...b, name: b.sloId }))
      return { slos: rows, ...about }
    },

    async get(viewer: Viewer, { sloId, group }: z.output<typeof getInput>): Promise<SloView> {
      const slo = await find(viewer, sloId)
      const labels = labelsOf(viewer, slo.definition, group)
      const { budgets, firing, maintenance, about } = await current.read(viewer)
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
        settledUntil: isoOrNull((await recountsFor(viewer)).settled.get(sloId)),
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
        const read = (of: Labels | null) => stepsOf(viewer, slo, of, range)
        return countedHistory(await maintenanceFor(viewer), slo.id, labels, read, stepSeconds)
      })
      const bucket = bucketSeconds(to - from, stepSeconds)
      const drawn = drawnOf(await maintenanceFor(viewer), slo.id, labels, { from, to })
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
        const steps = groups.map((group) => stepsOf(viewer, slo, group, { from, to: asOf }))
        return new Map((await Promise.all(steps)).map((own, i) => [groupKey(groups[i] ?? {}), own]))
      })
      // Of a single group nobody knows here whether the others have data.
      const of = known?.of ?? (slo.definition.groupBy.length === 0 ? 1 : Number.POSITIVE_INFINITY)
      const windows = await maintenanceFor(viewer)
      const view = whatIfView(slo, draft, read, of, windows, { asOfSeconds: asOf, stepSeconds })
      return { ...view, groups: known && view.groups, missing: view.missing ?? known?.missing ?? null }
    },

    /** What a maintenance window would exclude of what is counted, for the platform's people. @throws not found */
    async maintenancePreview(draft: Exclusion): Promise<MaintenancePreview> {
      const slo = draft.sloId === null ? null : await find(platformPerson, draft.sloId)
      const { slos, snapshot, budgets, changes, about } = await current.read(platformPerson)
      const { asOf, missing } = about
      const isMeasured = snapshot !== null && draft.startsAt.getTime() < snapshot.asOfSeconds * 1_000
      if (!isMeasured || !budgets) return { slos: [], asOf, missing }
      const then = await ask(async () => {
        const excluding = await current.excluding(snapshot, [...snapshot.maintenance, draft])
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

  async function groupCount(viewer: Viewer, sloId: string): Promise<number> {
    return (await current.read(viewer)).budgets?.get(sloId)?.groups.length ?? 0
  }

  /** Of the groups that a person may see those with the least budget left, and how many there are. */
  async function groupsOf(viewer: Viewer, slo: StoredSlo) {
    const { budgets, firing, maintenance, about } = await current.read(viewer)
    const rows = groupRows(slo, budgets?.get(slo.id), { viewer, tenantId: null, firing, maintenance })
    return {
      groups: rows.slice(0, replayedGroupsMax).map(({ labels }) => labels),
      of: rows.length,
      missing: about.missing,
    }
  }
}
export type SloReads = ReturnType<typeof createSloReads>

const isoOrNull = (seconds: number | undefined) => (seconds === undefined ? null : isoOf(seconds))
const isoOf = (seconds: number) => new Date(seconds * 1_000).toISOString()
