/** A group of EC2 Auto Scaling, as far as rollouts see it. It is stored as it is. */
export type FleetGroup = {
  name: string
  templateId: string
  /** A number, `$Latest` or `$Default`. */
  templateVersion: string
  desired: number
  zones: readonly string[]
  tags: Readonly<Record<string, string>>
  instances: readonly FleetInstance[]
  /** The newest first. */
  refreshes: readonly Refresh[]
  /** When an instance last ended before it was ready. The next launch waits a little. */
  launchFailedMs: number | null
}

export type FleetInstance = {
  /** Such as `i-0123456789abcdef0`. */
  id: string
  zone: string
  /** The number of the launch template's version that it was launched with. */
  templateVersion: string
  lifecycle: 'Pending' | 'InService' | 'Standby' | 'Terminating'
  /** What `/ready` said last. */
  isReady: boolean
  /** From scale-in, and so from a refresh. */
  isProtected: boolean
  launchedMs: number
}

export type RefreshStatus =
  | 'Pending'
  | 'InProgress'
  | 'Baking'
  | 'Successful'
  | 'Failed'
  | 'Cancelling'
  | 'Cancelled'
  | 'RollbackInProgress'
  | 'RollbackSuccessful'
  | 'RollbackFailed'

const ended: readonly RefreshStatus[] = ['Successful', 'Failed', 'Cancelled', 'RollbackSuccessful', 'RollbackFailed']
export const isActive = ({ status }: Pick<Refresh, 'status'>): boolean => !ended.includes(status)
export const activeRefresh = ({ refreshes }: FleetGroup): Refresh | null => refreshes.find(isActive) ?? null

/** `RefreshPreferences` of the API, with its defaults for what a request left out. */
export type RefreshPreferences = {
  minHealthyPercent: number
  /** Null if the request had none, which is not the same as 100. */
  maxHealthyPercent: number | null
  checkpointPercents: readonly number[]
  checkpointSeconds: number
  bakeSeconds: number
  alarms: readonly string[]
  autoRollback: boolean
  skipMatching: boolean
  scaleInProtectedInstances: 'Refresh' | 'Ignore' | 'Wait'
  standbyInstances: 'Terminate' | 'Ignore' | 'Wait'
}

export type Refresh = {
  id: string
  status: RefreshStatus
  /** Why it has this status. */
  reason: string | null
  startMs: number
  endMs: number | null
  /** The number of the version that it brings. Null if the request had no desired configuration. */
  desiredVersion: string | null
  preferences: RefreshPreferences
  /** The instances that the group had at the start. */
  startIds: readonly string[]
  /** Those that it replaces; in a rollback, those that it had launched. */
  replaceIds: readonly string[]
  /** The index of the next checkpoint, and since when the refresh waits at it. */
  checkpoint: number
  checkpointMs: number | null
  /** The most that was ever done, and since when. A crash loop is no progress. */
  progress: { done: number; atMs: number }
  bakeStartedMs: number | null
  rollback: ({ reason: string; startMs: number } & RefreshProgress) | null
  /** How far it was when it ended. */
  final: RefreshProgress | null
}

/** `PercentageComplete` and `InstancesToUpdate` of the API. */
export type RefreshProgress = { percentComplete: number; instancesToUpdate: number }

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
