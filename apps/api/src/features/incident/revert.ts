import { changes, type Database, envelopeOf, quotas, slos, tenants } from '@tickwatch/db'
import { canonicalJson, type Json, type Limits } from '@tickwatch/policy'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { notFound } from '../../shared/errors.ts'
import type { QuotaService } from '../quota/quota.service.ts'
import type { ReaderService } from '../reader/reader.service.ts'
import type { RollbackService } from '../rollback/rollback.service.ts'
import { runInput } from '../rollback/rollback.types.ts'
import type { SloService } from '../slo/slo.service.ts'
import type { TenantService } from '../tenant/tenant.service.ts'
import { changedSince, rollbackUnseen } from './incident.errors.ts'
import type { RevertResult, revertInput } from './incident.types.ts'
import type { Revert } from './whatChanged.rules.ts'

/**
 * Reverts a change as the person who asks for it, by the feature that made it: with its rules, approvals and audit event.
 * @throws change-superseded if what it set was changed again since; rollback-unseen without the preview of a rollback
 */
export function createRevert(
  db: Database,
  { quota, tenant, reader, rollback, slo }: RevertingServices,
): (caller: Caller, revert: Revert, reason: string, seen?: Seen) => Promise<RevertResult> {
  async function quotaBack(caller: Caller, tenantId: string, revision: number, reason: string): Promise<RevertResult> {
    const { limits, baseRevision } = await db.tenant(tenantId, async (tx) => {
      const made = await quotas.byRevision(tx, tenantId, revision)
      const head = await quotas.head(tx, tenantId)
      if (!made || !head) throw notFound('change')
      const before: Limits = revision > 1 ? ((await quotas.byRevision(tx, tenantId, revision - 1))?.limits ?? {}) : {}
      const back: Limits = {}
      for (const { limit } of made.changes) {
        if ((head.limits[limit] ?? null) !== (made.limits[limit] ?? null)) throw changedSince(`A limit of ${tenantId}`)
        // Null is the platform's default.
        back[limit] = before[limit] ?? null
      }
      return { limits: back, baseRevision: head.revision }
    })
    const result = await quota.propose(caller, tenantId, { limits, reason, baseRevision })
    return result.outcome === 'applied'
      ? { outcome: 'applied' }
      : { outcome: 'requested', changeRequestId: result.changeRequestId }
  }

  async function envelopeBack(caller: Caller, id: string, seq: number, reason: string): Promise<void> {
    const { before, after } = await db.platform(async (tx) => {
      const made = await changes.audited(tx, seq)
      const now = await tenants.byId(tx, id)
      if (!made || !now) throw notFound('change')
      if (canonicalJson(now.envelope as Json) !== canonicalJson(envelopeOf(made.after) as Json)) {
        throw changedSince(`The envelope of ${id}`)
      }
      return { before: envelopeOf(made.before), after: now.envelope }
    })
    await tenant.setEnvelope(caller, { id, base: after, envelope: before, reason })
  }

  async function sloBack(caller: Caller, id: string, version: number, reason: string): Promise<RevertResult> {
    const definition = await db.platform(async (tx) => {
      const now = await slos.byId(tx, id)
      if (now?.version !== version) throw changedSince(`The SLO ${id}`)
      const { items } = await slos.versions(tx, id, { pageSize: 2 })
      const before = items.find((one) => one.version === version - 1)?.definition
      if (!before) throw notFound('change')
      return before
    })
    // What it measured before may have no series at this moment.
    const result = await slo.save(caller, { definition, baseVersion: version, reason, withoutPreview: true })
    return result.outcome === 'saved'
      ? { outcome: 'applied' }
      : { outcome: 'requested', changeRequestId: result.changeRequestId }
  }

  async function rollBack(caller: Caller, version: number, seen: Seen): Promise<RevertResult> {
    const { data } = runInput.safeParse({ version, ...seen })
    if (!data) throw rollbackUnseen(version)
    return { outcome: 'rolledBack', ...(await rollback.run(caller, data)) }
  }

  return async (caller, revert, reason, seen) => {
    switch (revert.what) {
      case 'quota':
        return quotaBack(caller, revert.tenantId, revert.revision, reason)
      case 'rollback':
        return rollBack(caller, revert.version, seen)
      case 'slo':
        return sloBack(caller, revert.id, revert.version, reason)
      case 'suspension':
        await tenant.resume(caller, { id: revert.tenantId, reason })
        break
      case 'reader':
        await reader.revoke(caller, revert.tenantId, { id: revert.id, confirm: revert.name })
        break
      case 'envelope':
        await envelopeBack(caller, revert.tenantId, revert.seq, reason)
    }
    return { outcome: 'applied' }
  }
}

/** The features that made the changes. */
type RevertingServices = {
  quota: Pick<QuotaService, 'propose'>
  tenant: Pick<TenantService, 'resume' | 'setEnvelope'>
  reader: Pick<ReaderService, 'revoke'>
  rollback: Pick<RollbackService, 'run'>
  slo: Pick<SloService, 'save'>
}
type Seen = z.output<typeof revertInput>['rollback']
