/** What EC2 Auto Scaling says of a group. Nothing of it is remembered: it is read again for each decision. */
export type Group = {
  /** The version in the group's launch template: a number, or `$Latest` or `$Default`. */
  templateVersion: string
  /** The AMI in that version: an id, or `resolve:ssm:…`. */
  imageId: string
  desired: number
  /** The number of the version that this rollout created, found by its token. Null until it did. */
  candidateVersion: string | null
  /** The newest first. */
  refreshes: readonly Refresh[]
  instances: readonly Instance[]
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

export type Refresh = {
  id: string
  status: RefreshStatus
  /** The version of the launch template in its desired configuration. Null if it has none. */
  templateVersion: string | null
  /** Why it has this status, in the words of AWS. */
  reason: string | null
}

export type Instance = {
  id: string
  zone: string
  /** Of the launch template it was launched with. */
  templateVersion: string
  lifecycle: 'Pending' | 'InService' | 'Standby' | 'Terminating'
  isProtected: boolean
  /** What `/ready` said last. */
  isReady: boolean
  /** It is in service, but its heartbeats stopped: nobody knows what it does. */
  isSilent: boolean
}

const ended: readonly RefreshStatus[] = ['Successful', 'Failed', 'Cancelled', 'RollbackSuccessful', 'RollbackFailed']

export const isActive = ({ status }: Refresh): boolean => !ended.includes(status)
