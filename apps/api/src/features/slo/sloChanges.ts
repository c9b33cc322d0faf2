import { jobs, type PlatformTx, type RequestSubject, ruleNamespaces, type StoredSlo, slos } from '@tickwatch/db'
import type { Definition } from '@tickwatch/slo'
import type { Person } from '../../shared/page.types.ts'
import type { Compiler } from './slo.compiler.ts'
import { nothingChanges, requestAltered, rulesTooLong, sloUnreadable, tooManyRules } from './slo.errors.ts'
import { changeOf, namespaceFor, otherRules, type SloChange, sloBytesMax, weakeningsOf } from './slo.rules.ts'
import type { RuleCount } from './slo.types.ts'

/** A change as it would be made now. */
export type PlannedChange = SloChange & {
  id: string
  /** The SLO that it changes; null if it makes one. */
  stored: StoredSlo | null
  /** The version that `slos.append` needs: that of the deletion, if an SLO is made again. */
  headVersion: number
  /** Null if it deletes the SLO. */
  to: { definition: Definition; namespace: number } | null
  rulesAfter: number
  ruleCount: RuleCount
}

/** Changes of SLOs, for those that apply at once and for those that someone approved. */
export type SloChanges = {
  /** How many rules all SLOs have as they are saved, and others as last seen. */
  ruleCount(tx: PlatformTx): Promise<RuleCount>
  /** @throws slo-unreadable, rules-too-long */
  plan(tx: PlatformTx, id: string, after: Definition | null): Promise<PlannedChange>
  /** @throws nothing-changes, or rules-full if it has more rules than the workspace may have */
  check(planned: PlannedChange): void
  /**
   * Saves a planned change, and enqueues the job that writes its rules. The caller holds `slos.lock` since before it
   * planned, and appends its own audit event.
   * @returns the version
   */
  apply(
    tx: PlatformTx,
    planned: PlannedChange,
    by: { by: Person; approvedBy: Person | null; reason: string; changeRequestId: string | null },
  ): Promise<number>
  /**
   * Plans the change of a request again, for its approval.
   * @returns a sentence that says why the request is outdated, or the plan
   * @throws request-altered, and as `plan` and `check`
   */
  planAsked(
    tx: PlatformTx,
    subject: RequestSubject,
  ): Promise<{ outdated: string } | { outdated: null; planned: PlannedChange }>
}

export function createSloChanges(compiler: Compiler, rulesMax: number): SloChanges {
  async function plan(tx: PlatformTx, id: string, after: Definition | null): Promise<PlannedChange> {
    const { slos: all, unreadable } = await slos.current(tx)
    if (unreadable.some((slo) => slo.id === id)) throw sloUnreadable(id)
    const stored = all.find((slo) => slo.id === id) ?? null
    const head = await slos.head(tx, id)
    const placed = compiler.measureAll(all)
    const own = after && compiler.measure(after)
    if (own && own.bytes > sloBytesMax) throw rulesTooLong(own.bytes, sloBytesMax)
    const ruleCount = countOf(placed, otherRules(await ruleNamespaces.list(tx)))
    const ownBefore = placed.find((slo) => slo.id === id)?.rules ?? 0
    const before = stored?.definition ?? null
    return {
      ...{ id, stored, before, after, ruleCount },
      baseVersion: stored?.version ?? 0,
      weakenings: weakeningsOf(before, after),
      headVersion: head?.version ?? 0,
      to: after && own && { definition: after, namespace: namespaceFor(id, own.bytes, placed) },
      rulesAfter: ruleCount.slos + ruleCount.others - ownBefore + (own?.rules ?? 0),
    }
  }

  const countOf = (placed: readonly { rules: number }[], others: number): RuleCount => ({
    ...{ others, max: rulesMax },
    slos: placed.reduce((sum, { rules }) => sum + rules, 0),
  })

  function check({ before, after, ruleCount, rulesAfter }: PlannedChange): void {
    if (before && after && JSON.stringify(before) === JSON.stringify(after)) throw nothingChanges()
    // A change that frees rules is welcome also while there are too many.
    if (rulesAfter > rulesMax && rulesAfter > ruleCount.slos + ruleCount.others)
      throw tooManyRules(rulesAfter, ruleCount)
  }

  return {
    plan,
    check,
    async ruleCount(tx) {
      const { slos: all } = await slos.current(tx)
      return countOf(compiler.measureAll(all), otherRules(await ruleNamespaces.list(tx)))
    },
    async apply(tx, { id, to, headVersion: baseVersion }, by) {
      const version = await slos.append(tx, { ...{ id, baseVersion, to, savedAt: new Date() }, ...by })
      await jobs.enqueue(tx, { task: 'putSloRules', payload: {}, jobKey: 'putSloRules' })
      await jobs.notify(tx, { kind: 'slo' })
      return version
    },
    async planAsked(tx, subject) {
      const change = changeOf(subject)
      if (!change) throw requestAltered()
      const planned = await plan(tx, subject.id, change.after)
      if (planned.baseVersion !== change.baseVersion) {
        const now = planned.stored ? `it is at version ${planned.stored.version} now` : 'it is deleted'
        return { outdated: `the SLO was at version ${change.baseVersion} when this was requested, and ${now}.` }
      }
      check(planned)
      return { outdated: null, planned }
    },
  }
}
