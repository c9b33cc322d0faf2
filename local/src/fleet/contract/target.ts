import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import type { EC2Client } from '@aws-sdk/client-ec2'
import type { AlarmState } from '../model.ts'

export type TargetName = 'the local fleet' | 'AWS'

/** Where the cases of the contract run. */
export type Target = {
  autoScaling: AutoScalingClient
  ec2: EC2Client
  /** A group that wants two instances, with a numbered version of a launch template that no other group has. */
  group: string
  /** An AMI that the first version of the template does not have. */
  otherImage: string
  /** How long the cases wait for what a refresh does, and how often they ask. */
  waits: { seconds: number; everyMs: number }
  /** The cases start at most so many refreshes. */
  refreshesMax: number
  /** An alarm, which keeps the state that it was given last. */
  alarm: { name: string; become(state: AlarmState): Promise<void> }
  /** What is launched meanwhile does not get ready before the work has ended. */
  whileNothingGetsReady<T>(work: () => Promise<T>): Promise<T>
  stop(): Promise<void>
}
