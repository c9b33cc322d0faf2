import {
  AutoScalingClient,
  CancelInstanceRefreshCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeInstanceRefreshesCommand,
  RollbackInstanceRefreshCommand,
  StartInstanceRefreshCommand,
  type StartInstanceRefreshCommandInput,
} from '@aws-sdk/client-auto-scaling'
import {
  CreateLaunchTemplateVersionCommand,
  DescribeImagesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../process/until.ts'
import { Fleet } from './fleet.ts'
import { keepStepping } from './loop.ts'
import { serveFleet } from './query/server.ts'
import { FakeMachines } from './testing/fakeMachines.ts'
import { fleetOf } from './testing/states.ts'

/** Where the calls go: an existing group with a numbered version of its launch template, and another AMI. */
type Place = {
  autoScaling: AutoScalingClient
  ec2: EC2Client
  group: string
  otherImage: string
  /** How long a refresh may take. */
  seconds: number
  everyMs: number
  stop(): Promise<void>
}

async function ours(): Promise<Place> {
  const fleet = new Fleet({ state: fleetOf({ gateways: 2 }), machines: new FakeMachines(), now: Date.now })
  const faults: unknown[] = []
  const stopStepping = keepStepping(fleet, 10, (cause) => faults.push(cause))
  const server = await serveFleet(fleet, 0)
  const config = { endpoint: server.url, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
  return {
    autoScaling: new AutoScalingClient(config),
    ec2: new EC2Client(config),
    group: 'gateways',
    otherImage: 'ami-new',
    seconds: 30,
    everyMs: 20,
    async stop() {
      await server.stop()
      await stopStepping()
      expect(faults).toEqual([])
    },
  }
}

/** With the credentials and the region that the SDK finds. The group is left with the version that it had. */
const aws = (group: string, otherImage: string): Place => ({
  autoScaling: new AutoScalingClient(),
  ec2: new EC2Client(),
  group,
  otherImage,
  seconds: 1_800,
  everyMs: 10_000,
  stop: async () => {},
})

const { FLEET_CONTRACT_GROUP: awsGroup, FLEET_CONTRACT_IMAGE: awsImage } = process.env
const places: [string, () => Promise<Place>][] = [['the local fleet', ours]]
if (awsGroup && awsImage) places.push(['AWS', async () => aws(awsGroup, awsImage)])
const timeout = awsGroup ? 3_600_000 : 60_000

describe.each(places)('Auto Scaling and EC2 as rollouts use them, of %s', (_, open) => {
  let at: Place
  beforeAll(async () => {
    at = await open()
    await until('the group complete', async () => {
      const { DesiredCapacity, Instances } = await group()
      return Instances?.filter(({ LifecycleState }) => LifecycleState === 'InService').length === DesiredCapacity
    })
  })
  afterAll(() => at.stop())

  async function group() {
    const { AutoScalingGroups } = await at.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [at.group] }),
    )
    const [found] = AutoScalingGroups ?? []
    if (!found) throw new Error(`There is no group ${at.group}.`)
    return found
  }
  const template = async () => (await group()).LaunchTemplate?.LaunchTemplateId as string
  const version = async () => (await group()).LaunchTemplate?.Version as string
  const ids = async () => (await group()).Instances?.map(({ InstanceId }) => InstanceId).sort()
  const refresh = async (id: string | undefined) => {
    const command = new DescribeInstanceRefreshesCommand({
      AutoScalingGroupName: at.group,
      InstanceRefreshIds: [id as string],
    })
    return (await at.autoScaling.send(command)).InstanceRefreshes?.[0]
  }
  const comesTo = (id: string | undefined, status: string) =>
    until(`${id} ${status}`, async () => (await refresh(id))?.Status === status, {
      seconds: at.seconds,
      everyMs: at.everyMs,
    })
  async function start(Version: string, Preferences: StartInstanceRefreshCommandInput['Preferences'] = {}) {
    const input = {
      AutoScalingGroupName: at.group,
      DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: await template(), Version } },
      Preferences: { MinHealthyPercentage: 50, MaxHealthyPercentage: 150, ...Preferences },
    }
    return (await at.autoScaling.send(new StartInstanceRefreshCommand(input))).InstanceRefreshId
  }
  const cancel = () => at.autoScaling.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName: at.group }))
  const rollBack = () => at.autoScaling.send(new RollbackInstanceRefreshCommand({ AutoScalingGroupName: at.group }))
  async function newVersion(ClientToken: string, ImageId: string) {
    const { LaunchTemplateVersion } = await at.ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: await template(),
        SourceVersion: await version(),
        VersionDescription: `of ${ClientToken}`,
        LaunchTemplateData: { ImageId },
        ClientToken,
      }),
    )
    return String(LaunchTemplateVersion?.VersionNumber)
  }

  it('an unknown group is a ValidationError of a call about it, and missing in a list', async () => {
    const unknown = { AutoScalingGroupName: 'there-is-none' }
    for (const command of [
      new StartInstanceRefreshCommand(unknown),
      new CancelInstanceRefreshCommand(unknown),
      new DescribeInstanceRefreshesCommand(unknown),
    ]) {
      await expect(at.autoScaling.send(command as StartInstanceRefreshCommand)).rejects.toMatchObject({
        name: 'ValidationError',
      })
    }
    const names = { AutoScalingGroupNames: [unknown.AutoScalingGroupName] }
    const { AutoScalingGroups } = await at.autoScaling.send(new DescribeAutoScalingGroupsCommand(names))
    expect(AutoScalingGroups).toEqual([])
  })

  it('instances are found in whatever group has them, and one that no group has is missing', async () => {
    const known = await ids()
    const asked = { InstanceIds: [...(known ?? []), 'i-00000000000000000'] as string[] }
    const { AutoScalingInstances } = await at.autoScaling.send(new DescribeAutoScalingInstancesCommand(asked))
    expect(AutoScalingInstances?.map(({ InstanceId }) => InstanceId).sort()).toEqual(known)
    for (const instance of AutoScalingInstances ?? [])
      expect(instance).toMatchObject({ AutoScalingGroupName: at.group, LifecycleState: 'InService' })
  })

  it('nothing that is not active can be cancelled or rolled back', async () => {
    await expect(cancel()).rejects.toMatchObject({ name: 'ActiveInstanceRefreshNotFoundFault' })
    await expect(rollBack()).rejects.toMatchObject({ name: 'ActiveInstanceRefreshNotFoundFault' })
  })

  it.each<[string, StartInstanceRefreshCommandInput['Preferences']]>([
    ['a delay without checkpoints', { CheckpointDelay: 60 }],
    ['checkpoints out of order', { CheckpointPercentages: [50, 20] }],
    ['percentages too far apart', { MinHealthyPercentage: 0, MaxHealthyPercentage: 150 }],
    ['a bake of over two days', { BakeTime: 172_801 }],
    ['an alarm that does not exist', { AlarmSpecification: { Alarms: ['there-is-none'] } }],
  ])('%s is a ValidationError', async (_case, preferences) => {
    await expect(start(await version(), preferences)).rejects.toMatchObject({ name: 'ValidationError' })
  })

  it('a client token creates one version, and only with the same parameters', async () => {
    const token = `contract-${Date.now()}`
    const first = await newVersion(token, at.otherImage)
    expect(await newVersion(token, at.otherImage)).toBe(first)
    await expect(newVersion(token, 'ami-00000000000000000')).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    })
    const { LaunchTemplateVersions } = await at.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: await template() }),
    )
    const found = LaunchTemplateVersions?.filter(({ VersionDescription }) => VersionDescription === `of ${token}`)
    expect(found?.map((each) => [String(each.VersionNumber), each.LaunchTemplateData?.ImageId])).toEqual([
      [first, at.otherImage],
    ])
  })

  it('a version of a launch template, or from a version, that does not exist is not created', async () => {
    const create = async (LaunchTemplateId: string, SourceVersion: string) => {
      const LaunchTemplateData = { ImageId: at.otherImage }
      await at.ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, SourceVersion, LaunchTemplateData }))
    }
    await expect(create('lt-00000000000000000', '1')).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateId.NotFound',
    })
    await expect(create(await template(), '999999')).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateId.VersionNotFound',
    })
  })

  it('an unknown image is missing if a filter asks for it, and an error if its id does', async () => {
    const [known, unknown] = [at.otherImage, 'ami-00000000000000000']
    const filter = { Filters: [{ Name: 'image-id', Values: [known, unknown] }] }
    const { Images } = await at.ec2.send(new DescribeImagesCommand(filter))
    expect(Images?.map(({ ImageId, State }) => [ImageId, State])).toEqual([[known, 'available']])
    await expect(at.ec2.send(new DescribeImagesCommand({ ImageIds: [unknown] }))).rejects.toMatchObject({
      name: 'InvalidAMIID.NotFound',
    })
  })

  it(
    'a refresh to the version that all have replaces none, if matching ones are skipped',
    async () => {
      const before = await ids()
      await comesTo(await start(await version(), { SkipMatching: true }), 'Successful')
      expect(await ids()).toEqual(before)
    },
    timeout,
  )

  it(
    'a refresh that is active keeps another from starting, until it is cancelled',
    async () => {
      const before = await version()
      const other = await newVersion(`contract-cancel-${Date.now()}`, at.otherImage)
      const id = await start(other, { BakeTime: 3_600 })
      await expect(start(other)).rejects.toMatchObject({ name: 'InstanceRefreshInProgressFault' })
      expect((await cancel()).InstanceRefreshId).toBe(id)
      await comesTo(id, 'Cancelled')
      expect(await version()).toBe(before)
      // Back, because a cancelled refresh leaves what it replaced.
      await comesTo(await start(before, { SkipMatching: true }), 'Successful')
    },
    timeout,
  )

  it(
    'a refresh without a desired configuration can’t be rolled back, and ends if it is cancelled without waiting',
    async () => {
      const { InstanceRefreshId: id } = await at.autoScaling.send(
        new StartInstanceRefreshCommand({
          AutoScalingGroupName: at.group,
          Preferences: { MinHealthyPercentage: 50, MaxHealthyPercentage: 150, SkipMatching: true, BakeTime: 3_600 },
        }),
      )
      await expect(rollBack()).rejects.toMatchObject({ name: 'IrreversibleInstanceRefreshFault' })
      const cancelled = { AutoScalingGroupName: at.group, WaitForTransitioningInstances: false }
      await at.autoScaling.send(new CancelInstanceRefreshCommand(cancelled))
      await comesTo(id, 'Cancelled')
    },
    timeout,
  )

  it(
    'a refresh that bakes is rolled back: instances and group have the version before',
    async () => {
      const before = await version()
      const id = await start(await newVersion(`contract-back-${Date.now()}`, at.otherImage), { BakeTime: 3_600 })
      await comesTo(id, 'Baking')
      expect(await version()).toBe(before)
      expect((await rollBack()).InstanceRefreshId).toBe(id)
      await comesTo(id, 'RollbackSuccessful')
      expect(await refresh(id)).toMatchObject({
        RollbackDetails: { PercentageCompleteOnRollback: 100 },
        Preferences: { MinHealthyPercentage: 50, MaxHealthyPercentage: 150, BakeTime: 3_600 },
      })
      expect(await version()).toBe(before)
      expect(new Set((await group()).Instances?.map(({ LaunchTemplate }) => LaunchTemplate?.Version))).toEqual(
        new Set([before]),
      )
    },
    timeout,
  )

  it(
    'a refresh that succeeds changes the group’s own template, and only then',
    async () => {
      const before = await version()
      const other = await newVersion(`contract-good-${Date.now()}`, at.otherImage)
      const preferences = { CheckpointPercentages: [50, 100], CheckpointDelay: 0, AutoRollback: true }
      const id = await start(other, preferences)
      expect(await version()).toBe(before)
      await comesTo(id, 'Successful')
      expect(await refresh(id)).toMatchObject({
        PercentageComplete: 100,
        InstancesToUpdate: 0,
        DesiredConfiguration: { LaunchTemplate: { Version: other } },
        Preferences: {
          ...preferences,
          SkipMatching: false,
          ScaleInProtectedInstances: 'Wait',
          StandbyInstances: 'Wait',
        },
      })
      expect(await version()).toBe(other)
      await comesTo(await start(before), 'Successful')
      expect(await version()).toBe(before)
    },
    timeout,
  )
})
