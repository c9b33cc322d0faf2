import { type AlarmState, activeRefresh, type FleetGroup, type Refresh, type RefreshPreferences } from '../model.ts'
import { FleetFault } from './fault.ts'
import { retryMs, startRollback } from './step.ts'

/** `StartInstanceRefresh`, read. What the request left out is undefined. */
export type StartRequest = {
  /** The number of the launch template's version in the desired configuration. */
  desired: { number: string } | null
  preferences: { [K in keyof RefreshPreferences]?: RefreshPreferences[K] | undefined }
}

/** What must be known of the group's own template. */
export type OwnTemplate = {
  groupVersion: string
  /** Such as `ami-…`, or `resolve:ssm:…`. */
  imageId: string
}

/**
 * Starts a refresh, in its status Pending.
 * @throws FleetFault InstanceRefreshInProgress, ValidationError
 */
export function startRefresh(
  group: FleetGroup,
  request: StartRequest,
  own: OwnTemplate,
  alarms: ReadonlyMap<string, AlarmState>,
  { id, nowMs }: { id: string; nowMs: number },
): FleetGroup {
  const active = activeRefresh(group)
  if (active) {
    throw new FleetFault(
      'InstanceRefreshInProgress',
      `An Instance Refresh is already in progress and blocks the execution of this Instance Refresh: ${active.id}`,
    )
  }
  const fault = preferenceFault(request.preferences) ?? alarmFault(request.preferences.alarms ?? [], alarms)
  if (fault !== null) throw new FleetFault('ValidationError', fault)
  const preferences = withDefaults(request.preferences)
  const desiredVersion = request.desired?.number ?? null
  const irreversible = preferences.autoRollback ? irreversibleBecause(group, request.desired !== null, own) : null
  // So AWS answers without a desired configuration. The API's model has no other error of StartInstanceRefresh for the rest.
  if (irreversible !== null) throw new FleetFault('ValidationError', irreversible)
  const present = group.instances.filter(({ lifecycle }) => lifecycle !== 'Terminating')
  const version = desiredVersion ?? own.groupVersion
  const refresh: Refresh = {
    id,
    status: 'Pending',
    reason: null,
    startMs: nowMs,
    endMs: null,
    desiredVersion,
    preferences,
    startIds: present.map((instance) => instance.id),
    replaceIds: present
      .filter(({ templateVersion }) => !preferences.skipMatching || templateVersion !== version)
      .map((instance) => instance.id),
    checkpoint: 0,
    checkpointMs: null,
    progress: { done: 0, atMs: nowMs },
    bakeStartedMs: null,
    rollback: null,
    final: null,
  }
  return { ...group, refreshes: [refresh, ...group.refreshes] }
}

/** @throws FleetFault ActiveInstanceRefreshNotFound, IrreversibleInstanceRefresh */
export function rollBackRefresh(group: FleetGroup, own: OwnTemplate, nowMs: number): [FleetGroup, Refresh] {
  const active = activeRefresh(group)
  // AWS does not document what it answers while a refresh is cancelled or rolled back already.
  if (!active || active.status === 'Cancelling' || active.status === 'RollbackInProgress') throw noneActive(group)
  const irreversible = irreversibleBecause(group, active.desiredVersion !== null, own)
  if (irreversible !== null) throw new FleetFault('IrreversibleInstanceRefresh', irreversible)
  const next = startRollback(group, active, 'Somebody called RollbackInstanceRefresh.', nowMs)
  return [replaced(group, next), next]
}

/** @throws FleetFault ActiveInstanceRefreshNotFound */
export function cancelRefresh(group: FleetGroup, waits: boolean, nowMs: number): [FleetGroup, Refresh] {
  const active = activeRefresh(group)
  if (!active) throw noneActive(group)
  if (active.status === 'Cancelling') return [group, active]
  const reason = 'Somebody called CancelInstanceRefresh.'
  // Without waiting it ends at the next step, whatever moves.
  const atMs = waits ? nowMs : nowMs - retryMs
  const next: Refresh = { ...active, status: 'Cancelling', reason, progress: { ...active.progress, atMs } }
  return [replaced(group, next), next]
}

const noneActive = ({ name }: FleetGroup) =>
  new FleetFault(
    'ActiveInstanceRefreshNotFound',
    `No in progress or pending Instance Refresh found for Auto Scaling group ${name}`,
  )

const replaced = (group: FleetGroup, refresh: Refresh): FleetGroup => ({
  ...group,
  refreshes: group.refreshes.map((each) => (each.id === refresh.id ? refresh : each)),
})

function irreversibleBecause({ templateVersion }: FleetGroup, hasDesired: boolean, { imageId }: OwnTemplate) {
  if (!hasDesired) return 'A rollback needs a desired configuration.'
  if (!/^\d+$/.test(templateVersion)) {
    return `The group uses the version ${templateVersion} of its launch template, which can’t be rolled back to.`
  }
  if (!imageId.startsWith('resolve:ssm:')) return null
  return 'The launch template of the group uses an AWS Systems Manager parameter, which can’t be rolled back to.'
}

/** `RefreshPreferences` in the API's reference has these rules and defaults. */
function preferenceFault(preferences: StartRequest['preferences']): string | null {
  const { minHealthyPercent: min, maxHealthyPercent: max, checkpointPercents = [], checkpointSeconds } = preferences
  const ranges: [string, number | null | undefined, number, number][] = [
    ['MinHealthyPercentage', min, 0, 100],
    ['MaxHealthyPercentage', max, 100, 200],
    ['CheckpointDelay', checkpointSeconds, 0, 172_800],
    ['BakeTime', preferences.bakeSeconds, 0, 172_800],
    ...checkpointPercents.map((percent): [string, number, number, number] => [
      'CheckpointPercentages',
      percent,
      1,
      100,
    ]),
  ]
  for (const [name, value, least, most] of ranges) {
    if (value === undefined || value === null) continue
    if (!Number.isInteger(value) || value < least || value > most) return `${name} must be from ${least} to ${most}.`
  }
  if (typeof max === 'number' && min === undefined) return 'MaxHealthyPercentage requires MinHealthyPercentage.'
  if (typeof max === 'number' && max - (min ?? 0) > 100) {
    return 'The difference between MaxHealthyPercentage and MinHealthyPercentage must not exceed 100.'
  }
  if (checkpointPercents.some((percent, i) => i > 0 && percent <= (checkpointPercents[i - 1] ?? 0))) {
    return 'CheckpointPercentages must be unique and in ascending order.'
  }
  if (checkpointSeconds !== undefined && checkpointPercents.length === 0) {
    return 'CheckpointDelay requires CheckpointPercentages.'
  }
  return null
}

function alarmFault(names: readonly string[], alarms: ReadonlyMap<string, AlarmState>): string | null {
  if (names.length > 10) return 'AlarmSpecification has more than 10 alarms.'
  const bad = names.filter((name) => alarms.get(name) !== 'OK')
  if (bad.length === 0) return null
  return `Alarms must be OK at the start: ${bad.map((name) => `${name} is ${alarms.get(name) ?? 'not found'}`).join(', ')}.`
}

const withDefaults = (asked: StartRequest['preferences']): RefreshPreferences => ({
  minHealthyPercent: asked.minHealthyPercent ?? 90,
  maxHealthyPercent: asked.maxHealthyPercent ?? null,
  checkpointPercents: asked.checkpointPercents ?? [],
  checkpointSeconds: asked.checkpointSeconds ?? 3_600,
  bakeSeconds: asked.bakeSeconds ?? 0,
  alarms: asked.alarms ?? [],
  autoRollback: asked.autoRollback ?? false,
  skipMatching: asked.skipMatching ?? false,
  scaleInProtectedInstances: asked.scaleInProtectedInstances ?? 'Wait',
  standbyInstances: asked.standbyInstances ?? 'Wait',
})
