import { createHash } from 'node:crypto'
import type { AutoScalingGroup, Instance as AwsInstance, InstanceRefresh } from '@aws-sdk/client-auto-scaling'
import type { Command, Group, Instance, Refresh, RefreshStatus } from '@tickwatch/rollout'
import { AwsRefused, AwsUnavailable } from '../errors.ts'
import { faultKind } from '../faults.ts'
import { createAutoScaling } from './autoScaling.ts'
import { createEc2, type TemplateVersion } from './ec2.ts'

/** What could be read. A group in neither does not exist. */
export type ReadGroups = {
  groups: Map<string, Group>
  /** Why a group could not be read. */
  unread: Map<string, AwsUnavailable | AwsRefused>
}

/** The Auto Scaling groups of one region, as a rollout sees and changes them. */
export type RolloutGroups = {
  /**
   * Reads groups as they are now. AWS does not know which instances are silent: none is here.
   * @throws AwsUnavailable, AwsRefused if not even the groups could be listed
   */
  read(names: readonly string[], rolloutId: string, signal?: AbortSignal): Promise<ReadGroups>
  /**
   * Makes a call of the state machine. Made twice, it does no more than once.
   * @param imageId the candidate's AMI in this region
   * @throws AwsUnavailable, AwsRefused: `faultKind` says what it waits for
   */
  make(command: Command, imageId: string, signal?: AbortSignal): Promise<void>
  /**
   * Those of these instances that an Auto Scaling group of the region has and keeps. One that it terminates or detaches
   * is not among them, and neither is one that no group has.
   * @throws AwsUnavailable, AwsRefused
   */
  members(instanceIds: readonly string[], signal?: AbortSignal): Promise<ReadonlySet<string>>
  /** Those of these AMIs that are available. */
  availableImages(imageIds: readonly string[], signal?: AbortSignal): Promise<ReadonlySet<string>>
}

export function createRolloutGroups(region: string): RolloutGroups {
  const autoScaling = createAutoScaling(region)
  const ec2 = createEc2(region)

  async function readOne(group: AutoScalingGroup, rolloutId: string, signal?: AbortSignal): Promise<Group> {
    const name = group.AutoScalingGroupName ?? ''
    const { templateId, version } = templateOf(group)
    const versions = await ec2.versions(templateId, signal)
    const refreshes = await autoScaling.refreshes(name, signal)
    const description = versionDescription(rolloutId, name)
    return {
      templateVersion: version,
      imageId: own(versions, version)?.imageId ?? '',
      desired: group.DesiredCapacity ?? 0,
      candidateVersion: versions.find((each) => each.description === description)?.number ?? null,
      refreshes: refreshes.map(refreshOf),
      instances: (group.Instances ?? []).flatMap(instanceOf),
    }
  }

  async function mustFind(name: string, signal?: AbortSignal) {
    const [group] = await autoScaling.groups([name], signal)
    if (!group) throw new AwsRefused(`There is no Auto Scaling group ${name} in ${region}.`, 'GroupNotFound')
    return templateOf(group)
  }

  return {
    async read(names, rolloutId, signal) {
      const found: ReadGroups = { groups: new Map(), unread: new Map() }
      // While AWS throttles, each further call would be throttled too, and make it longer.
      let throttled: AwsUnavailable | AwsRefused | null = null
      for (const group of await autoScaling.groups(names, signal)) {
        const name = group.AutoScalingGroupName ?? ''
        if (throttled !== null) {
          found.unread.set(name, throttled)
          continue
        }
        try {
          found.groups.set(name, await readOne(group, rolloutId, signal))
        } catch (cause) {
          if (!(cause instanceof AwsUnavailable || cause instanceof AwsRefused)) throw cause
          found.unread.set(name, cause)
          if (faultKind(cause) === 'throttled') throttled = cause
        }
      }
      return found
    },

    async make(command, imageId, signal) {
      const { group } = command
      switch (command.kind) {
        case 'create template version': {
          const { templateId, version } = await mustFind(group, signal)
          await ec2.createVersion(
            {
              templateId,
              sourceVersion: version,
              imageId,
              description: versionDescription(command.token, group),
              clientToken: keyOf(command.token, group),
            },
            signal,
          )
          return
        }
        case 'start refresh': {
          const { templateId } = await mustFind(group, signal)
          return autoScaling.start(group, { templateId, version: command.templateVersion }, command.preferences, signal)
        }
        case 'roll back refresh':
          return autoScaling.rollBack(group, command.refreshId, signal)
        case 'cancel refresh':
          return autoScaling.cancel(group, command.refreshId, signal)
      }
    },

    members: autoScaling.members,
    availableImages: ec2.availableImages,
  }
}

/** Groups may share a launch template, so a version belongs to a rollout and a group. */
const keyOf = (rolloutId: string, group: string) =>
  createHash('sha256')
    .update(JSON.stringify([rolloutId, group]))
    .digest('hex')

/**
 * The mark by which a version is found again. A client token alone is not enough: AWS forgets it after a while.
 * Of the group it has only a hash, because the description has at most 255 characters.
 */
const versionDescription = (rolloutId: string, group: string) =>
  `Tickwatch rollout ${rolloutId} (${keyOf(rolloutId, group).slice(0, 16)})`

/** A mixed instances policy may override the image, and a refresh with a launch template would end the policy. */
function templateOf({ AutoScalingGroupName, LaunchTemplate }: AutoScalingGroup) {
  const { LaunchTemplateId, Version } = LaunchTemplate ?? {}
  if (LaunchTemplateId && Version) return { templateId: LaunchTemplateId, version: Version }
  const message = `${AutoScalingGroupName} has no launch template of its own. Rollouts do not change mixed instances policies.`
  throw new AwsRefused(message, 'NoLaunchTemplate')
}

/** @param versions the newest first */
function own(versions: readonly TemplateVersion[], version: string): TemplateVersion | undefined {
  if (version === '$Latest') return versions[0]
  if (version === '$Default') return versions.find(({ isDefault }) => isDefault)
  return versions.find(({ number }) => number === version)
}

const refreshOf = (refresh: InstanceRefresh): Refresh => ({
  id: refresh.InstanceRefreshId ?? '',
  status: refresh.Status as RefreshStatus,
  templateVersion: refresh.DesiredConfiguration?.LaunchTemplate?.Version ?? null,
  reason: refresh.StatusReason ?? null,
})

const lifecycles: Readonly<Record<string, Instance['lifecycle']>> = {
  Pending: 'Pending',
  InService: 'InService',
  EnteringStandby: 'Standby',
  Standby: 'Standby',
  Terminating: 'Terminating',
}

/** Those that leave the group, or wait in a warm pool, are not the rollout's. */
function instanceOf(instance: AwsInstance): Instance[] {
  // Such as `Pending:Wait`, while a lifecycle hook runs.
  const lifecycle = lifecycles[instance.LifecycleState?.split(':')[0] ?? '']
  if (!lifecycle || !instance.InstanceId) return []
  return [
    {
      id: instance.InstanceId,
      zone: instance.AvailabilityZone ?? '',
      templateVersion: instance.LaunchTemplate?.Version ?? '',
      lifecycle,
      isProtected: instance.ProtectedFromScaleIn ?? false,
      isReady: lifecycle === 'InService' && instance.HealthStatus?.toLowerCase() === 'healthy',
      isSilent: false,
    },
  ]
}
