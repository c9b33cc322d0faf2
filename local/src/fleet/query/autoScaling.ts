import type { Fleet } from '../fleet.ts'
import { versionOf } from '../fleetState.ts'
import type { FleetGroup, FleetInstance, Refresh, RefreshPreferences } from '../model.ts'
import type { StartRequest } from '../refresh/begin.ts'
import { progressOf } from '../refresh/census.ts'
import { FleetFault } from '../refresh/fault.ts'
import { type Parameters, page } from './parameters.ts'
import type { Answer } from './xml.ts'

export type Handler = (fleet: Fleet, parameters: Parameters) => { [name: string]: Answer | null | undefined }

/** The calls of the API of 2011-01-01 that rollouts make. */
export const autoScaling: Readonly<Record<string, Handler>> = {
  StartInstanceRefresh(fleet, parameters) {
    const name = groupIn(parameters)
    const strategy = parameters.text('Strategy') ?? 'Rolling'
    if (strategy !== 'Rolling')
      throw new FleetFault('ValidationError', `The strategy ${strategy} is not supported here.`)
    const request = { desired: desiredOf(fleet, fleet.group(name), parameters), preferences: preferencesOf(parameters) }
    return { InstanceRefreshId: fleet.startRefresh(name, request).id }
  },

  RollbackInstanceRefresh: (fleet, parameters) => ({
    InstanceRefreshId: fleet.rollBackRefresh(groupIn(parameters)).id,
  }),

  CancelInstanceRefresh(fleet, parameters) {
    const waits = parameters.flag('WaitForTransitioningInstances') ?? true
    return { InstanceRefreshId: fleet.cancelRefresh(groupIn(parameters), waits).id }
  },

  DescribeInstanceRefreshes(fleet, parameters) {
    const group = fleet.group(groupIn(parameters))
    const ids = parameters.list('InstanceRefreshIds')
    const found = group.refreshes.filter(({ id }) => ids?.includes(id) ?? true)
    const { items, next } = page(found, parameters.text('NextToken'), sizeOf(parameters))
    return { InstanceRefreshes: items.map((refresh) => describeRefresh(group, refresh)), NextToken: next }
  },

  DescribeAutoScalingGroups(fleet, parameters) {
    const names = parameters.list('AutoScalingGroupNames')
    const size = sizeOf(parameters)
    if (names && names.length > size) {
      throw new FleetFault('ValidationError', `Name at most ${size} groups, or set MaxRecords to more, up to 100.`)
    }
    // A name that does not exist is left out.
    const found = fleet.state.groups.filter(({ name }) => names?.includes(name) ?? true)
    const { items, next } = page(found, parameters.text('NextToken'), size)
    return { AutoScalingGroups: items.map((group) => describeGroup(fleet, group)), NextToken: next }
  },

  DescribeAutoScalingInstances(fleet, parameters) {
    const ids = parameters.list('InstanceIds')
    if (ids && ids.length > 50) throw new FleetFault('ValidationError', 'Name at most 50 instances.')
    // An id that does not exist is left out.
    const found = fleet.state.groups.flatMap((group) => {
      const { id, name } = fleet.templateOf(group)
      return (
        group.instances
          .filter((instance) => ids?.includes(instance.id) ?? true)
          .map((instance) => describeInstance(instance, id, name))
          // The only call whose answer has the health in capitals.
          .map((about) => ({
            AutoScalingGroupName: group.name,
            ...about,
            HealthStatus: about.HealthStatus.toUpperCase(),
          }))
      )
    })
    const { items, next } = page(found, parameters.text('NextToken'), sizeOf(parameters, 50))
    return { AutoScalingInstances: items, NextToken: next }
  },
}

/** Auto Scaling calls a parameter that is missing a wrong one. */
const groupIn = (parameters: Parameters) => parameters.required('AutoScalingGroupName', 'ValidationError')

function sizeOf(parameters: Parameters, most = 100): number {
  const size = parameters.number('MaxRecords') ?? 50
  if (size < 1 || size > most) throw new FleetFault('ValidationError', `MaxRecords must be from 1 to ${most}.`)
  return size
}

function desiredOf(fleet: Fleet, group: FleetGroup, parameters: Parameters): StartRequest['desired'] {
  const prefix = 'DesiredConfiguration.LaunchTemplate'
  const id = parameters.text(`${prefix}.LaunchTemplateId`)
  const name = parameters.text(`${prefix}.LaunchTemplateName`)
  if (id === undefined && name === undefined) return null
  const template = fleet.template({ id, name })
  if (template?.id !== group.templateId) {
    throw new FleetFault('ValidationError', `The launch template ${id ?? name} is not the one of ${group.name}.`)
  }
  const version = parameters.text(`${prefix}.Version`) ?? '$Default'
  if (version.startsWith('$')) {
    // AWS looks again with each instance that it replaces: https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh-skip-matching.html
    const message = `The version ${version} in a desired configuration is not supported here. Name the version’s number.`
    throw new FleetFault('ValidationError', message)
  }
  const found = versionOf(template, version)
  if (!found) throw new FleetFault('ValidationError', `Version ${version} of the launch template was not found.`)
  return { number: String(found.number) }
}

function preferencesOf(parameters: Parameters): StartRequest['preferences'] {
  const name = (member: string) => `Preferences.${member}`
  const percents = parameters.list(name('CheckpointPercentages'))
  return {
    minHealthyPercent: parameters.number(name('MinHealthyPercentage')),
    maxHealthyPercent: parameters.number(name('MaxHealthyPercentage')),
    checkpointPercents: percents?.map(Number),
    checkpointSeconds: parameters.number(name('CheckpointDelay')),
    bakeSeconds: parameters.number(name('BakeTime')),
    alarms: parameters.list(name('AlarmSpecification.Alarms')),
    autoRollback: parameters.flag(name('AutoRollback')),
    skipMatching: parameters.flag(name('SkipMatching')),
    scaleInProtectedInstances: parameters.oneOf(name('ScaleInProtectedInstances'), ['Refresh', 'Ignore', 'Wait']),
    standbyInstances: parameters.oneOf(name('StandbyInstances'), ['Terminate', 'Ignore', 'Wait']),
  }
}

function describeRefresh(group: FleetGroup, refresh: Refresh): Answer {
  const { percentComplete, instancesToUpdate } = progressOf(group, refresh)
  const { rollback, desiredVersion, endMs } = refresh
  const hasBegun = refresh.status !== 'Pending'
  return {
    InstanceRefreshId: refresh.id,
    AutoScalingGroupName: group.name,
    Status: refresh.status,
    StatusReason: refresh.reason,
    StartTime: hasBegun ? new Date(refresh.startMs) : null,
    EndTime: endMs === null ? null : new Date(endMs),
    PercentageComplete: percentComplete,
    InstancesToUpdate: instancesToUpdate,
    Preferences: describePreferences(refresh.preferences),
    DesiredConfiguration:
      desiredVersion === null
        ? null
        : { LaunchTemplate: { LaunchTemplateId: group.templateId, Version: desiredVersion } },
    RollbackDetails: rollback && {
      RollbackReason: rollback.reason,
      RollbackStartTime: new Date(rollback.startMs),
      PercentageCompleteOnRollback: rollback.percentComplete,
      InstancesToUpdateOnRollback: rollback.instancesToUpdate,
    },
    Strategy: 'Rolling',
  }
}

const describePreferences = (preferences: RefreshPreferences): Answer => ({
  MinHealthyPercentage: preferences.minHealthyPercent,
  MaxHealthyPercentage: preferences.maxHealthyPercent,
  CheckpointPercentages: preferences.checkpointPercents,
  CheckpointDelay: preferences.checkpointPercents.length > 0 ? preferences.checkpointSeconds : null,
  BakeTime: preferences.bakeSeconds,
  AlarmSpecification: preferences.alarms.length > 0 ? { Alarms: preferences.alarms } : null,
  AutoRollback: preferences.autoRollback,
  SkipMatching: preferences.skipMatching,
  ScaleInProtectedInstances: preferences.scaleInProtectedInstances,
  StandbyInstances: preferences.standbyInstances,
})

function describeGroup(fleet: Fleet, group: FleetGroup): Answer {
  const { id, name } = fleet.templateOf(group)
  return {
    AutoScalingGroupName: group.name,
    MinSize: 0,
    MaxSize: Math.max(group.desired, group.instances.length),
    DesiredCapacity: group.desired,
    DefaultCooldown: 300,
    AvailabilityZones: group.zones,
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 0,
    LaunchTemplate: { LaunchTemplateId: id, LaunchTemplateName: name, Version: group.templateVersion },
    Instances: group.instances.map((instance) => describeInstance(instance, id, name)),
    Tags: Object.entries(group.tags).map(([Key, Value]) => ({
      ...{ ResourceId: group.name, ResourceType: 'auto-scaling-group', PropagateAtLaunch: true },
      ...{ Key, Value },
    })),
  }
}

/** An instance waits in a lifecycle hook until it is ready, and again until it has drained. */
function describeInstance(instance: FleetInstance, LaunchTemplateId: string, LaunchTemplateName: string) {
  const { lifecycle, isReady } = instance
  const waits = lifecycle === 'Pending' || lifecycle === 'Terminating'
  return {
    InstanceId: instance.id,
    InstanceType: 'local',
    AvailabilityZone: instance.zone,
    LifecycleState: waits ? `${lifecycle}:Wait` : lifecycle,
    HealthStatus: lifecycle === 'InService' && !isReady ? 'Unhealthy' : 'Healthy',
    LaunchTemplate: { LaunchTemplateId, LaunchTemplateName, Version: instance.templateVersion },
    ProtectedFromScaleIn: instance.isProtected,
  }
}
