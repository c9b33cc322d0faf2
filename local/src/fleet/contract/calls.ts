import {
  type AutoScalingGroup,
  CancelInstanceRefreshCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  type InstanceRefresh,
  RollbackInstanceRefreshCommand,
  StartInstanceRefreshCommand,
  type StartInstanceRefreshCommandInput,
} from '@aws-sdk/client-auto-scaling'
import { CreateLaunchTemplateVersionCommand } from '@aws-sdk/client-ec2'
import { until } from '../../process/until.ts'
import type { Target, TargetName } from './target.ts'

/** One case of the contract. */
export type Case = {
  /** What must be so, as the name of a test. */
  name: string
  /** Where it can't be shown, and why. */
  notAt?: Partial<Record<TargetName, string>>
  show(calls: Calls): Promise<void>
}

export type Preferences = NonNullable<StartInstanceRefreshCommandInput['Preferences']>

/** The calls that several cases make, at the group of the target. */
export class Calls {
  readonly at: Target
  #started = 0

  constructor(at: Target) {
    this.at = at
  }

  async group(): Promise<AutoScalingGroup> {
    const names = { AutoScalingGroupNames: [this.at.group] }
    const { AutoScalingGroups } = await this.at.autoScaling.send(new DescribeAutoScalingGroupsCommand(names))
    const [found] = AutoScalingGroups ?? []
    if (!found) throw new Error(`There is no group ${this.at.group}.`)
    return found
  }

  async template(): Promise<string> {
    return (await this.group()).LaunchTemplate?.LaunchTemplateId as string
  }

  /** The group's own version of its launch template. */
  async version(): Promise<string> {
    return (await this.group()).LaunchTemplate?.Version as string
  }

  /** Its instances in service: the version of each, by id. */
  async serving(): Promise<Map<string, string>> {
    const serving = (await this.group()).Instances?.filter(({ LifecycleState }) => LifecycleState === 'InService')
    return new Map(serving?.map(({ InstanceId = '', LaunchTemplate }) => [InstanceId, LaunchTemplate?.Version ?? '']))
  }

  async refreshes(): Promise<InstanceRefresh[]> {
    const command = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: this.at.group })
    return (await this.at.autoScaling.send(command)).InstanceRefreshes ?? []
  }

  async refresh(id: string): Promise<InstanceRefresh | undefined> {
    const command = new DescribeInstanceRefreshesCommand({
      AutoScalingGroupName: this.at.group,
      InstanceRefreshIds: [id],
    })
    return (await this.at.autoScaling.send(command)).InstanceRefreshes?.[0]
  }

  async comesTo(id: string, expected: Partial<InstanceRefresh>): Promise<void> {
    const members = Object.entries(expected)
    await until(
      `the refresh ${JSON.stringify(expected)}`,
      async () => {
        const refresh: Partial<Record<string, unknown>> = { ...(await this.refresh(id)) }
        return members.every(([name, value]) => refresh[name] === value)
      },
      this.at.waits,
    )
  }

  /** Starts a refresh to this version; null: without a desired configuration. @throws Error if it would be one too many */
  async start(version: string | null, preferences: Preferences = {}): Promise<string> {
    if (this.#started >= this.at.refreshesMax) {
      throw new Error(`The cases started ${this.#started} refreshes, and no more are allowed here.`)
    }
    const LaunchTemplate = version === null ? null : { LaunchTemplateId: await this.template(), Version: version }
    const { InstanceRefreshId } = await this.at.autoScaling.send(
      new StartInstanceRefreshCommand({
        AutoScalingGroupName: this.at.group,
        ...(LaunchTemplate && { DesiredConfiguration: { LaunchTemplate } }),
        Preferences: { MinHealthyPercentage: 50, MaxHealthyPercentage: 150, ...preferences },
      }),
    )
    this.#started += 1
    return InstanceRefreshId as string
  }

  /** @param waits for the instances that are being launched or ended */
  async cancel(waits = true): Promise<string | undefined> {
    const input = { AutoScalingGroupName: this.at.group, WaitForTransitioningInstances: waits }
    return (await this.at.autoScaling.send(new CancelInstanceRefreshCommand(input))).InstanceRefreshId
  }

  async rollBack(): Promise<string | undefined> {
    const input = { AutoScalingGroupName: this.at.group }
    return (await this.at.autoScaling.send(new RollbackInstanceRefreshCommand(input))).InstanceRefreshId
  }

  /** A copy of the group's own version, but for the image. */
  async newVersion(ClientToken: string, ImageId = this.at.otherImage): Promise<string> {
    const { LaunchTemplateVersion } = await this.at.ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: await this.template(),
        SourceVersion: await this.version(),
        VersionDescription: `of ${ClientToken}`,
        LaunchTemplateData: { ImageId },
        ClientToken,
      }),
    )
    return String(LaunchTemplateVersion?.VersionNumber)
  }

  /** Ends the refresh that a failed case left, and waits until the group has exactly its instances, all in service. */
  async settle(): Promise<void> {
    if (await isActive(this)) {
      await this.cancel(false).catch((cause: Error) => {
        // It ended a moment ago.
        if (cause.name !== 'ActiveInstanceRefreshNotFoundFault') throw cause
      })
    }
    await until('no refresh', async () => !(await isActive(this)), this.at.waits)
    await until(
      'the group complete',
      async () => {
        const { DesiredCapacity, Instances = [] } = await this.group()
        return (
          Instances.length === DesiredCapacity &&
          Instances.every(({ LifecycleState }) => LifecycleState === 'InService')
        )
      },
      this.at.waits,
    )
  }
}

const ended = ['Successful', 'Failed', 'Cancelled', 'RollbackSuccessful', 'RollbackFailed']
const isActive = async (calls: Calls) => (await calls.refreshes()).some(({ Status = '' }) => !ended.includes(Status))
