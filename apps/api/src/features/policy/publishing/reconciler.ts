import { auditLog, type Database, jobs, policyVersions, type RingState } from '@tickwatch/db'
import type { Logger } from 'pino'
import { systemEvent } from '../../../shared/auditEvents.ts'
import { tryAll } from '../../../shared/tryAll.ts'
import type { Lease } from '../../../workers/lease.ts'
import { dueAtRings } from './publisher.ts'
import { describeManifest, type RingWriter } from './ringWriter.ts'

/**
 * Restores every ring's manifest that is not what we wrote last: someone changed or deleted it by hand. It leaves out
 * rings where a version is due: our own write may have arrived there without an answer, and the publisher writes again.
 */
export function createReconciler(
  db: Database,
  rings: RingWriter,
  log: Logger,
): { reconcile(lease: Lease): Promise<void> } {
  async function writeAgain(lease: Lease, state: RingState): Promise<number> {
    const parameterVersion = await rings.write(lease, state.ring, state.manifest)
    if (state.lastGoodVersion === state.version) await rings.labelLastGood(lease, state.ring, parameterVersion)
    return parameterVersion
  }

  async function restore(
    lease: Lease,
    state: RingState,
    found: { value: string; version: number } | null,
  ): Promise<void> {
    const parameterVersion = await writeAgain(lease, state)
    const before = describeManifest(found)
    const after = { parameterVersion, version: state.version, sha256: state.sha256 }
    await lease.write(async (tx) => {
      await policyVersions.setDesired(tx, { ...state, parameterVersion })
      await jobs.notify(tx, { kind: 'policy', version: state.version })
      const event = { action: 'policy.manifest.reconciled', target: `ring ${state.ring}`, before, after }
      await auditLog.append(tx, systemEvent('reconciler', event))
    })
    log.warn({ ring: state.ring, before, after }, 'restored a manifest that was changed by hand')
  }

  return {
    async reconcile(lease) {
      const [underway, states] = await db.worker((tx) =>
        Promise.all([policyVersions.underway(tx), policyVersions.ringStates(tx)]),
      )
      const due = dueAtRings(underway)
      const settled = states.filter(({ ring }) => !due.has(ring))
      await tryAll(settled, async (state) => {
        const found = await rings.get(lease, state.ring)
        // The same text under another number: someone wrote it again by hand, or we crashed before our audit event.
        if (found?.value !== state.manifest || found.version !== state.parameterVersion)
          await restore(lease, state, found)
      })
    },
  }
}
