import type { Gateway } from '@tickwatch/db'
import type { Target } from '@tickwatch/rollout'
import { awaySince, stillKnown } from './gateway.views.ts'

/** An id that EC2 gives. A gateway that is an instance of a group has the instance's id (docs/rollouts.md). */
const instanceId = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/

/**
 * The gateways about which Auto Scaling is asked whether it still runs their instances, by region: those that the pages
 * show as away, and that are instances in the ring and a zone of a group that the deployment names. About others Auto
 * Scaling may know nothing, whether they are there or not.
 * @param processSince when this process began to get heartbeats
 */
export function toAskAbout(
  known: readonly Gateway[],
  targets: readonly Pick<Target, 'region' | 'zones' | 'ring'>[],
  processSince: Date,
  nowMs: number,
): Map<string, Gateway[]> {
  const regionOf = ({ ring, zone }: Gateway) =>
    targets.find((target) => target.ring === ring && target.zones.includes(zone))?.region
  const asked = known.flatMap((gateway) => {
    const isAway = stillKnown(gateway, nowMs) && awaySince(gateway, processSince, nowMs) !== null
    const region = isAway && instanceId.test(gateway.gatewayId) ? regionOf(gateway) : undefined
    return region === undefined ? [] : [{ region, gateway }]
  })
  const byRegion = Map.groupBy(asked, ({ region }) => region)
  return new Map([...byRegion].map(([region, of]) => [region, of.map(({ gateway }) => gateway)]))
}
