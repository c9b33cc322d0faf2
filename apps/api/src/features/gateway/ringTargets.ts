import { type PlatformTx, policyVersions } from '@tickwatch/db'
import type { Wave } from '@tickwatch/policy'
import type { RingTargets } from './gateway.views.ts'

/** @returns what reads the rings' targets. The waves are in force since now, and this process gets heartbeats since now. */
export function ringTargetsReader(waves: readonly Wave[]): (tx: PlatformTx) => Promise<RingTargets> {
  const processSince = new Date()
  return async (tx) => ({ ...(await policyVersions.ringProgress(tx)), waves, processSince })
}
