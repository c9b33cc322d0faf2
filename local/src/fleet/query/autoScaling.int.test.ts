// What a case of the contract can't show, because in AWS it is over too soon, or is supported.
import {
  AutoScalingClient,
  DescribeInstanceRefreshesCommand,
  StartInstanceRefreshCommand,
  type StartInstanceRefreshCommandInput,
} from '@aws-sdk/client-auto-scaling'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Fleet } from '../fleet.ts'
import { FakeMachines } from '../testing/fakeMachines.ts'
import { fleetOf } from '../testing/states.ts'
import { serveFleet } from './server.ts'

const AutoScalingGroupName = 'gateways'
let fleet: Fleet
let client: AutoScalingClient
let stop: () => Promise<void>

beforeEach(async () => {
  fleet = new Fleet({ state: fleetOf({ [AutoScalingGroupName]: 1 }), machines: new FakeMachines(), now: Date.now })
  const server = await serveFleet(fleet, 0)
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  client = new AutoScalingClient({ endpoint: server.url, region: 'us-east-1', credentials })
  stop = server.stop
})
afterEach(() => stop())

const start = (Version: string) => {
  const DesiredConfiguration = { LaunchTemplate: { LaunchTemplateId: 'lt-gateways', Version } }
  return client.send(new StartInstanceRefreshCommand({ AutoScalingGroupName, DesiredConfiguration }))
}
const newest = async () => {
  const command = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName })
  return (await client.send(command)).InstanceRefreshes?.[0]
}

it('a refresh that is pending has not begun', async () => {
  await start('1')
  const pending = await newest()
  expect([pending?.Status, pending?.StartTime]).toEqual(['Pending', undefined])
  await fleet.step()
  expect(await newest()).toMatchObject({ Status: 'InProgress', StartTime: expect.any(Date) })
})

it.each(['$Latest', '$Default'])('the version %s in a desired configuration is refused', async (version) => {
  await expect(start(version)).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringContaining(`The version ${version} in a desired configuration is not supported here.`),
  })
})

it.each<[string, StartInstanceRefreshCommandInput]>([
  ['Preferences.InstanceWarmup', { AutoScalingGroupName, Preferences: { InstanceWarmup: 60 } }],
  [
    'DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version',
    {
      AutoScalingGroupName,
      DesiredConfiguration: {
        MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: { Version: '1' } } },
      },
    },
  ],
])('a start with %s, which it would not heed, is refused and starts nothing', async (name, input) => {
  await expect(client.send(new StartInstanceRefreshCommand(input))).rejects.toMatchObject({
    name: 'UnsupportedOperation',
    message: `${name}: not supported here.`,
  })
  expect(await newest()).toBeUndefined()
})
