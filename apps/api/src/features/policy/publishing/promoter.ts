import {
  auditLog,
  type Database,
  type Gateway,
  gateways,
  jobs,
  type PolicyVersion,
  policyVersions,
  type WorkerTx,
} from '@tickwatch/db'
import { attests, awayAfterMs, decidePromotion } from '@tickwatch/policy'
import { systemEvent } from '../../../shared/auditEvents.ts'
import type { Metrics } from '../../../telemetry/metrics.ts'
import type { Lease } from '../../../workers/lease.ts'
import { reportOf } from '../../gateway/gateway.views.ts'
import { enforcementOf } from '../enforcement.ts'
import { goneAfterMs } from '../propagation.ts'
import type { Publisher } from './publisher.ts'
import type { RingWriter } from './ringWriter.ts'

/** Moves versions on as gateways attest them, under the lease of publishing. */
export type Promoter = {
  /** Decides about the version at the canary ring, records what is enforced, labels what is good. */
  settle(lease: Lease): Promise<void>
}

export function createPromoter(parts: {
  db: Database
  publisher: Publisher
  rings: RingWriter
  metrics: Metrics
}): Promoter {
  const { db, publisher, rings, metrics } = parts
  /** Who was not heard of because we were gone ourselves is not away: every gateway gets the time to report again. */
  const listeningSinceMs = Date.now()
  const isAway = (g: Gateway, nowMs: number) =>
    nowMs - Math.max(g.heartbeatAt.getTime(), listeningSinceMs) > awayAfterMs

  async function decide(lease: Lease, v: PolicyVersion, known: readonly Gateway[], nowMs: number): Promise<void> {
    const canaries = known.filter((g) => g.ring === 'canary' && nowMs - g.heartbeatAt.getTime() < goneAfterMs)
    // Edits that keep coming must not hold the fleet up for longer than one does.
    const heldSince = await db.worker((tx) => policyVersions.heldSince(tx, v.version))
    const decision = decidePromotion(v, heldSince?.getTime() ?? nowMs, canaries.map(reportOf), nowMs)
    if (decision.step === 'promote') {
      await lease.write(async (tx) => {
        await policyVersions.update(tx, v.version, { fleetPublishedAt: new Date(nowMs), held: null })
        if (decision.because === 'hold-expired')
          await audit(tx, v, 'policy.promoteUnattested', 'no canary attested it in time')
      })
      await publisher.catchUp(lease)
    } else if (decision.step === 'stop') {
      // Every tenant reads this; the reason may name another one.
      const held = `${decision.gatewayId} refused it, so the fleet was not told and enforces what it did. The platform team sees why.`
      await lease.write(async (tx) => {
        await policyVersions.update(tx, v.version, { state: 'refused', held })
        await jobs.notify(tx, { kind: 'policy', version: v.version })
        await audit(tx, v, 'policy.refuse', `${decision.gatewayId} refused it: ${decision.reason}`)
      })
    } else {
      const away = canaries.filter((g) => decision.for.includes(g.gatewayId) && isAway(g, nowMs))
      await setHeld(lease, v, away.length === 0 ? null : waitSentence(away, decision.untilMs))
    }
  }

  async function setHeld(lease: Lease, v: PolicyVersion, held: string | null): Promise<void> {
    if (v.held === held) return
    await lease.write(async (tx) => {
      await policyVersions.update(tx, v.version, { held })
      await jobs.notify(tx, { kind: 'policy', version: v.version })
    })
  }

  /** Records when the canaries, and when all live gateways, came to enforce a version. */
  async function recordEnforced(lease: Lease, v: PolicyVersion, live: readonly Gateway[]): Promise<void> {
    const enforcing = (of: readonly Gateway[]) => of.length > 0 && of.every((g) => attests(reportOf(g), v))
    const canaries = live.filter((g) => g.ring === 'canary')
    const byCanaries = v.canaryEnforcedAt === null && enforcing(canaries)
    const byAll = v.state === 'fleet' && enforcing(live)
    if (!byCanaries && !byAll) return
    await lease.write(async (tx) => {
      const times = (await policyVersions.gatewayProgress(tx, [v.version])).flatMap((row) => enforcementOf(row, [v]))
      const lastOf = (of: readonly Gateway[]) =>
        new Date(
          Math.max(
            ...of.map((g) => times.find((t) => t.gatewayId === g.gatewayId)?.enforcedAt.getTime() ?? Date.now()),
          ),
        )
      const canaryEnforcedAt = byCanaries ? lastOf(canaries) : null
      const enforcedAt = byAll ? lastOf(live) : null
      await policyVersions.update(tx, v.version, {
        ...(canaryEnforcedAt ? { canaryEnforcedAt } : {}),
        ...(enforcedAt ? { enforcedAt, state: 'enforced' as const, held: null } : {}),
      })
      await jobs.notify(tx, { kind: 'policy', version: v.version })
      if (canaryEnforcedAt) observe('canary-enforced', v, canaryEnforcedAt)
      if (enforcedAt) observe('enforced', v, enforcedAt)
    })
  }

  const observe = (leg: string, v: PolicyVersion, at: Date) =>
    metrics.propagationSeconds.observe({ leg }, Math.max(0, at.getTime() - v.savedAt.getTime()) / 1_000)

  async function labelGood(lease: Lease, live: readonly Gateway[]): Promise<void> {
    for (const state of await db.worker((tx) => policyVersions.ringStates(tx))) {
      const members = live.filter((g) => g.ring === state.ring)
      const good = members.length > 0 && members.every((g) => attests(reportOf(g), state))
      if (!good || state.lastGoodVersion === state.version) continue
      await rings.labelLastGood(lease, state.ring, state.parameterVersion)
      await lease.write((tx) => policyVersions.setLastGood(tx, state.ring, state.version))
    }
  }

  return {
    async settle(lease) {
      await publisher.catchUp(lease)
      const nowMs = Date.now()
      const { known, underway } = await db.worker(async (tx) => ({
        known: await gateways.list(tx),
        underway: await policyVersions.underway(tx),
      }))
      const live = known.filter((g) => g.leftAt === null && !isAway(g, nowMs))
      const atCanary = underway.findLast((v) => v.state === 'canary')
      if (atCanary) await decide(lease, atCanary, known, nowMs)
      const moved = await db.worker((tx) => policyVersions.underway(tx))
      for (const v of moved) if (v.state !== 'compiled') await recordEnforced(lease, v, live)
      await labelGood(lease, live)
    },
  }
}

function waitSentence(away: readonly Gateway[], untilMs: number): string {
  const names = away.map((g) => g.gatewayId).join(', ')
  const until = new Date(untilMs).toISOString().slice(11, 19)
  return `Waits for the canary ${names}, which is away; the fleet is told at ${until} UTC at the latest.`
}

async function audit(tx: WorkerTx, v: PolicyVersion, action: string, reason: string): Promise<void> {
  const after = { version: v.version, sha256: v.sha256 }
  await auditLog.append(tx, systemEvent('promoter', { action, target: `v${v.version}`, after, reason }))
}
