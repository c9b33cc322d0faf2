// Every fault that Auto Scaling and EC2 document for the calls of a rollout, as they send it.
import { forwardPreferences, planSchema, type Wave } from '@tickwatch/rollout'
import { describe, expect, it } from 'vitest'
import { AwsRefused, AwsUnavailable } from '../errors.ts'
import { faultKind } from '../faults.ts'
import { type Answer, useScriptedAws } from '../testing/scriptedAws.ts'
import { createRolloutGroups, type RolloutGroups } from './index.ts'

const aws = useScriptedAws()

const xml = (body: string, status = 200): Answer => ({ status, body, headers: { 'content-type': 'text/xml' } })
const result = (action: string, content = '') =>
  xml(`<${action}Response><${action}Result>${content}</${action}Result></${action}Response>`)
const ofAutoScaling = (code: string, status: number) =>
  xml(`<ErrorResponse><Error><Code>${code}</Code><Message>the reason</Message></Error></ErrorResponse>`, status)
const ofEc2 = (code: string, status: number) =>
  xml(`<Response><Errors><Error><Code>${code}</Code><Message>the reason</Message></Error></Errors></Response>`, status)

const group = result(
  'DescribeAutoScalingGroups',
  '<AutoScalingGroups><member><AutoScalingGroupName>canary</AutoScalingGroupName><LaunchTemplate>' +
    '<LaunchTemplateId>lt-1</LaunchTemplateId><Version>7</Version></LaunchTemplate></member></AutoScalingGroups>',
)
const active = result(
  'DescribeInstanceRefreshes',
  '<InstanceRefreshes><member><InstanceRefreshId>r</InstanceRefreshId><Status>Baking</Status></member></InstanceRefreshes>',
)
const target = { group: 'canary', environment: 'test', region: 'eu-west-1', zones: ['eu-west-1a'], ring: 'canary' }
const plan = planSchema.parse({ targets: [target], waves: [{ name: 'canary', groups: ['canary'] }] })
const preferences = forwardPreferences(plan.waves[0] as Wave)

type Command = Parameters<RolloutGroups['make']>[0]
/** Each call of the state machine: what AWS answers before it, and how a fault of it looks. */
const calls: Record<Command['kind'], { command: Command; before: Answer; fault: typeof ofEc2 }> = {
  'create template version': {
    command: { kind: 'create template version', group: 'canary', token: 'r-1' },
    before: group,
    fault: ofEc2,
  },
  'start refresh': {
    command: { kind: 'start refresh', group: 'canary', templateVersion: '8', preferences },
    before: group,
    fault: ofAutoScaling,
  },
  'roll back refresh': {
    command: { kind: 'roll back refresh', group: 'canary', refreshId: 'r' },
    before: active,
    fault: ofAutoScaling,
  },
  'cancel refresh': {
    command: { kind: 'cancel refresh', group: 'canary', refreshId: 'r' },
    before: active,
    fault: ofAutoScaling,
  },
}
const make = (command: Command) => createRolloutGroups('eu-west-1').make(command, 'ami-8')
const actions = () => aws.seen.map(({ body }) => new URLSearchParams(body.toString()).get('Action'))

describe('a call that AWS does not make', () => {
  it.each<[Command['kind'], code: string, status: number, kind: string]>([
    ['create template version', 'RequestLimitExceeded', 503, 'throttled'],
    ['create template version', 'Unavailable', 503, 'no answer'],
    ['create template version', 'InternalError', 500, 'no answer'],
    ['create template version', 'UnauthorizedOperation', 403, 'right'],
    ['create template version', 'AuthFailure', 401, 'credentials'],
    ['create template version', 'IdempotentParameterMismatch', 400, 'refused'],
    ['create template version', 'InvalidLaunchTemplateId.NotFound', 400, 'refused'],
    ['create template version', 'InvalidLaunchTemplateId.VersionNotFound', 400, 'refused'],
    ['start refresh', 'Throttling', 400, 'throttled'],
    ['start refresh', 'ResourceContention', 500, 'busy'],
    ['start refresh', 'ScalingActivityInProgress', 400, 'busy'],
    ['start refresh', 'LimitExceeded', 400, 'limit'],
    ['start refresh', 'AccessDenied', 403, 'right'],
    ['start refresh', 'ExpiredToken', 403, 'credentials'],
    ['start refresh', 'ServiceUnavailable', 503, 'no answer'],
    ['start refresh', 'ValidationError', 400, 'refused'],
    ['roll back refresh', 'LimitExceeded', 400, 'limit'],
    ['roll back refresh', 'ResourceContention', 500, 'busy'],
    ['cancel refresh', 'LimitExceeded', 400, 'limit'],
    ['cancel refresh', 'ResourceContention', 500, 'busy'],
  ])('%s: %s with %i is %s', async (kind, code, status, is) => {
    const { command, before, fault } = calls[kind]
    aws.script(before, fault(code, status))
    const error = await make(command).catch((cause: unknown) => cause)
    if (!(error instanceof AwsRefused || error instanceof AwsUnavailable)) throw error
    expect([faultKind(error), error.message]).toEqual([is, expect.stringContaining(code)])
    expect(error.message).toContain('the reason')
  })

  it.each<[Command['kind'], code: string]>([
    ['start refresh', 'InstanceRefreshInProgress'],
    ['roll back refresh', 'ActiveInstanceRefreshNotFound'],
    ['cancel refresh', 'ActiveInstanceRefreshNotFound'],
  ])('%s: %s says that there is nothing to do', async (kind, code) => {
    const { command, before, fault } = calls[kind]
    aws.script(before, fault(code, 400))
    await expect(make(command)).resolves.toBeUndefined()
    expect(actions()).toHaveLength(2)
  })

  it('a refresh that AWS can’t roll back any more is cancelled at once, and another one leads back', async () => {
    const { command, before, fault } = calls['roll back refresh']
    aws.script(before, fault('IrreversibleInstanceRefresh', 400), result('CancelInstanceRefresh'))
    await make(command)
    expect(actions()).toEqual(['DescribeInstanceRefreshes', 'RollbackInstanceRefresh', 'CancelInstanceRefresh'])
    const cancel = new URLSearchParams(aws.seen.at(-1)?.body.toString())
    expect([cancel.get('AutoScalingGroupName'), cancel.get('WaitForTransitioningInstances')]).toEqual([
      'canary',
      'false',
    ])
  })
})

describe('groups that AWS does not let us read', () => {
  const two = result(
    'DescribeAutoScalingGroups',
    `<AutoScalingGroups>${['canary', 'rest']
      .map(
        (name) =>
          `<member><AutoScalingGroupName>${name}</AutoScalingGroupName><LaunchTemplate>` +
          '<LaunchTemplateId>lt-1</LaunchTemplateId><Version>7</Version></LaunchTemplate></member>',
      )
      .join('')}</AutoScalingGroups>`,
  )
  const read = () => createRolloutGroups('eu-west-1').read(['canary', 'rest'], 'r-1')

  it('because it throttles are not asked for one by one', async () => {
    aws.script(two, ofEc2('RequestLimitExceeded', 503))
    const { groups, unread } = await read()
    expect([groups.size, [...unread.keys()]]).toEqual([0, ['canary', 'rest']])
    // The SDK tries the first one three times.
    expect(actions().filter((action) => action === 'DescribeLaunchTemplateVersions')).toHaveLength(3)
  })

  it('because one of them can’t be read do not keep the others from it', async () => {
    const versions = xml('<DescribeLaunchTemplateVersionsResponse></DescribeLaunchTemplateVersionsResponse>')
    const refreshes = result('DescribeInstanceRefreshes')
    aws.script(two, ofEc2('InvalidLaunchTemplateId.NotFound', 400), versions, refreshes)
    const { groups, unread } = await read()
    expect([[...groups.keys()], [...unread.keys()]]).toEqual([['rest'], ['canary']])
  })

  it('at all, because the list itself is throttled, are none', async () => {
    aws.script(ofAutoScaling('Throttling', 400))
    await expect(read()).rejects.toMatchObject({ name: 'AwsUnavailable', code: 'Throttling' })
  })
})
