import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { clientConfig, endedBy } from '../clientConfig.ts'
import { asAwsError } from '../errors.ts'

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

/** The alarms of CloudWatch. */
export type Alarms = {
  /**
   * The states of those of these alarms that exist in the region, metric alarms and composite ones.
   * @throws AwsRefused, AwsUnavailable
   */
  states(region: string, names: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, AlarmState>>
}

/** DescribeAlarms takes at most so many names. */
const namesMax = 100

export function createAlarms(): Alarms {
  const clients = new Map<string, CloudWatchClient>()
  const clientOf = (region: string) => {
    const client = clients.get(region) ?? new CloudWatchClient({ ...clientConfig, region })
    clients.set(region, client)
    return client
  }
  return {
    async states(region, names, signal) {
      const found = new Map<string, AlarmState>()
      try {
        for (let i = 0; i < names.length; i += namesMax) {
          const { MetricAlarms = [], CompositeAlarms = [] } = await clientOf(region).send(
            new DescribeAlarmsCommand({
              AlarmNames: names.slice(i, i + namesMax),
              // Without the types only metric alarms are in the answer.
              AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
              MaxRecords: namesMax,
            }),
            endedBy(signal),
          )
          for (const { AlarmName, StateValue } of [...MetricAlarms, ...CompositeAlarms]) {
            if (AlarmName && StateValue) found.set(AlarmName, StateValue)
          }
        }
      } catch (cause) {
        throw asAwsError(`CloudWatch DescribeAlarms in ${region}`, cause)
      }
      return found
    },
  }
}
