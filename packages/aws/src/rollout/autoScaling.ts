import {
  AutoScalingClient,
  type AutoScalingGroup,
  CancelInstanceRefreshCommand,
  type CancelInstanceRefreshCommandInput,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeInstanceRefreshesCommand,
  type InstanceRefresh,
  type RefreshPreferences,
  RollbackInstanceRefreshCommand,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling'
import type { Preferences } from '@tickwatch/rollout'
import { clientConfig, endedBy } from '../clientConfig.ts'
import { AwsRefused, asAwsError } from '../errors.ts'

/** DescribeAutoScalingGroups takes at most so many names. */
const namesMax = 50
/** DescribeAutoScalingInstances takes at most so many ids, and answers about all of them at once. */
const idsMax = 50

/** States of an instance that has left its group or is about to. It does not come back. */
const isLeaving = (state: string | undefined) => /^(Terminat|Detach)/.test(state ?? '')

/** Groups and instance refreshes of a region. */
export type AutoScaling = {
  /** Those of these groups that exist. */
  groups(names: readonly string[], signal?: AbortSignal): Promise<AutoScalingGroup[]>
  /** Those of these instances that a group has and keeps. */
  members(instanceIds: readonly string[], signal?: AbortSignal): Promise<ReadonlySet<string>>
  /** The newest 100 refreshes of a group, the newest first. */
  refreshes(group: string, signal?: AbortSignal): Promise<InstanceRefresh[]>
  /** Does nothing if a refresh is active: what is seen afterwards says which. */
  start(
    group: string,
    template: { templateId: string; version: string },
    preferences: Preferences,
    signal?: AbortSignal,
  ): Promise<void>
  /**
   * Does nothing if this refresh is not active any more. One that AWS can't roll back, because somebody changed the group meanwhile,
   * is cancelled instead, without waiting for its instances: another refresh leads the group back.
   */
  rollBack(group: string, refreshId: string, signal?: AbortSignal): Promise<void>
  /** Does nothing if this refresh is not active any more. */
  cancel(group: string, refreshId: string, signal?: AbortSignal): Promise<void>
}

export function createAutoScaling(region: string): AutoScaling {
  const client = new AutoScalingClient({ ...clientConfig, region })

  const refreshes: AutoScaling['refreshes'] = async (group, signal) => {
    try {
      const command = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: group, MaxRecords: 100 })
      const { InstanceRefreshes = [] } = await client.send(command, endedBy(signal))
      // One that is still pending may have no start yet.
      const startOf = ({ StartTime }: InstanceRefresh) => StartTime?.getTime() ?? Number.MAX_VALUE
      return InstanceRefreshes.sort((a, b) => startOf(b) - startOf(a))
    } catch (cause) {
      throw asAwsError(`Auto Scaling DescribeInstanceRefreshes ${group}`, cause)
    }
  }
  /** Rollback and cancellation name only the group. Another refresh than the one that was decided about must go on. */
  const isActive = async (group: string, refreshId: string, signal?: AbortSignal) =>
    (await refreshes(group, signal)).some(
      ({ InstanceRefreshId, EndTime }) => InstanceRefreshId === refreshId && !EndTime,
    )

  /** @returns the error that AWS answered with, if it is one of these */
  async function unless(codes: readonly string[], doing: string, call: () => Promise<unknown>): Promise<string | null> {
    try {
      await call()
      return null
    } catch (cause) {
      const error = asAwsError(`Auto Scaling ${doing}`, cause)
      if (!(error instanceof AwsRefused && codes.includes(error.code))) throw error
      return error.code
    }
  }
  const [noneActive, irreversible] = ['ActiveInstanceRefreshNotFoundFault', 'IrreversibleInstanceRefreshFault']
  const cancelled = async (input: CancelInstanceRefreshCommandInput, signal?: AbortSignal) => {
    await unless([noneActive], `CancelInstanceRefresh ${input.AutoScalingGroupName}`, () =>
      client.send(new CancelInstanceRefreshCommand(input), endedBy(signal)),
    )
  }

  return {
    async groups(names, signal) {
      const found: AutoScalingGroup[] = []
      try {
        for (let i = 0; i < names.length; i += namesMax) {
          const AutoScalingGroupNames = names.slice(i, i + namesMax)
          const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames, MaxRecords: namesMax })
          const { AutoScalingGroups = [] } = await client.send(command, endedBy(signal))
          found.push(...AutoScalingGroups)
        }
      } catch (cause) {
        throw asAwsError('Auto Scaling DescribeAutoScalingGroups', cause)
      }
      return found
    },

    async members(instanceIds, signal) {
      const found = new Set<string>()
      try {
        for (let i = 0; i < instanceIds.length; i += idsMax) {
          // An id that no group has is left out of the answer.
          const command = new DescribeAutoScalingInstancesCommand({ InstanceIds: instanceIds.slice(i, i + idsMax) })
          const { AutoScalingInstances = [] } = await client.send(command, endedBy(signal))
          for (const { InstanceId, LifecycleState } of AutoScalingInstances) {
            if (InstanceId && !isLeaving(LifecycleState)) found.add(InstanceId)
          }
        }
      } catch (cause) {
        throw asAwsError('Auto Scaling DescribeAutoScalingInstances', cause)
      }
      return found
    },

    refreshes,

    async start(group, { templateId, version }, preferences, signal) {
      const command = new StartInstanceRefreshCommand({
        AutoScalingGroupName: group,
        Strategy: 'Rolling',
        DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: templateId, Version: version } },
        Preferences: refreshPreferences(preferences),
      })
      await unless(['InstanceRefreshInProgressFault'], `StartInstanceRefresh ${group}`, () =>
        client.send(command, endedBy(signal)),
      )
    },

    async rollBack(group, refreshId, signal) {
      if (!(await isActive(group, refreshId, signal))) return
      const command = new RollbackInstanceRefreshCommand({ AutoScalingGroupName: group })
      const answer = await unless([noneActive, irreversible], `RollbackInstanceRefresh ${group}`, () =>
        client.send(command, endedBy(signal)),
      )
      if (answer === irreversible) {
        await cancelled({ AutoScalingGroupName: group, WaitForTransitioningInstances: false }, signal)
      }
    },

    async cancel(group, refreshId, signal) {
      if (!(await isActive(group, refreshId, signal))) return
      await cancelled({ AutoScalingGroupName: group }, signal)
    },
  }
}

/** AWS refuses a delay without checkpoints, and an empty list of alarms is none. */
export const refreshPreferences = (preferences: Preferences): RefreshPreferences => ({
  MinHealthyPercentage: preferences.minHealthyPercent,
  MaxHealthyPercentage: preferences.maxHealthyPercent,
  ...(preferences.checkpointPercents.length > 0
    ? { CheckpointPercentages: [...preferences.checkpointPercents], CheckpointDelay: preferences.checkpointSeconds }
    : {}),
  BakeTime: preferences.bakeSeconds,
  ...(preferences.alarms.length > 0 ? { AlarmSpecification: { Alarms: [...preferences.alarms] } } : {}),
  AutoRollback: preferences.autoRollback,
  SkipMatching: preferences.skipMatching,
  ScaleInProtectedInstances: preferences.scaleInProtectedInstances,
  StandbyInstances: preferences.standbyInstances,
})
