import type { AlarmState, FleetGroup, Refresh, RefreshStatus } from '../model.ts'
import { activeRefresh } from '../model.ts'
import { type Census, censusOf, checkpointCount, progressOf } from './census.ts'
import { keepDesired, type Moment, replaceSome } from './moves.ts'

/** Auto Scaling retries for an hour what it can't do, and then gives up. */
export const retryMs = 3_600_000

export type Surroundings = Moment & {
  alarms: ReadonlyMap<string, AlarmState>
  /** The number of the version that the group's own template names now. */
  groupVersion: string
}

/**
 * What Auto Scaling does with a group at this moment. Pure: instances are launched and ended by whoever compares the result
 * with what runs. Asked again at the same moment it changes nothing more.
 */
export function stepGroup(group: FleetGroup, around: Surroundings): FleetGroup {
  const refresh = activeRefresh(group)
  if (!refresh) return keepDesired(group, around.groupVersion, around)
  const next = advance(group, refresh, around)
  const changed = withRefresh(group, next)
  switch (next.status) {
    case 'InProgress':
    case 'Baking':
      return replaceSome(changed, censusOf(changed, next), next.desiredVersion ?? around.groupVersion, around)
    case 'RollbackInProgress':
      return replaceSome(changed, censusOf(changed, next), around.groupVersion, around)
    case 'Successful':
      return { ...changed, templateVersion: next.desiredVersion ?? changed.templateVersion }
    default:
      return changed
  }
}

const withRefresh = (group: FleetGroup, refresh: Refresh): FleetGroup => ({
  ...group,
  refreshes: group.refreshes.map((each) => (each.id === refresh.id ? refresh : each)),
})

function advance(group: FleetGroup, refresh: Refresh, around: Surroundings): Refresh {
  const { nowMs } = around
  switch (refresh.status) {
    case 'Pending':
      return advance(group, { ...refresh, status: 'InProgress', progress: { done: 0, atMs: nowMs } }, around)
    case 'InProgress':
      return alarmed(group, refresh, around) ?? replacing(group, refresh, nowMs)
    case 'Baking':
      return alarmed(group, refresh, around) ?? baking(group, refresh, nowMs)
    case 'Cancelling':
      return cancelling(group, refresh, nowMs)
    default:
      return replacing(group, refresh, nowMs)
  }
}

function alarmed(group: FleetGroup, refresh: Refresh, { alarms, nowMs }: Surroundings): Refresh | null {
  const firing = refresh.preferences.alarms.filter((name) => alarms.get(name) === 'ALARM')
  return firing.length === 0 ? null : fail(group, refresh, `Alarms went into ALARM: ${firing.join(', ')}.`, nowMs)
}

/** Forward or back: on to the next checkpoint, or to the end. */
function replacing(group: FleetGroup, refresh: Refresh, nowMs: number): Refresh {
  const census = censusOf(group, refresh)
  if (refresh.checkpointMs !== null) {
    if (nowMs < refresh.checkpointMs + refresh.preferences.checkpointSeconds * 1_000) return refresh
    const on = { ...refresh, checkpoint: refresh.checkpoint + 1, checkpointMs: null, reason: null }
    return replacing(group, { ...on, progress: { ...on.progress, atMs: nowMs } }, nowMs)
  }
  if (isComplete(group, refresh, census)) return complete(group, refresh, nowMs)
  const { checkpoint } = refresh
  const at = checkpointReached(group, refresh, census)
  if (at !== null) {
    // One that was reached before anything was replaced has nothing to wait for.
    if (census.replaced === 0) return replacing(group, { ...refresh, checkpoint: at + 1 }, nowMs)
    const percent = refresh.preferences.checkpointPercents[at]
    return { ...refresh, checkpoint: at, checkpointMs: nowMs, reason: `It waits at the checkpoint of ${percent} %.` }
  }
  const done = doneSoFar(refresh, census)
  if (done > refresh.progress.done) {
    return { ...refresh, checkpoint, progress: { done, atMs: nowMs }, reason: reasonOf(refresh) }
  }
  const why = stuckBy(census)
  if (nowMs - refresh.progress.atMs >= retryMs) {
    return fail(group, refresh, reasonOf(refresh, `No progress for 1 h. ${why}`) ?? why, nowMs)
  }
  return { ...refresh, reason: reasonOf(refresh, why) }
}

/** A rollback says first why it came to it. */
const reasonOf = ({ rollback }: Refresh, why?: string): string | null =>
  rollback ? [rollback.reason, ...(why ? [why] : [])].join(' ') : (why ?? null)

/** Ready instances count, and those that are gone, so that each step of a replacement is progress. */
const doneSoFar = (refresh: Refresh, { done, old, waiting, standby }: Census): number =>
  done + refresh.replaceIds.length - old.length - waiting.length - standby.length

function isComplete(group: FleetGroup, refresh: Refresh, census: Census): boolean {
  const { done, goal, limit, replaceable, waiting, standby, live } = census
  const { checkpointPercents } = refresh.preferences
  if (refresh.status !== 'RollbackInProgress' && limit < goal && refresh.checkpoint < checkpointPercents.length) {
    return false
  }
  const isSettled = group.instances.every(({ lifecycle }) => lifecycle !== 'Terminating')
  const isWaiting = limit >= goal && waiting.length + standby.length > 0
  return done >= limit && replaceable === 0 && !isWaiting && isSettled && live.length <= group.desired
}

/** The last checkpoint that has been reached: others before it are skipped. Null if the next one has not been. */
function checkpointReached(group: FleetGroup, refresh: Refresh, census: Census): number | null {
  if (refresh.status === 'RollbackInProgress' || census.replaceable > 0) return null
  const { checkpointPercents } = refresh.preferences
  const reached = checkpointPercents.findLastIndex(
    (percent) => Math.min(census.goal, checkpointCount(percent, group.desired)) <= census.done,
  )
  // Where everything is new there is nothing left to wait for.
  return reached >= refresh.checkpoint && census.done < census.goal ? reached : null
}

function stuckBy({ waiting, live, fresh, done }: Census): string {
  const standby = waiting.find(({ lifecycle }) => lifecycle === 'Standby')
  if (standby) return `It waits until ${standby.id} is no longer in standby.`
  if (waiting[0]) return `It waits until ${waiting[0].id} is no longer protected from scale-in.`
  const unready = fresh.find(({ lifecycle, isReady }) => lifecycle === 'Pending' || !isReady)
  return unready
    ? `It waits until ${unready.id} is ready: ${done} of ${fresh.length} new instances are.`
    : `It waits for ${live.length} instances to be replaced.`
}

function complete(group: FleetGroup, refresh: Refresh, nowMs: number): Refresh {
  if (refresh.status === 'RollbackInProgress')
    return end(group, refresh, 'RollbackSuccessful', reasonOf(refresh), nowMs)
  if (refresh.preferences.bakeSeconds === 0) return end(group, refresh, 'Successful', null, nowMs)
  return { ...refresh, status: 'Baking', bakeStartedMs: nowMs, reason: null }
}

function baking(group: FleetGroup, refresh: Refresh, nowMs: number): Refresh {
  const endsMs = (refresh.bakeStartedMs ?? nowMs) + refresh.preferences.bakeSeconds * 1_000
  return nowMs < endsMs ? refresh : end(group, refresh, 'Successful', null, nowMs)
}

function cancelling(group: FleetGroup, refresh: Refresh, nowMs: number): Refresh {
  const isMoving = group.instances.some(({ lifecycle }) => lifecycle === 'Pending' || lifecycle === 'Terminating')
  if (isMoving && nowMs - refresh.progress.atMs < retryMs) return refresh
  return end(group, refresh, 'Cancelled', refresh.reason, nowMs)
}

function fail(group: FleetGroup, refresh: Refresh, reason: string, nowMs: number): Refresh {
  if (refresh.status === 'RollbackInProgress') return end(group, refresh, 'RollbackFailed', reason, nowMs)
  if (refresh.preferences.autoRollback) return startRollback(group, refresh, reason, nowMs)
  return end(group, refresh, 'Failed', reason, nowMs)
}

/** Every instance that was launched since the start is replaced. */
export function startRollback(group: FleetGroup, refresh: Refresh, reason: string, nowMs: number): Refresh {
  const launched = group.instances.filter(
    ({ id, lifecycle }) => lifecycle !== 'Terminating' && !refresh.startIds.includes(id),
  )
  return {
    ...refresh,
    status: 'RollbackInProgress',
    reason,
    rollback: { reason, startMs: nowMs, ...progressOf(group, refresh) },
    replaceIds: launched.map(({ id }) => id),
    checkpointMs: null,
    progress: { done: 0, atMs: nowMs },
  }
}

const end = (
  group: FleetGroup,
  refresh: Refresh,
  status: RefreshStatus,
  reason: string | null,
  nowMs: number,
): Refresh => ({ ...refresh, status, reason, endMs: nowMs, final: progressOf(group, refresh) })
