import { auditLog, type Database, jobs, policyVersions, type RingState } from '@tickwatch/db'
import type { Logger } from 'pino'
import { systemEvent } from '../../../shared/auditEvents.ts'
import type { Lease } from '../../../workers/lease.ts'
import { describeManifest, type RingWriter } from './ringWriter.ts'

/**
 * Puts back every ring's manifest that is not what was last written: someone changed or deleted it by hand. The caller has
 * caught up under the same lease, so that a write of our own is never taken for one by hand.
 */
export function createReconciler(
  db: Database,
  rings: RingWriter,
  log: Logger,
): { reconcile(lease: Lease): Promise<void> } {
  async function writeAgain(lease: Lease, state: RingState): Promise<number> {
    const parameterVersion = await rings.tell(lease, state.ring, state.manifest)
    if (state.lastGoodVersion === state.version) await rings.labelLastGood(lease, state.ring, parameterVersion)
    return parameterVersion
  }

  async function putBack(
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
    log.warn({ ring: state.ring, before, after }, 'put back a manifest that was changed by hand')
  }

  return {
    async reconcile(lease) {
      for (const state of await db.worker((tx) => policyVersions.ringStates(tx))) {
        const found = await rings.get(lease, state.ring)
        // The same text under another number was written again by hand, or put back without its audit event.
        if (found?.value !== state.manifest || found.version !== state.parameterVersion)
          await putBack(lease, state, found)
      }
    },
  }
}
