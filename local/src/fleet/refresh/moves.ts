import type { FleetGroup, FleetInstance } from '../model.ts'
import { type Census, isHealthy, isLive } from './census.ts'

/** What time it is, and what the fleet knows besides its groups. */
export type Moment = {
  nowMs: number
  /** A new instance's id. */
  newId: () => string
}

/** After an instance that ended before it was ready, the next launch waits for so long. */
const launchPauseMs = 5_000

/** Launches and terminates as far as the bounds of the refresh allow it now. */
export function replaceSome(group: FleetGroup, census: Census, version: string, moment: Moment): FleetGroup {
  const gone = new Set(census.standby.map(({ id }) => id))
  let { replaceable } = census
  let healthy = census.healthy.length
  let live = census.live
  const candidates = [...census.old]
  while (replaceable > 0) {
    const next = firstToGo(candidates, live)
    if (!next) break
    const costs = isHealthy(next) ? 1 : 0
    // One that is not ready may always go: nothing is lost with it.
    if (costs === 1 && healthy - 1 < census.inServiceMin) break
    healthy -= costs
    replaceable -= 1
    gone.add(next.id)
    candidates.splice(candidates.indexOf(next), 1)
    live = live.filter(({ id }) => id !== next.id)
  }
  const wanted = Math.min(census.liveMax, group.desired + replaceable)
  return launch(terminate(group, gone), wanted - live.length, version, moment)
}

/** Keeps a group at its desired capacity while nothing replaces its instances. */
export function keepDesired(group: FleetGroup, version: string, moment: Moment): FleetGroup {
  const live = group.instances.filter(isLive)
  const surplus = live.length - group.desired
  if (surplus <= 0) return launch(group, -surplus, version, moment)
  const expendable = live.filter(({ isProtected }) => !isProtected)
  const gone = new Set<string>()
  for (let i = 0; i < surplus; i++) {
    const rest = expendable.filter(({ id }) => !gone.has(id))
    const others = rest.filter(({ templateVersion }) => templateVersion !== version)
    const next = firstToGo(others.length > 0 ? others : rest, live)
    if (next) gone.add(next.id)
  }
  return terminate(group, gone)
}

/** Those that are not ready first, then of the zone that has the most, then the oldest. */
function firstToGo(candidates: readonly FleetInstance[], live: readonly FleetInstance[]): FleetInstance | undefined {
  const inZone = (zone: string) => live.filter((each) => each.zone === zone).length
  return candidates.toSorted(
    (a, b) =>
      Number(isHealthy(a)) - Number(isHealthy(b)) ||
      inZone(b.zone) - inZone(a.zone) ||
      a.launchedMs - b.launchedMs ||
      a.id.localeCompare(b.id, 'en'),
  )[0]
}

const terminate = (group: FleetGroup, gone: ReadonlySet<string>): FleetGroup =>
  gone.size === 0
    ? group
    : {
        ...group,
        instances: group.instances.map((instance) =>
          gone.has(instance.id) ? { ...instance, lifecycle: 'Terminating' as const } : instance,
        ),
      }

function launch(group: FleetGroup, count: number, version: string, { nowMs, newId }: Moment): FleetGroup {
  if (count <= 0) return group
  if (group.launchFailedMs !== null && nowMs < group.launchFailedMs + launchPauseMs) return group
  const instances = [...group.instances]
  for (let i = 0; i < count; i++) {
    instances.push({
      id: newId(),
      zone: emptiestZone(group.zones, instances.filter(isLive)),
      templateVersion: version,
      lifecycle: 'Pending',
      isReady: false,
      isProtected: false,
      launchedMs: nowMs,
    })
  }
  return { ...group, instances }
}

function emptiestZone(zones: readonly string[], live: readonly FleetInstance[]): string {
  const inZone = (zone: string) => live.filter((each) => each.zone === zone).length
  return zones.toSorted((a, b) => inZone(a) - inZone(b))[0] ?? ''
}
