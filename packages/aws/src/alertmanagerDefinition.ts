import {
  AmpClient,
  CreateAlertManagerDefinitionCommand,
  DescribeAlertManagerDefinitionCommand,
  PutAlertManagerDefinitionCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-amp'
import { changeAndWait } from './ampChange.ts'
import { clientConfig } from './clientConfig.ts'
import { asAwsError } from './errors.ts'

/** The definition of an AMP workspace's Alertmanager: where alerts go. */
export type AlertmanagerDefinition = {
  /** The definition that is in force, as it was put. Null if there is none, or if AMP rejected the last one. */
  get(): Promise<string | null>
  /**
   * Creates or replaces it and waits until it is in force (at most 60 s).
   * @param yaml `alertmanager_config`, a text that is YAML itself
   * @throws AwsRefused with AMP's reason if AMP rejects it.
   */
  put(yaml: string): Promise<void>
}

export function createAlertmanagerDefinition(workspaceId: string): AlertmanagerDefinition {
  const client = new AmpClient(clientConfig)
  const describe = async () =>
    (await client.send(new DescribeAlertManagerDefinitionCommand({ workspaceId }))).alertManagerDefinition
  return {
    async get() {
      try {
        const definition = await describe()
        const { status, data } = definition ?? {}
        return status?.statusCode === 'ACTIVE' && data ? new TextDecoder().decode(data) : null
      } catch (cause) {
        if (cause instanceof ResourceNotFoundException) return null
        throw asAwsError(`AMP DescribeAlertManagerDefinition of ${workspaceId}`, cause)
      }
    },

    put(yaml) {
      const data = new TextEncoder().encode(yaml)
      return changeAndWait(`the Alertmanager definition of ${workspaceId}`, {
        put: () => client.send(new PutAlertManagerDefinitionCommand({ workspaceId, data })),
        create: () => client.send(new CreateAlertManagerDefinitionCommand({ workspaceId, data })),
        status: async () => (await describe())?.status,
      })
    },
  }
}
