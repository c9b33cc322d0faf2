// What AWS answers to a deletion, and what stands in for it in main.int.test.ts does not.
import { expect, it } from 'vitest'
import { type Answer, awsFault, useScriptedAws } from '../../../../../packages/aws/src/testing/scriptedAws.ts'
import { clientsIn } from './clients.ts'
import { alarmDeletion, type Deletion, deleteAll, groupDeletion, templateDeletion } from './deletions.ts'

const aws = useScriptedAws()
const xml = (body: string, status = 200): Answer => ({ status, body, headers: { 'content-type': 'text/xml' } })
const refused = (code: string, message = 'the reason') =>
  xml(`<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`, 400)
const noRefresh = refused('ActiveInstanceRefreshNotFound')
const unknown = refused('ValidationError', 'AutoScalingGroup name not found - AutoScalingGroup g not found')
const accepted = xml('<DeleteAutoScalingGroupResponse></DeleteAutoScalingGroupResponse>')
const groups = (members: string) =>
  xml(
    '<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult>' +
      `<AutoScalingGroups>${members}</AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`,
  )
const present = groups('<member><AutoScalingGroupName>g</AutoScalingGroupName></member>')
const [cancel, remove, describe] = ['CancelInstanceRefresh', 'DeleteAutoScalingGroup', 'DescribeAutoScalingGroups']
const actions = () => aws.seen.map(({ body }) => new URLSearchParams(body.toString()).get('Action'))

const deleteGroup = () => groupDeletion(clientsIn('us-east-1'), 'g', 1).run()

it('a group that is busy is deleted later, and waited for until it is gone', async () => {
  aws.script(noRefresh, refused('ScalingActivityInProgress'), refused('ResourceInUse'), accepted, present, groups(''))
  await deleteGroup()
  expect(actions()).toEqual([cancel, remove, remove, remove, describe, describe])
  expect(aws.seen[1]?.body.toString()).toContain('ForceDelete=true')
})

it('to delete a group, a template and an alarm that were never created succeeds', async () => {
  aws.script(unknown)
  await deleteGroup()
  expect(actions()).toEqual([cancel, remove])
  const code = 'InvalidLaunchTemplateName.NotFoundException'
  aws.script(xml(`<Response><Errors><Error><Code>${code}</Code></Error></Errors></Response>`, 400))
  await templateDeletion(clientsIn('us-east-1'), 't').run()
  aws.script(awsFault(404, 'ResourceNotFound'))
  await alarmDeletion(clientsIn('us-east-1'), 'a').run()
})

it('a group that may not be deleted is a fault at once', async () => {
  aws.script(noRefresh, refused('AccessDenied'))
  await expect(deleteGroup()).rejects.toMatchObject({ name: 'AccessDenied' })
  expect(actions()).toEqual([cancel, remove])
})

it('the newest is deleted first, and one that can’t be does not keep the others from it', async () => {
  const order: string[] = []
  const deletion = (what: string, fault?: Error): Deletion => ({
    ...{ what, byHand: `rm ${what}` },
    async run() {
      order.push(what)
      if (fault) throw fault
    },
  })
  const left = await deleteAll([deletion('a'), deletion('b', new RangeError('too far')), deletion('c')])
  expect(order).toEqual(['c', 'b', 'a'])
  expect(left).toMatchObject([{ what: 'b', byHand: 'rm b', why: 'RangeError: too far' }])
})
