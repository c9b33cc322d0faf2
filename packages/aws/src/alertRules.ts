import { setTimeout as sleep } from 'node:timers/promises'
import {
  AmpClient,
  ConflictException,
  CreateRuleGroupsNamespaceCommand,
  DescribeRuleGroupsNamespaceCommand,
  PutRuleGroupsNamespaceCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-amp'
import { clientConfig } from './clientConfig.ts'
import { AwsRefused, AwsUnavailable, asAwsError } from './errors.ts'

/** Recording and alerting rules in an AMP workspace. */
export type AlertRules = {
  /**
   * Creates or replaces a namespace of rule groups and waits until AMP evaluates them (at most 60 s).
   * @param namespace at most 128 characters
   * @param yaml a Prometheus rule file
   * @throws AwsRefused with AMP's reason if AMP rejects the rules.
   */
  put(namespace: string, yaml: string): Promise<void>
}

const settleMs = 60_000
const pollMs = 500

export function createAlertRules(workspaceId: string): AlertRules {
  const client = new AmpClient(clientConfig)

  /**
   * If two publishers create at once, one gets a ConflictException. It calls this again, and then Put finds the
   * namespace.
   */
  async function putOrCreate(name: string, data: Uint8Array): Promise<void> {
    try {
      await client.send(new PutRuleGroupsNamespaceCommand({ workspaceId, name, data }))
    } catch (cause) {
      if (!(cause instanceof ResourceNotFoundException)) throw cause
      await client.send(new CreateRuleGroupsNamespaceCommand({ workspaceId, name, data }))
    }
  }

  /** Whether AMP has finished the last change. */
  async function settled(name: string): Promise<boolean> {
    const { ruleGroupsNamespace } = await client.send(new DescribeRuleGroupsNamespaceCommand({ workspaceId, name }))
    const status = ruleGroupsNamespace?.status
    if (status?.statusCode === 'CREATION_FAILED' || status?.statusCode === 'UPDATE_FAILED') {
      throw new AwsRefused(
        `AMP rejected the rules ${name}: ${status.statusReason ?? 'no reason given'}`,
        status.statusCode,
      )
    }
    return status?.statusCode === 'ACTIVE'
  }

  return {
    async put(namespace, yaml) {
      const data = new TextEncoder().encode(yaml)
      const deadline = performance.now() + settleMs
      let sent = false
      try {
        while (performance.now() < deadline) {
          try {
            if (!sent) await putOrCreate(namespace, data)
            sent = true
            if (await settled(namespace)) return
          } catch (cause) {
            // AMP rejects a change of a namespace until it has finished the previous one.
            if (!(cause instanceof ConflictException)) throw cause
          }
          await sleep(pollMs)
        }
      } catch (cause) {
        throw asAwsError(`AMP rules ${namespace} of ${workspaceId}`, cause)
      }
      throw new AwsUnavailable(`AMP rules ${namespace} of ${workspaceId} were not active after ${settleMs / 1_000} s`)
    },
  }
}
