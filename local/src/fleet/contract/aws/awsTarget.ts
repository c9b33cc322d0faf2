import { SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch'
import type { Target } from '../target.ts'
import { clientsIn } from './clients.ts'

/** The variable in which the cases find what was set up for them, a {@link Place} in JSON. */
export const placeVariable = 'AWS_CONTRACT_PLACE'

export type Place = {
  region: string
  /** Of the group and of the alarm. */
  name: string
  otherImage: string
  waits: Target['waits']
}

/** AWS, with what `npm run test:aws` created there. */
export function awsTarget({ region, name, otherImage, waits }: Place): Target {
  const { autoScaling, cloudWatch, ec2 } = clientsIn(region)
  return {
    ...{ autoScaling, ec2, group: name, otherImage, waits },
    // The cases need nine. Each replaces two instances, or brings them back.
    refreshesMax: 12,
    alarm: {
      name,
      async become(StateValue) {
        await cloudWatch.send(new SetAlarmStateCommand({ AlarmName: name, StateValue, StateReason: 'a test' }))
      },
    },
    // An instance needs a minute to start: calls that are made at once come before.
    whileNothingGetsReady: (work) => work(),
    stop: async () => {},
  }
}
