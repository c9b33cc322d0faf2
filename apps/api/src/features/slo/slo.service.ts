import {
  auditLog,
  changeRequests,
  type Database,
  definitionJson,
  type PlatformTx,
  ruleNamespaces,
  slos,
} from '@tickwatch/db'
import { type Definition, exportOpenSlo, importOpenSlo, readDefinition } from '@tickwatch/slo'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import { askPlatform } from '../changeRequest/askPlatform.ts'
import { rolloutKind } from '../changeRequest/rolloutSubject.ts'
import { answerRequest, withdrawRequest } from '../quota/requestMessage.ts'
import type { Compiler } from './slo.compiler.ts'
import { definitionInvalid, openSloInvalid, sloChanged, withoutPreview } from './slo.errors.ts'
import type { SloPreview } from './slo.preview.ts'
import { maintenanceKind, requestKind, subjectOf } from './slo.rules.ts'
import type {
  answerRequestInput,
  Judgement,
  judgeInput,
  ReadOpenSlo,
  RuleCount,
  removeInput,
  SaveResult,
  SloDefinitionDetail,
  SloDefinitionsView,
  SloVersionView,
  saveInput,
  versionsInput,
} from './slo.types.ts'
import { definitionView, requestViews, versionView } from './slo.views.ts'
import { maySeeSlo, type Viewer } from './slo.visible.ts'
import type { PlannedChange, SloChanges } from './sloChanges.ts'

export type SloService = {
  definitions(viewer: Viewer): Promise<SloDefinitionsView>
  ruleCount(): Promise<RuleCount>
  /** @throws not found, also for an SLO that the person may not see */
  definition(viewer: Viewer, id: string): Promise<SloDefinitionDetail>
  /** Also of an SLO that is deleted. For the platform's people only, because an old version may name a tenant. */
  versions(viewer: Viewer, input: z.output<typeof versionsInput>): Promise<Page<SloVersionView>>
  exportOpenSlo(viewer: Viewer, id: string): Promise<{ yaml: string }>
  judge(definition: z.output<typeof judgeInput>['definition']): Promise<Judgement>
  /** Reads a file and saves nothing. @throws openslo-invalid, with the line and the field of each fault */
  importOpenSlo(yaml: string): Promise<ReadOpenSlo>
  /**
   * Saves a definition, or asks for its approval if it weakens an SLO.
   * @throws slo-invalid, slo-conflict, nothing-changes, rules-full; slo-without-preview if there can be no preview of what it
   *   measures, unless the person has seen that
   */
  save(caller: Caller, input: z.output<typeof saveInput>): Promise<SaveResult>
  /** Asks for the deletion of an SLO. */
  remove(caller: Caller, input: z.output<typeof removeInput>): Promise<SaveResult>
  /** Answers the question of an approver, also about a maintenance window or a rollout. @throws nothing-asked, request-decided */
  answer(caller: Caller, input: z.output<typeof answerRequestInput>): Promise<{ id: string }>
  /** @throws not-your-request, request-decided */
  withdraw(caller: Caller, id: string): Promise<{ id: string }>
}

export function createSloService(
  db: Database,
  changes: SloChanges,
  compiler: Compiler,
  preview: Pick<SloPreview, 'faultsOf'>,
  stepSeconds: number,
): SloService {
  const judged = (tx: PlatformTx, definition: Definition): Promise<Judgement> =>
    changes.plan(tx, definition.id, definition).then(({ baseVersion, weakenings, rulesAfter, ruleCount }) => ({
      ...{ baseVersion, faults: [], weakenings, rulesAfter, ruleCount },
    }))

  /** Applies a change, or asks for it, in one transaction. */
  const change = (
    caller: Caller,
    id: string,
    after: Definition | null,
    { baseVersion, reason }: { baseVersion: number; reason: string },
  ): Promise<SaveResult> =>
    db.platform(async (tx) => {
      await slos.lock(tx)
      const planned = await changes.plan(tx, id, after)
      const { stored } = planned
      if (planned.baseVersion !== baseVersion) {
        if (!stored && !(await slos.head(tx, id))) throw notFound('SLO')
        throw sloChanged(id, stored && { version: stored.version, by: stored.by.name }, baseVersion)
      }
      changes.check(planned)
      return planned.weakenings.length === 0 ? apply(tx, caller, planned, reason) : request(tx, caller, planned, reason)
    })

  async function apply(tx: PlatformTx, caller: Caller, planned: PlannedChange, reason: string): Promise<SaveResult> {
    const by = { by: personOf(caller), approvedBy: null, reason, changeRequestId: null }
    const version = await changes.apply(tx, planned, by)
    const before = planned.before && { version: planned.baseVersion, definition: definitionJson(planned.before) }
    const after = planned.after && { version, definition: definitionJson(planned.after) }
    await auditLog.append(tx, personEvent(caller, { action: 'slo.save', target: planned.id, before, after, reason }))
    return { outcome: 'saved', version }
  }

  /** The store of metrics is asked in no transaction. An SLO whose series are gone can still be edited. */
  async function checkMeasures({ id, sli }: Definition): Promise<void> {
    const stored = await db.platform((tx) => slos.byId(tx, id))
    if (stored && JSON.stringify(stored.definition.sli) === JSON.stringify(sli)) return
    const why = await preview.faultsOf(sli)
    if (why.length > 0) throw withoutPreview(why)
  }

  return {
    definitions: (viewer) =>
      db.platform(async (tx) => {
        const { slos: all, unreadable } = await slos.current(tx)
        const known = await ruleNamespaces.list(tx)
        const { wanted, uncompiled } = compiler.namespaces(all)
        return {
          slos: all
            .filter(({ definition }) => maySeeSlo(viewer, definition))
            .map((slo) => definitionView(slo, wanted, uncompiled, known)),
          unreadable: unreadable.map(({ id }) => id),
          requests: await requestsFor(viewer, tx),
          ruleCount: await changes.ruleCount(tx),
          stepSeconds,
        }
      }),

    ruleCount: () => db.platform((tx) => changes.ruleCount(tx)),

    definition: (viewer, id) =>
      db.platform(async (tx) => {
        const { slos: all } = await slos.current(tx)
        const slo = all.find((one) => one.id === id)
        if (!slo || !maySeeSlo(viewer, slo.definition)) throw notFound('SLO')
        const { wanted, uncompiled } = compiler.namespaces(all)
        const isCompiled = !uncompiled.some((one) => one.id === id)
        const requests = await requestsFor(viewer, tx)
        return {
          ...definitionView(slo, wanted, uncompiled, await ruleNamespaces.list(tx)),
          requests: requests.filter(({ sloId }) => sloId === id),
          group: isCompiled ? compiler.groupOf(slo) : null,
          stepSeconds,
        }
      }),

    versions: (viewer, input) =>
      db.platform(async (tx) => {
        if (!viewer.isPlatform) throw notFound('SLO')
        const page = await slos.versions(tx, input.id, input)
        if (page.items.length === 0 && !(await slos.head(tx, input.id))) throw notFound('SLO')
        return { ...page, items: page.items.map(versionView) }
      }),

    exportOpenSlo: (viewer, id) =>
      db.platform(async (tx) => {
        const slo = await slos.byId(tx, id)
        if (!slo || !maySeeSlo(viewer, slo.definition)) throw notFound('SLO')
        return { yaml: exportOpenSlo(slo.definition) }
      }),

    judge: (sent) =>
      db.platform(async (tx) => {
        const { definition, faults } = readDefinition(sent)
        if (definition) return judged(tx, definition)
        const baseVersion = (await slos.byId(tx, sent.id))?.version ?? 0
        return { baseVersion, faults, weakenings: [], rulesAfter: null, ruleCount: await changes.ruleCount(tx) }
      }),

    async importOpenSlo(yaml) {
      const { definition, faults } = importOpenSlo(yaml)
      if (!definition) throw openSloInvalid(faults)
      return { definition, ...(await db.platform((tx) => judged(tx, definition))) }
    },

    async save(caller, input) {
      const { definition, faults } = readDefinition(input.definition)
      if (!definition) throw definitionInvalid(faults)
      if (!input.withoutPreview) await checkMeasures(definition)
      return change(caller, definition.id, definition, input)
    },

    remove: (caller, input) => change(caller, input.id, null, input),

    answer: (caller, { id, answer }) =>
      db.platform(async (tx) => {
        await checkKind(tx, id, [requestKind, maintenanceKind, rolloutKind])
        return answerRequest(tx, caller, id, answer)
      }),

    withdraw: (caller, id) =>
      db.platform(async (tx) => {
        // A person who aborts a rollout that waits withdraws its request.
        await checkKind(tx, id, [requestKind, maintenanceKind])
        return withdrawRequest(tx, caller, id)
      }),
  }
}

/** The changes that wait. What is asked and why is for the platform's people. */
const requestsFor = async (viewer: Viewer, tx: PlatformTx) =>
  viewer.isPlatform ? requestViews(await changeRequests.pendingOfKind(tx, requestKind)) : []

/** @throws not found unless it is a request of one of these kinds */
async function checkKind(tx: PlatformTx, id: string, kinds: readonly string[]): Promise<void> {
  const kind = (await changeRequests.byId(tx, id))?.subject?.kind
  if (kind === undefined || !kinds.includes(kind)) throw notFound('change request')
}

/** Asks for a change that weakens an SLO. */
async function request(tx: PlatformTx, caller: Caller, planned: PlannedChange, reason: string): Promise<SaveResult> {
  const { id, weakenings } = planned
  const changeRequestId = await askPlatform(tx, caller, subjectOf(id, planned), { slo: id }, reason)
  return { outcome: 'requested', changeRequestId, weakenings }
}
