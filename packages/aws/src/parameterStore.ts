import {
  GetParameterCommand,
  LabelParameterVersionCommand,
  ParameterMaxVersionLimitExceeded,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { clientConfig, endedBy } from './clientConfig.ts'
import { AwsRefused, asAwsError } from './errors.ts'
import { labelFaults, parameterBytesMax } from './parameterRules.ts'

/**
 * SSM Parameter Store, Standard tier. A name may have a selector: `name:3` or `name:current`. A call throws
 * AwsUnavailable when its `signal` aborts; AWS may still have applied the change.
 */
export type ParameterStore = {
  /** The newest (or selected) value; null if the parameter, version or label does not exist. */
  get(name: string, signal?: AbortSignal): Promise<{ value: string; version: number } | null>
  /**
   * Overwrites the value.
   * @throws AwsRefused (`ParameterTooLarge`) for more than 4,096 bytes of UTF-8, without sending anything.
   * @throws ParameterVersionsJammed if the oldest of 100 versions has a label: move that label, then put again.
   */
  put(name: string, value: string, signal?: AbortSignal): Promise<{ version: number }>
  /**
   * Moves labels to a version.
   * @throws AwsRefused (`InvalidLabels`) for more than 10 labels or labels that SSM rejects, without sending anything.
   */
  label(name: string, version: number, labels: string[], signal?: AbortSignal): Promise<void>
}

/** SSM keeps 100 versions. Each put drops the oldest one, but SSM does not drop a version with a label. */
export class ParameterVersionsJammed extends AwsRefused {
  override name = 'ParameterVersionsJammed'
}

export function createParameterStore(): ParameterStore {
  const client = new SSMClient(clientConfig)
  return {
    async get(name, signal) {
      try {
        const { Parameter } = await client.send(new GetParameterCommand({ Name: name }), endedBy(signal))
        if (Parameter?.Value === undefined || Parameter.Version === undefined) return null
        return { value: Parameter.Value, version: Parameter.Version }
      } catch (cause) {
        // If the parameter exists but the version or label does not, the error has this other name.
        if (cause instanceof ParameterNotFound || nameOf(cause) === 'ParameterVersionNotFound') return null
        throw asAwsError(`SSM GetParameter ${name}`, cause)
      }
    },

    async put(name, value, signal) {
      const bytes = Buffer.byteLength(value)
      if (bytes > parameterBytesMax) {
        throw new AwsRefused(
          `parameter ${name} would have ${bytes} bytes; the Standard tier allows ${parameterBytesMax}`,
          'ParameterTooLarge',
        )
      }
      try {
        const { Version } = await client.send(
          new PutParameterCommand({ Name: name, Value: value, Type: 'String', Tier: 'Standard', Overwrite: true }),
          endedBy(signal),
        )
        if (Version === undefined) throw new TypeError('SSM returned no version')
        return { version: Version }
      } catch (cause) {
        if (cause instanceof ParameterMaxVersionLimitExceeded) {
          throw new ParameterVersionsJammed(
            `parameter ${name} has 100 versions and the oldest one has a label`,
            cause.name,
            { cause },
          )
        }
        throw asAwsError(`SSM PutParameter ${name}`, cause)
      }
    },

    async label(name, version, labels, signal) {
      const fault = labelFaults(labels)[0]
      if (fault) throw new AwsRefused(`parameter ${name}: ${fault}`, 'InvalidLabels')
      try {
        const { InvalidLabels } = await client.send(
          new LabelParameterVersionCommand({ Name: name, ParameterVersion: version, Labels: labels }),
          endedBy(signal),
        )
        // SSM answers 200 and lists the labels that it did not attach.
        if (InvalidLabels && InvalidLabels.length > 0) {
          throw new AwsRefused(`parameter ${name}: SSM did not attach ${InvalidLabels.join(', ')}`, 'InvalidLabels')
        }
      } catch (cause) {
        throw asAwsError(`SSM LabelParameterVersion ${name}:${version}`, cause)
      }
    },
  }
}

const nameOf = (cause: unknown) => (cause instanceof Error ? cause.name : '')
