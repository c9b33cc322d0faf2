import type { Gateway } from '@tickwatch/db'
import { behindAfterMs, type GatewayPolicyState } from '@tickwatch/policy'
import { type RingTargets, standingOf, stillKnown } from '../gateway/gateway.views.ts'
import type { DriftView } from './policy.types.ts'

type Drifting = Exclude<GatewayPolicyState, { state: 'in-sync' }>

/** Every gateway that does not enforce what its ring's manifest says, longest drift first. */
export function driftViews(
  gateways: readonly Gateway[],
  targets: RingTargets,
  nowMs: number,
  alertAfterMs: number,
): DriftView[] {
  return gateways
    .filter((g) => stillKnown(g, nowMs))
    .flatMap((g) => {
      const standing = standingOf(g, targets, nowMs)
      if (standing.state === 'in-sync') return []
      return [
        {
          gatewayId: g.gatewayId,
          ring: g.ring,
          state: standing.state,
          detail: sentence(g, standing),
          since: new Date(standing.sinceMs).toISOString(),
          alerted: nowMs - standing.sinceMs >= alertAfterMs,
        },
      ]
    })
    .sort((a, b) => a.since.localeCompare(b.since))
}

/** A version that every gateway gets within seconds is on its way to it, and no drift to warn of. */
export const isOnItsWay = ({ state, since }: DriftView, nowMs: number): boolean =>
  state === 'behind' && nowMs - Date.parse(since) < behindAfterMs

function sentence({ ring }: Gateway, standing: Drifting): string {
  if (standing.state === 'no-wave') return `Its ring ${ring} is in no wave, so it gets no new policy.`
  if (standing.state === 'away') return 'It sends no heartbeat.'
  if (standing.state === 'refused') return `It refused v${standing.version}: ${standing.reason}.`
  if (standing.state === 'unsaved') return `It enforces v${standing.version} but can’t save it: ${standing.reason}.`
  if (standing.state === 'disagrees') return 'It enforces another policy than its ring’s manifest says.'
  return `It is ${standing.versions} ${standing.versions === 1 ? 'version' : 'versions'} behind.`
}
