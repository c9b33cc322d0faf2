import { type Group, type Instance, isActive, type Refresh } from '../plan/fleet.ts'
import type { Wave } from '../plan/plan.ts'
import { backPreferences, type Command, forwardPreferences } from './commands.ts'

/** Where a group is on its way, and the call that takes it further. */
export type Course = {
  status: 'moving' | 'arrived' | 'failed'
  command: Command | null
  /** Why it failed. */
  reason: string | null
  /** What it waits for that the rollout can't end, and what to do. */
  waits: string | null
}

const none = { command: null, reason: null, waits: null }
const moving = (command: Command | null = null): Course => ({ ...none, status: 'moving', command })
const waiting = (waits: string): Course => ({ ...none, status: 'moving', waits })
const arrived: Course = { ...none, status: 'arrived' }
const failed = (reason: string): Course => ({ ...none, status: 'failed', reason })
/** Of a group that could not be read. */
export const unread: Course = moving()

/** The refresh that brings the candidate. Its version belongs to one rollout, so no other refresh has it. */
export const forwardRefresh = ({ refreshes, candidateVersion }: Group): Refresh | null =>
  (candidateVersion !== null && refreshes.find(({ templateVersion }) => templateVersion === candidateVersion)) || null

/** Those that count: in service or about to be, and not silent. A silent one gets what its group gets when it comes back. */
export const countedInstances = ({ instances }: Group): Instance[] =>
  instances.filter(({ lifecycle, isSilent }) => (lifecycle === 'InService' || lifecycle === 'Pending') && !isSilent)

/** How many run this version and are ready. */
export const readyCount = (group: Group, templateVersion: string | null): number =>
  countedInstances(group).filter((instance) => instance.isReady && instance.templateVersion === templateVersion).length

/** If a group has only silent instances, nobody knows what runs there. */
function allRun(group: Group, templateVersion: string): boolean {
  const counted = countedInstances(group)
  if (counted.length === 0) return group.desired === 0
  return readyCount(group, templateVersion) === counted.length
}

/** Towards the candidate. */
export function forward(name: string, group: Group, wave: Wave, token: string): Course {
  const { candidateVersion } = group
  if (candidateVersion === null) return moving({ kind: 'create template version', group: name, token })
  const refresh = forwardRefresh(group)
  const other = group.refreshes.find(isActive)
  if (refresh === null && other) {
    const which = `An instance refresh of ${name} that is not of this rollout is under way (${other.id}, ${other.status}).`
    return waiting(`${which} Wait until it has ended, or cancel it.`)
  }
  if (refresh === null) {
    const preferences = forwardPreferences(wave)
    return moving({ kind: 'start refresh', group: name, templateVersion: candidateVersion, preferences })
  }
  if (refresh.status === 'Baking' || refresh.status === 'Successful') {
    return allRun(group, candidateVersion) ? arrived : moving()
  }
  if (refresh.status === 'Pending' || refresh.status === 'InProgress') return moving()
  return failed(`The instance refresh of ${name} is ${refresh.status}${saying(refresh)}`)
}

const saying = ({ reason }: Refresh) => (reason === null ? '.' : `: ${reason}`)

/** Back to the version that the group had. A refresh of ours that is under way is rolled back; after it, another one leads back. */
export function back(name: string, group: Group, wave: Wave, previous: string): Course {
  const refresh = forwardRefresh(group)
  // Newest first: what is before ours came after it.
  const later = refresh === null ? [] : group.refreshes.slice(0, group.refreshes.indexOf(refresh))
  const newest = later[0] ?? refresh
  if (newest === null) return arrived
  if (newest === refresh) {
    if (refresh.status === 'Cancelling' || refresh.status === 'RollbackInProgress') return moving()
    if (isActive(refresh)) return moving({ kind: 'roll back refresh', group: name, refreshId: refresh.id })
    if (refresh.status === 'RollbackFailed') return failed(`The rollback of ${name} failed${saying(refresh)}`)
  } else if (isActive(newest)) return moving()
  if (group.templateVersion === previous && allRun(group, previous)) return arrived
  // Instances of the previous version that are not ready yet get ready by themselves, or not at all.
  const runsOther = countedInstances(group).some(({ templateVersion }) => templateVersion !== previous)
  if (group.templateVersion === previous && !runsOther) return moving()
  if (newest !== refresh && newest.templateVersion === previous) {
    if (newest.status === 'Successful') return moving()
    return failed(`The instance refresh that leads ${name} back is ${newest.status}${saying(newest)}`)
  }
  return moving({ kind: 'start refresh', group: name, templateVersion: previous, preferences: backPreferences(wave) })
}

/** Stops where it is. */
export function stop(name: string, group: Group): Course {
  const refresh = forwardRefresh(group)
  if (refresh === null || !isActive(refresh)) return arrived
  if (refresh.status === 'Cancelling' || refresh.status === 'RollbackInProgress') return moving()
  return moving({ kind: 'cancel refresh', group: name, refreshId: refresh.id })
}
