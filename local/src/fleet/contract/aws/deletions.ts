import {
  CancelInstanceRefreshCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling'
import { DeleteAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { DeleteLaunchTemplateCommand } from '@aws-sdk/client-ec2'
import { until } from '../../../process/until.ts'
import type { Clients } from './clients.ts'

/** What deletes something that was created, or may have been: a call that failed may have done its work. */
export type Deletion = {
  /** Such as `the launch template …`. */
  what: string
  /** The command with which a person does it. */
  byHand: string
  /** If there is nothing to delete, it succeeds. */
  run(): Promise<void>
}

/** Deletes the newest first. One that can't be deleted does not keep the others from it. @returns what is left, and why */
export async function deleteAll(deletions: readonly Deletion[]): Promise<(Deletion & { why: string })[]> {
  const left = []
  for (const deletion of deletions.toReversed()) {
    try {
      await deletion.run()
    } catch (cause) {
      const { name, message } = cause as Error
      left.push({ ...deletion, why: `${name}: ${message}` })
    }
  }
  return left
}

/** @param errors the names of errors that are expected, or what their messages have */
async function unless(errors: RegExp, call: Promise<unknown>): Promise<void> {
  await call.catch((cause: Error) => {
    if (!errors.test(`${cause.name}: ${cause.message}`)) throw cause
  })
}

export const alarmDeletion = ({ cloudWatch, region }: Clients, name: string): Deletion => ({
  what: `the alarm ${name}`,
  byHand: `aws cloudwatch delete-alarms --region ${region} --alarm-names ${name}`,
  run: () => unless(/^ResourceNotFound/, cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] }))),
})

export const templateDeletion = ({ ec2, region }: Clients, name: string): Deletion => ({
  what: `the launch template ${name}`,
  byHand: `aws ec2 delete-launch-template --region ${region} --launch-template-name ${name}`,
  run: () => unless(/NotFound/, ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: name }))),
})

/** For so long Auto Scaling may take to end the instances of a group. */
const groupSeconds = 1_200
const isBusy = ({ name }: Error) => /^(ResourceInUse|ScalingActivityInProgress|ResourceContention)/.test(name)

export const groupDeletion = ({ autoScaling, region }: Clients, name: string, everyMs: number): Deletion => ({
  what: `the Auto Scaling group ${name} with its instances`,
  byHand: `aws autoscaling delete-auto-scaling-group --force-delete --region ${region} --auto-scaling-group-name ${name}`,
  async run() {
    const group = { AutoScalingGroupName: name }
    const waits = { seconds: groupSeconds, everyMs }
    // Whether a group can be deleted while a refresh goes on is not documented.
    const cancel = new CancelInstanceRefreshCommand({ ...group, WaitForTransitioningInstances: false })
    await unless(/^ActiveInstanceRefreshNotFound|^ValidationError: .*not found/, autoScaling.send(cancel))
    let refused: Error | undefined
    const isAnswered = async () => {
      refused = await autoScaling.send(new DeleteAutoScalingGroupCommand({ ...group, ForceDelete: true })).then(
        () => undefined,
        (cause: Error) => cause,
      )
      return !(refused && isBusy(refused))
    }
    await until('the deletion accepted', isAnswered, waits)
    if (refused) return unless(/^ValidationError: .*not found/, Promise.reject(refused))
    const names = { AutoScalingGroupNames: [name] }
    const isGone = async () =>
      (await autoScaling.send(new DescribeAutoScalingGroupsCommand(names))).AutoScalingGroups?.length === 0
    await until(`${name} gone`, isGone, waits)
  },
})
