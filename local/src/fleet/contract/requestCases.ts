import {
  CancelInstanceRefreshCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeInstanceRefreshesCommand,
  paginateDescribeAutoScalingInstances,
  RollbackInstanceRefreshCommand,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling'
import {
  CreateLaunchTemplateVersionCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2'
import { expect } from 'vitest'
import type { Case, Preferences } from './calls.ts'

const [unknownImage, unknownInstance] = ['ami-00000000000000000', 'i-00000000000000000']
const invalid = { name: 'ValidationError' }
const wrongPreferences: readonly [string, Preferences][] = [
  ['a delay without checkpoints', { CheckpointDelay: 60 }],
  ['checkpoints out of order', { CheckpointPercentages: [50, 20] }],
  ['percentages too far apart', { MinHealthyPercentage: 0, MaxHealthyPercentage: 150 }],
  ['a bake of over two days', { BakeTime: 172_801 }],
  ['an alarm that does not exist', { AlarmSpecification: { Alarms: ['there-is-none'] } }],
]
const many = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

/** What is answered at once, and replaces no instance. */
export const requestCases: readonly Case[] = [
  {
    name: 'an unknown group, or none, is a ValidationError of a call about one, and missing in a list',
    async show({ at }) {
      const unknown = { AutoScalingGroupName: 'there-is-none' }
      for (const input of [unknown, {} as typeof unknown]) {
        for (const command of [
          new StartInstanceRefreshCommand(input),
          new CancelInstanceRefreshCommand(input),
          new RollbackInstanceRefreshCommand(input),
          new DescribeInstanceRefreshesCommand(input),
        ]) {
          await expect(at.autoScaling.send(command as StartInstanceRefreshCommand)).rejects.toMatchObject(invalid)
        }
      }
      const names = { AutoScalingGroupNames: [unknown.AutoScalingGroupName] }
      const { AutoScalingGroups } = await at.autoScaling.send(new DescribeAutoScalingGroupsCommand(names))
      expect(AutoScalingGroups).toEqual([])
    },
  },
  {
    name: 'instances are found in whatever group has them, and one that no group has is missing',
    async show(calls) {
      const known = [...(await calls.serving()).keys()].sort()
      const asked = { InstanceIds: [...known, unknownInstance] }
      const { AutoScalingInstances } = await calls.at.autoScaling.send(new DescribeAutoScalingInstancesCommand(asked))
      expect(AutoScalingInstances?.map(({ InstanceId }) => InstanceId).sort()).toEqual(known)
      // Only here the health is in capitals.
      const about = { AutoScalingGroupName: calls.at.group, LifecycleState: 'InService', HealthStatus: 'HEALTHY' }
      for (const instance of AutoScalingInstances ?? []) expect(instance).toMatchObject(about)
      for (const { HealthStatus } of (await calls.group()).Instances ?? []) expect(HealthStatus).toBe('Healthy')
    },
  },
  {
    name: 'instances come page by page, each once',
    async show(calls) {
      const known = [...(await calls.serving()).keys()].sort()
      const found: (string | undefined)[] = []
      const pages = paginateDescribeAutoScalingInstances(
        { client: calls.at.autoScaling, pageSize: 1 },
        { InstanceIds: known },
      )
      for await (const { AutoScalingInstances = [] } of pages) {
        expect(AutoScalingInstances.length).toBeLessThanOrEqual(1)
        found.push(...AutoScalingInstances.map(({ InstanceId }) => InstanceId))
      }
      expect(found.sort()).toEqual(known)
    },
  },
  {
    name: 'pages that are too large, or more names and ids than a call may have, are a ValidationError',
    async show({ at }) {
      const group = { AutoScalingGroupName: at.group }
      for (const command of [
        new DescribeInstanceRefreshesCommand({ ...group, MaxRecords: 101 }),
        new DescribeAutoScalingGroupsCommand({ MaxRecords: 101 }),
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: many(51, 'group-') }),
        new DescribeAutoScalingInstancesCommand({ MaxRecords: 51 }),
        new DescribeAutoScalingInstancesCommand({ InstanceIds: many(51, 'i-000000000000000') }),
      ]) {
        await expect(at.autoScaling.send(command as DescribeAutoScalingGroupsCommand)).rejects.toMatchObject(invalid)
      }
      const names = { AutoScalingGroupNames: [at.group, ...many(50, 'group-')], MaxRecords: 51 }
      const { AutoScalingGroups } = await at.autoScaling.send(new DescribeAutoScalingGroupsCommand(names))
      expect(AutoScalingGroups?.map(({ AutoScalingGroupName }) => AutoScalingGroupName)).toEqual([at.group])
    },
  },
  {
    name: 'a token for a page that nobody gave is an InvalidNextToken',
    async show({ at }) {
      const command = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: at.group, NextToken: 'no token' })
      await expect(at.autoScaling.send(command)).rejects.toMatchObject({ name: 'InvalidNextToken' })
    },
  },
  {
    name: 'nothing that is not active can be cancelled or rolled back',
    async show(calls) {
      await expect(calls.cancel()).rejects.toMatchObject({ name: 'ActiveInstanceRefreshNotFoundFault' })
      await expect(calls.rollBack()).rejects.toMatchObject({ name: 'ActiveInstanceRefreshNotFoundFault' })
    },
  },
  ...wrongPreferences.map(
    ([what, preferences]): Case => ({
      name: `${what} is a ValidationError`,
      async show(calls) {
        await expect(calls.start(await calls.version(), preferences)).rejects.toMatchObject(invalid)
      },
    }),
  ),
  {
    // https://github.com/hashicorp/terraform-provider-aws/issues/29830 has AWS's answer.
    name: 'a rollback by itself without a desired configuration is a ValidationError',
    async show(calls) {
      await expect(calls.start(null, { AutoRollback: true })).rejects.toMatchObject(invalid)
    },
  },
  {
    name: 'a version of the launch template that does not exist can’t be rolled out',
    async show(calls) {
      await expect(calls.start('999999')).rejects.toMatchObject(invalid)
    },
  },
  {
    name: 'a client token creates one version, and only with the same parameters',
    async show(calls) {
      const token = `contract-${Date.now()}`
      const first = await calls.newVersion(token)
      expect(await calls.newVersion(token)).toBe(first)
      const mismatch = { name: 'IdempotentParameterMismatch' }
      await expect(calls.newVersion(token, unknownImage)).rejects.toMatchObject(mismatch)
      const command = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: await calls.template() })
      const { LaunchTemplateVersions } = await calls.at.ec2.send(command)
      const found = LaunchTemplateVersions?.filter(({ VersionDescription }) => VersionDescription === `of ${token}`)
      expect(found?.map((each) => [String(each.VersionNumber), each.LaunchTemplateData?.ImageId])).toEqual([
        [first, calls.at.otherImage],
      ])
    },
  },
  {
    name: 'versions come page by page, each once',
    async show(calls) {
      const LaunchTemplateId = await calls.template()
      const newest = Number(await calls.newVersion(`contract-page-${Date.now()}`))
      const numbers: (number | undefined)[] = []
      const pages = paginateDescribeLaunchTemplateVersions({ client: calls.at.ec2, pageSize: 1 }, { LaunchTemplateId })
      for await (const { LaunchTemplateVersions = [] } of pages) {
        expect(LaunchTemplateVersions.length).toBeLessThanOrEqual(1)
        numbers.push(...LaunchTemplateVersions.map(({ VersionNumber }) => VersionNumber))
      }
      expect(numbers.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: newest }, (_, i) => i + 1))
    },
  },
  {
    name: 'a version of a launch template, or from a version, that does not exist is not created',
    async show(calls) {
      const create = async (template: { LaunchTemplateId: string } | { LaunchTemplateName: string }, from: string) => {
        const LaunchTemplateData = { ImageId: calls.at.otherImage }
        const input = { ...template, SourceVersion: from, LaunchTemplateData }
        await calls.at.ec2.send(new CreateLaunchTemplateVersionCommand(input))
      }
      await expect(create({ LaunchTemplateId: 'lt-00000000000000000' }, '1')).rejects.toMatchObject({
        name: 'InvalidLaunchTemplateId.NotFound',
      })
      await expect(create({ LaunchTemplateName: 'there-is-none' }, '1')).rejects.toMatchObject({
        name: 'InvalidLaunchTemplateName.NotFoundException',
      })
      await expect(create({ LaunchTemplateId: await calls.template() }, '999999')).rejects.toMatchObject({
        name: 'InvalidLaunchTemplateId.VersionNotFound',
      })
    },
  },
  {
    name: 'an unknown image is missing if a filter asks for it, and an error if its id does',
    async show({ at }) {
      const filter = { Filters: [{ Name: 'image-id', Values: [at.otherImage, unknownImage] }] }
      const { Images } = await at.ec2.send(new DescribeImagesCommand(filter))
      expect(Images?.map(({ ImageId, State }) => [ImageId, State])).toEqual([[at.otherImage, 'available']])
      await expect(at.ec2.send(new DescribeImagesCommand({ ImageIds: [unknownImage] }))).rejects.toMatchObject({
        name: 'InvalidAMIID.NotFound',
      })
    },
  },
  {
    name: 'the instances run the image of their version',
    notAt: { 'the local fleet': 'it does not answer DescribeInstances; fleet.test.ts looks at what it launches' },
    async show(calls) {
      const serving = await calls.serving()
      const command = new DescribeInstancesCommand({ InstanceIds: [...serving.keys()] })
      const { Reservations = [] } = await calls.at.ec2.send(command)
      const running = Reservations.flatMap(({ Instances = [] }) => Instances)
      const { LaunchTemplateVersions = [] } = await calls.at.ec2.send(
        new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: await calls.template() }),
      )
      const imageOf = (version: string | undefined) =>
        LaunchTemplateVersions.find(({ VersionNumber }) => String(VersionNumber) === version)?.LaunchTemplateData
          ?.ImageId
      expect(running.map(({ InstanceId = '', ImageId }) => [InstanceId, ImageId]).sort()).toEqual(
        [...serving].map(([id, version]) => [id, imageOf(version)]).sort(),
      )
    },
  },
]
