// What AWS answers and the local fleet does not: throttling, warm pools, mixed instances policies, a refresh without a start.
// What the fleet does is tested in local/src/fleet.
import { expect, it } from 'vitest'
import { AwsUnavailable } from '../errors.ts'
import { type Answer, useScriptedAws } from '../testing/scriptedAws.ts'
import { createRolloutGroups } from './index.ts'

const aws = useScriptedAws()
const groups = () => createRolloutGroups('eu-central-1')

const xml = (body: string, status = 200): Answer => ({ status, body, headers: { 'content-type': 'text/xml' } })
const result = (action: string, content: string) =>
  xml(`<${action}Response><${action}Result>${content}</${action}Result></${action}Response>`)
const throttled = xml(
  '<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>',
  400,
)

const instance = (id: string, state: string, health = 'Healthy') =>
  `<member><InstanceId>${id}</InstanceId><AvailabilityZone>eu-central-1a</AvailabilityZone><LifecycleState>${state}</LifecycleState>` +
  `<HealthStatus>${health}</HealthStatus><LaunchTemplate><Version>7</Version></LaunchTemplate>` +
  '<ProtectedFromScaleIn>true</ProtectedFromScaleIn></member>'
const template = '<LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>7</Version></LaunchTemplate>'
const group = (content: string) =>
  result(
    'DescribeAutoScalingGroups',
    `<AutoScalingGroups><member><AutoScalingGroupName>canary</AutoScalingGroupName>` +
      `<DesiredCapacity>2</DesiredCapacity>${content}</member></AutoScalingGroups>`,
  )
const versions = xml(
  '<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet><item><versionNumber>7</versionNumber>' +
    '<launchTemplateData><imageId>ami-7</imageId></launchTemplateData></item></launchTemplateVersionSet>' +
    '</DescribeLaunchTemplateVersionsResponse>',
)
const refresh = (id: string, status: string, start: string | null) =>
  `<member><InstanceRefreshId>${id}</InstanceRefreshId><Status>${status}</Status>` +
  `${start === null ? '' : `<StartTime>${start}</StartTime>`}</member>`
const refreshes = (content = '') =>
  result('DescribeInstanceRefreshes', `<InstanceRefreshes>${content}</InstanceRefreshes>`)

it('instances that leave, or wait in a warm pool, are not the rollout’s; others are as far as their lifecycle says', async () => {
  const states = ['Pending:Wait', 'InService', 'EnteringStandby', 'Terminating:Proceed', 'Detaching', 'Warmed:Stopped']
  const all = states.map((state, i) => instance(`i-${i}`, state)).join('') + instance('i-6', 'InService', 'Unhealthy')
  aws.script(group(`${template}<Instances>${all}</Instances>`), versions, refreshes())
  const { groups: read } = await groups().read(['canary'], 'r-1')
  expect(read.get('canary')?.instances.map(({ id, lifecycle, isReady }) => [id, lifecycle, isReady])).toEqual([
    ['i-0', 'Pending', false],
    ['i-1', 'InService', true],
    ['i-2', 'Standby', false],
    ['i-3', 'Terminating', false],
    ['i-6', 'InService', false],
  ])
  expect(read.get('canary')?.instances[0]).toMatchObject({
    isProtected: true,
    templateVersion: '7',
    zone: 'eu-central-1a',
  })
})

it('the newest refresh is first, and one that has not started yet is the newest', async () => {
  const found = refresh('old', 'Successful', '2026-11-01T00:00:00Z') + refresh('new', 'Pending', null)
  aws.script(group(template), versions, refreshes(found + refresh('middle', 'Failed', '2026-11-02T00:00:00Z')))
  const { groups: read } = await groups().read(['canary'], 'r-1')
  expect(read.get('canary')?.refreshes.map(({ id }) => id)).toEqual(['new', 'middle', 'old'])
})

it('a group that can’t be read now is named, with the reason', async () => {
  aws.script(group(template), versions, throttled)
  const { groups: read, unread } = await groups().read(['canary'], 'r-1')
  expect(read.size).toBe(0)
  expect(unread.get('canary')).toBeInstanceOf(AwsUnavailable)
  expect(unread.get('canary')?.message).toContain('Rate exceeded')
})

it('a group with a mixed instances policy is not changed', async () => {
  const policy = group('<MixedInstancesPolicy></MixedInstancesPolicy>')
  aws.script(policy)
  const { unread } = await groups().read(['canary'], 'r-1')
  expect(unread.get('canary')).toMatchObject({ code: 'NoLaunchTemplate' })
  const command = { kind: 'create template version', group: 'canary', token: 'r-1' } as const
  await expect(groups().make(command, 'ami-8')).rejects.toMatchObject({ code: 'NoLaunchTemplate' })
})

it('instances that a group keeps are its members, and those that leave it, or that no group has, are not', async () => {
  const states = [
    'Pending:Wait',
    'InService',
    'Standby',
    'Terminating:Wait',
    'Terminated',
    'Detaching',
    'Warmed:Stopped',
  ]
  const found = states.map((state, i) => instance(`i-${i}`, state)).join('')
  aws.script(result('DescribeAutoScalingInstances', `<AutoScalingInstances>${found}</AutoScalingInstances>`))
  const ids = Array.from({ length: 51 }, (_, i) => `i-${i}`)
  expect([...(await groups().members(ids))]).toEqual(['i-0', 'i-1', 'i-2', 'i-6'])
  // AWS takes at most 50 ids, and without any it answers with every instance.
  const asked = aws.seen.map(({ body }) => new URLSearchParams(body.toString()))
  expect(asked.map((form) => [form.get('InstanceIds.member.1'), form.get('InstanceIds.member.50')])).toEqual([
    ['i-0', 'i-49'],
    ['i-50', null],
  ])
  await groups().members([])
  expect(aws.seen).toHaveLength(2)
  aws.script(throttled)
  await expect(groups().members(ids)).rejects.toBeInstanceOf(AwsUnavailable)
})

it('a call that its caller aborts ends', async () => {
  aws.script('no answer')
  await expect(groups().read(['canary'], 'r-1', AbortSignal.abort())).rejects.toBeInstanceOf(AwsUnavailable)
})
