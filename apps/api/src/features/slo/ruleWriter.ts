import type { RuleGroups, RuleNamespaceSummary } from '@tickwatch/aws'
import { AwsRefused } from '@tickwatch/aws'
import { auditLog, type Database, jobs, type RuleNamespace, ruleNamespaces, slos } from '@tickwatch/db'
import { rulesInFile } from '@tickwatch/slo'
import type { Logger } from 'pino'
import { systemEvent } from '../../shared/auditEvents.ts'
import { tryAll } from '../../shared/tryAll.ts'
import type { Lease } from '../../workers/lease.ts'
import { type Compiler, sha256Of, type WantedNamespace } from './slo.compiler.ts'
import { isOurs, namespaceName } from './slo.rules.ts'

/** AMP says no to the same file again, so a refused one is not sent more often. */
const refusedRetryMs = 60_000

/** Makes AMP evaluate the rules of all SLOs. The caller holds the lease `slo-rules`. */
export type RuleWriter = {
  /**
   * Writes each namespace that is not as the definitions say, also one that someone changed or deleted by hand, and deletes
   * those that no SLO needs. It may end at any point: the next call goes on from what AMP then has.
   */
  settle(lease: Lease): Promise<void>
}

type Found = ReadonlyMap<string, RuleNamespaceSummary>
type Known = ReadonlyMap<string, RuleNamespace>

export function createRuleWriter(parts: {
  db: Database
  rules: RuleGroups
  compiler: Compiler
  /** How many rules the workspace may have. */
  rulesMax: number
  /** Aborts when the process ends: it does not wait for AMP then. */
  ending: AbortSignal
  log: Logger
}): RuleWriter {
  const { db, rules, log } = parts
  const life = (lease: Lease) => AbortSignal.any([lease.check(), parts.ending])

  /** Records how many rules others have in the workspace: they count against the same quota. */
  async function countOthers(lease: Lease, found: Found, known: Known): Promise<void> {
    for (const { name, modifiedAt } of [...found.values()].filter((one) => !isOurs(one.name))) {
      if (isSameTime(known.get(name)?.modifiedAt, modifiedAt)) continue
      const read = await rules.get(name, life(lease))
      if (!read) continue
      await record(lease, { ...unwritten(name), rules: rulesInFile(read.yaml), modifiedAt: read.modifiedAt })
    }
    const gone = [...known.keys()].filter((name) => !isOurs(name) && !found.has(name))
    if (gone.length > 0)
      await lease.write(async (tx) => {
        for (const name of gone) await ruleNamespaces.remove(tx, name)
      })
  }

  /** @param rulesAfter how many rules the workspace would have */
  async function write(
    lease: Lease,
    wanted: WantedNamespace,
    before: RuleNamespace | null,
    found: boolean,
    rulesAfter: number,
  ): Promise<void> {
    const { name, yaml, sha256 } = wanted
    const present = found ? await rules.get(name, life(lease)) : null
    const presentSha256 = present && sha256Of(present.yaml)
    const settled = { ...unwritten(name), sha256, rules: wanted.rules }
    if (present?.status === 'ACTIVE' && presentSha256 === sha256) {
      await record(lease, { ...settled, modifiedAt: present.modifiedAt })
      return
    }
    const last = before ?? unwritten(name)
    const isRetry = last.sendingSha256 === sha256
    const refusedAtMs = isRetry && last.failure !== null ? (last.attemptedAt?.getTime() ?? 0) : Number.NEGATIVE_INFINITY
    if (Date.now() - refusedAtMs < refusedRetryMs) return
    const attemptedAt = new Date()
    const refuse = (failure: string) => record(lease, { ...last, sendingSha256: sha256, attemptedAt, failure })
    if (rulesAfter > parts.rulesMax && wanted.rules > last.rules) {
      await refuse(tooManyRules(rulesAfter, parts.rulesMax))
      return
    }
    // Neither what AMP had when we wrote last, nor what we have sent since.
    const byHand = isRetry ? false : isChangedByHand(before, presentSha256)
    await lease.write(async (tx) => {
      await ruleNamespaces.put(tx, { ...last, sendingSha256: sha256, attemptedAt })
      if (!byHand) return
      const event = {
        action: 'slo.rules.reconcile',
        target: name,
        before: { sha256: presentSha256 },
        after: { sha256 },
      }
      await auditLog.append(tx, systemEvent('reconciler', event))
    })
    if (byHand) log.warn({ namespace: name, presentSha256, sha256 }, 'restores rules that were changed by hand')
    try {
      const modifiedAt = await rules.put(name, yaml, life(lease))
      await record(lease, { ...settled, modifiedAt })
    } catch (err) {
      if (!(err instanceof AwsRefused)) throw err
      log.error({ err, namespace: name }, 'AMP refused the rules of SLOs')
      await refuse(err.message)
    }
  }

  /** Deletes a namespace that no SLO needs. */
  async function remove(lease: Lease, name: string, before: RuleNamespace | null): Promise<void> {
    await lease.write(async (tx) => {
      // Once it is gone, nobody may think that someone else deleted it.
      await ruleNamespaces.put(tx, { ...unwritten(name), rules: before?.rules ?? 0, attemptedAt: new Date() })
      if (before) return
      const event = { action: 'slo.rules.reconcile', target: name, before: { name }, after: null }
      await auditLog.append(tx, systemEvent('reconciler', event))
    })
    await rules.remove(name, life(lease))
    await lease.write(async (tx) => {
      await ruleNamespaces.remove(tx, name)
      await jobs.notify(tx, { kind: 'slo' })
    })
  }

  const record = (lease: Lease, row: RuleNamespace) =>
    lease.write(async (tx) => {
      await ruleNamespaces.put(tx, row)
      await jobs.notify(tx, { kind: 'slo' })
    })

  return {
    async settle(lease) {
      const [current, rows] = await db.worker(
        async (tx) => [await slos.current(tx), await ruleNamespaces.list(tx)] as const,
      )
      const { wanted, uncompiled } = parts.compiler.namespaces(current.slos)
      // A namespace with an SLO that this release can't read or compile stays as it is, so that no SLO loses its alerts.
      const kept = [...current.unreadable, ...uncompiled].map(({ namespace }) => namespaceName(namespace))
      if (kept.length > 0)
        log.error({ unreadable: current.unreadable, uncompiled }, 'leaves the rules of these SLOs as they are')
      const found: Found = new Map((await rules.list(life(lease))).map((one) => [one.name, one]))
      const known: Known = new Map(rows.map((row) => [row.name, row]))
      await countOthers(lease, found, known)

      const needed = new Set([...wanted.map(({ name }) => name), ...kept])
      const unneeded = [...new Set([...found.keys(), ...known.keys()])].filter(
        (name) => isOurs(name) && !needed.has(name),
      )
      const due = wanted.filter(
        ({ name, sha256 }) => !kept.includes(name) && !isSettled(sha256, known.get(name), found.get(name)),
      )
      await tryAll(unneeded, (name) => remove(lease, name, known.get(name) ?? null))
      if (due.length === 0) return
      let rulesAfter = await db.worker(async (tx) =>
        (await ruleNamespaces.list(tx)).reduce((sum, row) => sum + row.rules, 0),
      )
      await tryAll(due, (one) => {
        const before = known.get(one.name) ?? null
        rulesAfter += one.rules - (before?.rules ?? 0)
        return write(lease, one, before, found.has(one.name), rulesAfter)
      })
    },
  }
}

const unwritten = (name: string): RuleNamespace => ({
  ...{ name, rules: 0, sha256: null, sendingSha256: null, modifiedAt: null, attemptedAt: null, failure: null },
})

const tooManyRules = (rules: number, rulesMax: number) =>
  `The workspace would have ${rules} rules, and may have at most ${rulesMax}. Delete an SLO or other rules, or raise AMP’s quota and AMP_RULES_MAX.`

const isSameTime = (a: Date | null | undefined, b: Date) => a?.getTime() === b.getTime()

const isSettled = (sha256: string, known: RuleNamespace | undefined, found: RuleNamespaceSummary | undefined) =>
  known?.sha256 === sha256 &&
  known.sendingSha256 === null &&
  found?.status === 'ACTIVE' &&
  isSameTime(known.modifiedAt, found.modifiedAt)

/** Whether a namespace has neither the file that we know to be there, nor the one that we have sent. */
function isChangedByHand(before: RuleNamespace | null, presentSha256: string | null): boolean {
  if (!before) return presentSha256 !== null
  if (presentSha256 === null) return before.sha256 !== null
  return presentSha256 !== before.sha256 && presentSha256 !== before.sendingSha256
}
