import {
  auditLog,
  type Database,
  type Gateway,
  gateways,
  jobs,
  type PolicyVersion,
  policyVersions,
  type VersionWave,
  type WorkerTx,
} from '@tickwatch/db'
import { attests, awayAfterMs, isGone, namesText, type Ring, type Wave } from '@tickwatch/policy'
import { systemEvent } from '../../../shared/auditEvents.ts'
import { tryAll } from '../../../shared/tryAll.ts'
import type { Metrics } from '../../../telemetry/metrics.ts'
import type { Lease } from '../../../workers/lease.ts'
import { reportOf } from '../../gateway/gateway.views.ts'
import { hasEnded } from '../../gateway/liveSince.ts'
import { enforcementOf } from '../enforcement.ts'
import { decidePromotion } from '../policy.rules.ts'
import type { Publisher } from './publisher.ts'
import type { RingWriter } from './ringWriter.ts'

/** Promotes versions as gateways attest them. The caller holds the lease `publishing`. */
export type Promoter = {
  /** Promotes versions to their next waves, records when they are enforced, labels each ring's last good version. */
  advance(lease: Lease): Promise<void>
}

export function createPromoter(parts: {
  db: Database
  publisher: Publisher
  rings: RingWriter
  metrics: Metrics
  waves: readonly Wave[]
}): Promoter {
  const { db, publisher, rings, metrics, waves } = parts
  /** While this process was down it got no heartbeats, so it first gives each gateway the time to report. */
  const listeningSinceMs = Date.now()
  const isAway = (g: Gateway, nowMs: number) =>
    nowMs - Math.max(g.heartbeatAt.getTime(), listeningSinceMs) > awayAfterMs

  /**
   * Ends the waves of rings that `POLICY_WAVES` no longer names, if the ring never got a manifest, or if the version is
   * due there and could not be written: the caller has just tried. All other waves are carried out as they were recorded.
   */
  async function dropRings(lease: Lease): Promise<void> {
    const [underway, states] = await db.worker((tx) =>
      Promise.all([policyVersions.underway(tx), policyVersions.ringStates(tx)]),
    )
    const hasManifest = (ring: Ring) => states.some((state) => state.ring === ring)
    const isDropped = ({ ring, dueAt, publishedAt }: VersionWave) =>
      publishedAt === null && !waves.some((wave) => wave.ring === ring) && (dueAt !== null || !hasManifest(ring))
    const affected = underway.filter((v) => v.waves.some(isDropped))
    if (affected.length === 0) return
    await lease.write(async (tx) => {
      for (const v of affected) {
        const dropped = v.waves.filter(isDropped).map(({ ring }) => ring)
        await policyVersions.dropWaves(tx, v.version, dropped)
        for (const ring of dropped) {
          const why = hasManifest(ring) ? `v${v.version} could not be written there` : 'it never got a manifest'
          const event = { action: 'policy.dropRing', target: `ring ${ring}`, after: { version: v.version } }
          const reason = `no wave names it any more, and ${why}`
          await auditLog.append(tx, systemEvent('promoter', { ...event, reason }))
        }
        // The rest of the waves begins as those of a new version do: with the first one due.
        const left = v.waves.filter((wave) => !isDropped(wave))
        if (left.length === 0) await policyVersions.addWaves(tx, v.version, waves, null)
        const [first] = left.length > 0 ? left : waves.map(({ ring }) => ({ ring, dueAt: null }))
        if (first?.dueAt === null) await policyVersions.updateWave(tx, v.version, first.ring, { dueAt: new Date() })
      }
    })
    await publisher.catchUp(lease)
  }

  /**
   * Publishes the version that all other rings have to rings that were added to `POLICY_WAVES` after it was compiled:
   * they have no manifest, or an old one.
   */
  async function addNewRings(lease: Lease): Promise<void> {
    const [common, states] = await db.worker((tx) =>
      Promise.all([policyVersions.dueAtAll(tx), policyVersions.ringStates(tx)]),
    )
    if (!common) return
    const newest = (ring: Ring) => states.find((state) => state.ring === ring)?.version ?? 0
    const has = (ring: Ring) => newest(ring) >= common.version || common.waves.some((wave) => wave.ring === ring)
    const added = waves.filter((wave) => !has(wave.ring))
    if (added.length === 0) return
    await lease.write(async (tx) => {
      await policyVersions.addWaves(tx, common.version, added, new Date())
      await policyVersions.update(tx, common.version, { state: 'publishing' })
    })
    await publisher.catchUp(lease)
  }

  /** @returns whether the version was promoted to its next wave. */
  async function decide(lease: Lease, v: PolicyVersion, known: readonly Gateway[], nowMs: number): Promise<boolean> {
    const index = v.waves.findLastIndex((wave) => wave.publishedAt !== null)
    const [wave, next] = [v.waves[index], v.waves[index + 1]]
    if (!wave || !next) return false
    // While this process was down it got no heartbeats, so a gateway must be away too.
    const gone = (g: Gateway) => isAway(g, nowMs) && isGone(g.heartbeatAt.getTime(), wave.holdSeconds, nowMs)
    const recent = known.filter((g) => !gone(g))
    const present = countedFor(recent, wave.ring)
    // A stream of edits must not delay the next wave for longer than a single edit does.
    const heldSince = await db.worker((tx) => policyVersions.heldSince(tx, v.version, wave.ring, next.ring))
    const onItsWay = v.waves.map(({ ring, holdSeconds, publishedAt }) => {
      const since = ring === wave.ring ? (heldSince ?? publishedAt) : publishedAt
      return { ring, holdSeconds, heldSinceMs: since?.getTime() ?? null }
    })
    const decision = decidePromotion(v, onItsWay, present.map(reportOf), nowMs, listeningSinceMs)
    if (decision?.step === 'stop') {
      // Every tenant can read this sentence, and the gateway's reason may name another tenant.
      const held = `${decision.gatewayId} refused it, so no ring after ${wave.ring} gets it. The platform team sees why.`
      await lease.write(async (tx) => {
        await policyVersions.update(tx, v.version, { state: 'refused', held })
        await jobs.notify(tx, { kind: 'policy', version: v.version })
        await audit(tx, v, 'policy.refuse', `${decision.gatewayId} refused it: ${decision.reason}`)
      })
      return false
    }
    // The promotion was decided before, and its write failed. `catchUp` tries that again; `dueAt` says since when.
    if (!decision || next.dueAt !== null) return false
    if (decision.step === 'wait') {
      const away = present.filter((g) => decision.for.includes(g.gatewayId) && isAway(g, nowMs))
      await setHeld(lease, v, away.length === 0 ? null : waitSentence(wave.ring, away, next.ring, decision.untilMs))
      return false
    }
    await lease.write(async (tx) => {
      await policyVersions.updateWave(tx, v.version, decision.ring, { dueAt: new Date(nowMs) })
      await policyVersions.update(tx, v.version, { held: null })
      const why = unattested[decision.because]
      if (why) await audit(tx, v, 'policy.promoteUnattested', why(wave.ring))
    })
    await publisher.catchUp(lease)
    return true
  }

  async function setHeld(lease: Lease, v: PolicyVersion, held: string | null): Promise<void> {
    if (v.held === held) return
    await lease.write(async (tx) => {
      await policyVersions.update(tx, v.version, { held })
      await jobs.notify(tx, { kind: 'policy', version: v.version })
    })
  }

  /** Records when all live gateways of each ring, and of all rings together, began to enforce a version. */
  async function recordEnforced(lease: Lease, v: PolicyVersion, live: readonly Gateway[]): Promise<void> {
    const membersOf = (wave: VersionWave) => live.filter((g) => g.ring === wave.ring)
    const enforcing = (of: readonly Gateway[]) => of.length > 0 && of.every((g) => attests(reportOf(g), v))
    const newly = v.waves.filter((wave) => wave.publishedAt && !wave.enforcedAt && enforcing(membersOf(wave)))
    const everyone = v.waves.flatMap(membersOf)
    const byAll = v.waves.every((wave) => wave.publishedAt) && enforcing(everyone)
    if (newly.length === 0 && !byAll) return
    await lease.write(async (tx) => {
      const times = (await policyVersions.gatewayProgress(tx, [v.version])).flatMap((row) => enforcementOf(row, [v]))
      const timeOf = (g: Gateway) => times.find((t) => t.gatewayId === g.gatewayId)?.enforcedAt.getTime() ?? Date.now()
      const lastOf = (of: readonly Gateway[]) => new Date(Math.max(...of.map(timeOf)))
      for (const wave of newly) {
        const enforcedAt = lastOf(membersOf(wave))
        await policyVersions.updateWave(tx, v.version, wave.ring, { enforcedAt })
        observe({ leg: 'enforced', ring: wave.ring }, v, enforcedAt)
      }
      if (byAll) {
        const enforcedAt = v.enforcedAt ?? lastOf(everyone)
        await policyVersions.update(tx, v.version, { enforcedAt, state: 'enforced', held: null })
        if (!v.enforcedAt) observe({ leg: 'enforced-by-all' }, v, enforcedAt)
      }
      await jobs.notify(tx, { kind: 'policy', version: v.version })
    })
  }

  const observe = (step: { leg: string; ring?: Ring }, v: PolicyVersion, at: Date) =>
    metrics.propagationSeconds.observe(step, Math.max(0, at.getTime() - v.savedAt.getTime()) / 1_000)

  async function labelGood(lease: Lease, live: readonly Gateway[]): Promise<void> {
    await tryAll(await db.worker((tx) => policyVersions.ringStates(tx)), async (state) => {
      const members = live.filter((g) => g.ring === state.ring)
      const good = members.length > 0 && members.every((g) => attests(reportOf(g), state))
      if (!good || state.lastGoodVersion === state.version) return
      await rings.labelLastGood(lease, state.ring, state.parameterVersion)
      await lease.write((tx) => policyVersions.setLastGood(tx, state.ring, state.version))
    })
  }

  async function promote(lease: Lease): Promise<void> {
    const nowMs = Date.now()
    const known = await db.worker((tx) => gateways.list(tx))
    const live = known.filter((g) => !hasEnded(g) && !isAway(g, nowMs))
    const underway = () => db.worker((tx) => policyVersions.underway(tx))
    const publishing = async () => (await underway()).findLast((v) => v.state === 'publishing')
    await tryAll(
      [
        // A ring without gateways does not hold the version, so one decision may lead to the next at once.
        async () => {
          for (let v = await publishing(); v && (await decide(lease, v, known, nowMs)); v = await publishing());
        },
        async () => {
          for (const v of await underway()) if (v.state !== 'compiled') await recordEnforced(lease, v, live)
        },
        () => labelGood(lease, live),
      ],
      (step) => step(),
    )
  }

  return {
    advance: (lease) => tryAll([publisher.catchUp, dropRings, addNewRings, promote], (step) => step(lease)),
  }
}

/**
 * The gateways that count for a promotion: those that neither drained nor ended. If the ring of the newest wave has no
 * other gateway, those that ended without draining count as away, because the version itself may have ended them. They do
 * until the hold ends, or until another gateway of the ring reports.
 */
export function countedFor<Known extends Pick<Gateway, 'ring' | 'leftAt' | 'endedAt'>>(
  known: readonly Known[],
  ring: Ring,
): Known[] {
  const staying = known.filter((g) => !hasEnded(g))
  if (staying.some((g) => g.ring === ring)) return staying
  return [...staying, ...known.filter((g) => g.ring === ring && g.leftAt === null)]
}

/** For the audit log: why a version was promoted although no gateway, or not every gateway, attested it. */
const unattested = {
  attested: null,
  'no-gateway': (ring: Ring) => `ring ${ring} has no gateway`,
  'hold-expired': (ring: Ring) => `not every gateway of ring ${ring} attested it in time`,
}

/** Why a version is held; the portal and the audit log show it, so it names only the first gateways. */
export function waitSentence(
  ring: Ring,
  away: readonly Pick<Gateway, 'gatewayId'>[],
  next: Ring,
  untilMs: number,
): string {
  const names = namesText(away.map((g) => g.gatewayId))
  const until = new Date(untilMs).toISOString().slice(11, 19)
  return `It waits for ${names} of ring ${ring}: no heartbeat. Ring ${next} gets it at ${until} UTC at the latest.`
}

async function audit(tx: WorkerTx, v: PolicyVersion, action: string, reason: string): Promise<void> {
  const after = { version: v.version, sha256: v.sha256 }
  await auditLog.append(tx, systemEvent('promoter', { action, target: `v${v.version}`, after, reason }))
}
