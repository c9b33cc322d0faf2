import type { FleetGroup, FleetInstance, Refresh, RefreshProgress } from '../model.ts'
import { boundsOf } from './bounds.ts'

/** A group's instances as a refresh sees them. */
export type Census = {
  /** Pending or in service. */
  live: FleetInstance[]
  healthy: FleetInstance[]
  /** To be replaced, and nothing keeps the refresh from it. */
  old: FleetInstance[]
  /** In standby, to be terminated without a replacement: the group's capacity does not count them. */
  standby: FleetInstance[]
  /** To be replaced, but somebody must first take away its protection or end its standby. */
  waiting: FleetInstance[]
  /** Live ones that need no replacement, and those of them that are ready. */
  fresh: FleetInstance[]
  done: number
  /** How many must be new in the end. */
  goal: number
  /** How many may be new until the next checkpoint. */
  limit: number
  /** How many of the old ones may be replaced until the next checkpoint. */
  replaceable: number
  /** Of how many instances the refresh consists. */
  total: number
  /** How many of them are replaced and ready. */
  replaced: number
  inServiceMin: number
  liveMax: number
}

/** The checkpoints' percentages are of all instances of the group, and round up: each is the least that must be new. */
export const checkpointCount = (percent: number, desired: number): number => Math.ceil((desired * percent) / 100)

export function censusOf(group: FleetGroup, refresh: Refresh): Census {
  const { preferences } = refresh
  const isBack = refresh.status === 'RollbackInProgress'
  const present = group.instances.filter(({ lifecycle }) => lifecycle !== 'Terminating')
  const live = present.filter(isLive)
  const mustGo = new Set(refresh.replaceIds)
  const going = present.filter(({ id }) => mustGo.has(id))
  const treatment = (instance: FleetInstance) => treatmentOf(instance, refresh)
  const old = going.filter((instance) => isLive(instance) && treatment(instance) === 'replace')
  const waiting = going.filter((instance) => treatment(instance) === 'wait')
  const kept = going.filter((instance) => isLive(instance) && treatment(instance) === 'keep')
  const fresh = live.filter(({ id }) => !mustGo.has(id))
  const done = fresh.filter(isHealthy).length
  const goal = Math.max(0, group.desired - kept.length)
  // After the last checkpoint its limit stays: a list that does not end with 100 leaves the rest as it is.
  const { checkpointPercents } = preferences
  const percent = isBack ? undefined : checkpointPercents[Math.min(refresh.checkpoint, checkpointPercents.length - 1)]
  const limit = percent === undefined ? goal : Math.min(goal, checkpointCount(percent, group.desired))
  const others = kept.length + waiting.filter(isLive).length
  const stay = Math.max(0, group.desired - limit - others)
  const matched = fresh.filter(({ id }) => refresh.startIds.includes(id)).length
  const total = Math.max(0, goal - matched)
  return {
    live,
    healthy: live.filter(isHealthy),
    old,
    standby: going.filter((instance) => instance.lifecycle === 'Standby' && treatment(instance) === 'replace'),
    waiting,
    fresh,
    done,
    goal,
    limit,
    replaceable: Math.max(0, old.length - stay),
    total,
    replaced: Math.max(0, Math.min(total, done - matched)),
    ...boundsOf(preferences, group.desired),
  }
}

export const isLive = ({ lifecycle }: FleetInstance): boolean => lifecycle === 'Pending' || lifecycle === 'InService'
export const isHealthy = ({ lifecycle, isReady }: FleetInstance): boolean => lifecycle === 'InService' && isReady

function treatmentOf({ lifecycle, isProtected }: FleetInstance, { preferences }: Refresh): 'replace' | 'keep' | 'wait' {
  const { standbyInstances, scaleInProtectedInstances } = preferences
  if (lifecycle === 'Standby') {
    return standbyInstances === 'Terminate' ? 'replace' : standbyInstances === 'Ignore' ? 'keep' : 'wait'
  }
  if (!isProtected || scaleInProtectedInstances === 'Refresh') return 'replace'
  return scaleInProtectedInstances === 'Ignore' ? 'keep' : 'wait'
}

/** In a rollback the percentage goes back to 0. */
export function progressOf(group: FleetGroup, refresh: Refresh): RefreshProgress {
  if (refresh.final) return refresh.final
  const { rollback, replaceIds } = refresh
  if (rollback) {
    const left = group.instances.filter(({ id }) => replaceIds.includes(id)).length
    const ratio = replaceIds.length === 0 ? 0 : left / replaceIds.length
    return {
      percentComplete: Math.floor(rollback.percentComplete * ratio),
      instancesToUpdate: rollback.instancesToUpdate,
    }
  }
  const { total, replaced } = censusOf(group, refresh)
  const percentComplete = total === 0 ? 100 : Math.floor((replaced * 100) / total)
  return { percentComplete, instancesToUpdate: total - replaced }
}
