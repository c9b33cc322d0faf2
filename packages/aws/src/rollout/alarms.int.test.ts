import { expect, it } from 'vitest'
import { AwsRefused, AwsUnavailable } from '../errors.ts'
import { awsFault, json, useScriptedAws } from '../testing/scriptedAws.ts'
import { createAlarms } from './index.ts'

const aws = useScriptedAws()
const states = (names: readonly string[], signal?: AbortSignal) => createAlarms().states('eu-west-1', names, signal)

it('both kinds of alarms have their states, and one that does not exist has none', async () => {
  const metric = [{ AlarmName: 'errors', StateValue: 'ALARM' }]
  aws.script(json({ MetricAlarms: metric, CompositeAlarms: [{ AlarmName: 'all', StateValue: 'OK' }] }))
  expect(await states(['errors', 'all', 'none'])).toEqual(new Map(Object.entries({ errors: 'ALARM', all: 'OK' })))
  // CloudWatch leaves composite alarms out unless it is asked for them.
  expect(JSON.parse(aws.seen[0]?.body.toString() ?? '')).toMatchObject({
    ...{ AlarmNames: ['errors', 'all', 'none'], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
  })
  expect(aws.seen[0]?.headers.authorization).toContain('/eu-west-1/monitoring/')
})

it('more names than a call may have are several calls', async () => {
  aws.script(json({}))
  await states(Array.from({ length: 101 }, (_, i) => `alarm-${i}`))
  expect(aws.seen.map(({ body }) => JSON.parse(body.toString()).AlarmNames.length)).toEqual([100, 1])
})

it('a right that is missing is not the same as a CloudWatch that does not answer', async () => {
  aws.script(awsFault(400, 'AccessDeniedException'))
  await expect(states(['errors'])).rejects.toBeInstanceOf(AwsRefused)
  aws.script(awsFault(400, 'ThrottlingException'))
  await expect(states(['errors'])).rejects.toBeInstanceOf(AwsUnavailable)
  aws.script('no answer')
  await expect(states(['errors'], AbortSignal.abort())).rejects.toBeInstanceOf(AwsUnavailable)
})
