import { setTimeout as sleep } from 'node:timers/promises'
import {
  AmpClient,
  ConflictException,
  CreateRuleGroupsNamespaceCommand,
  DeleteRuleGroupsNamespaceCommand,
  DescribeRuleGroupsNamespaceCommand,
  PutRuleGroupsNamespaceCommand,
  paginateListRuleGroupsNamespaces,
  ResourceNotFoundException,
  type RuleGroupsNamespaceSummary,
} from '@aws-sdk/client-amp'
import { clientConfig, endedBy } from './clientConfig.ts'
import { AwsRefused, AwsUnavailable, asAwsError } from './errors.ts'

/** A namespace of rule groups, without its rules. */
export type RuleNamespaceSummary = {
  name: string
  /** `ACTIVE`, `CREATING`, `UPDATING`, `DELETING`, `CREATION_FAILED` or `UPDATE_FAILED`. AMP evaluates the rules of an active one. */
  status: string
  /** Why it failed. */
  statusReason: string | null
  /** When it was last changed, by AMP's clock. */
  modifiedAt: Date
}

/**
 * Recording and alerting rules in an AMP workspace. AMP makes each change after it has answered, and refuses another change
 * of the namespace until then. So a change here waits, at most 60 s: for the change before it, and until AMP made its own.
 * A signal ends the wait and the call.
 */
export type RuleGroups = {
  list(signal?: AbortSignal): Promise<RuleNamespaceSummary[]>
  /** Its rule file; null if there is no such namespace. */
  get(namespace: string, signal?: AbortSignal): Promise<(RuleNamespaceSummary & { yaml: string }) | null>
  /**
   * Creates or replaces a namespace.
   * @param namespace at most 128 characters
   * @param yaml a Prometheus rule file
   * @returns when AMP changed it, by AMP's clock
   * @throws AwsRefused with AMP's reason if AMP rejects the rules.
   */
  put(namespace: string, yaml: string, signal?: AbortSignal): Promise<Date>
  /** Deletes a namespace. One that does not exist is no error. */
  remove(namespace: string, signal?: AbortSignal): Promise<void>
}

const settleMs = 60_000
const pollMs = { first: 100, most: 2_000 }

export function createRuleGroups(workspaceId: string): RuleGroups {
  const client = new AmpClient(clientConfig)

  /**
   * If two processes create at once, one gets a ConflictException. It calls this again, and then Put finds the namespace.
   */
  async function putOrCreate(name: string, data: Uint8Array, signal?: AbortSignal): Promise<void> {
    try {
      await client.send(new PutRuleGroupsNamespaceCommand({ workspaceId, name, data }), endedBy(signal))
    } catch (cause) {
      if (!(cause instanceof ResourceNotFoundException)) throw cause
      await client.send(new CreateRuleGroupsNamespaceCommand({ workspaceId, name, data }), endedBy(signal))
    }
  }

  async function describe(name: string, signal?: AbortSignal) {
    const command = new DescribeRuleGroupsNamespaceCommand({ workspaceId, name })
    const found = (await client.send(command, endedBy(signal))).ruleGroupsNamespace
    if (!found) throw new AwsUnavailable(`AMP described the rules ${name} without an answer`)
    return { ...summaryOf(found), yaml: new TextDecoder().decode(found.data) }
  }

  /** When AMP made the last change; null until it has. */
  async function settledAt(name: string, signal?: AbortSignal): Promise<Date | null> {
    const { status, statusReason, modifiedAt } = await describe(name, signal)
    if (status === 'CREATION_FAILED' || status === 'UPDATE_FAILED') {
      throw new AwsRefused(`AMP rejected the rules ${name}: ${statusReason ?? 'no reason given'}`, status)
    }
    return status === 'ACTIVE' ? modifiedAt : null
  }

  /** Sends a change until no other one is in progress, then asks until it is made. */
  async function change<T>(
    name: string,
    steps: { send(): Promise<void>; made(): Promise<T | null> },
    signal?: AbortSignal,
  ): Promise<T> {
    const deadline = performance.now() + settleMs
    let sent = false
    let waitMs = pollMs.first
    try {
      while (performance.now() < deadline) {
        try {
          if (!sent) await steps.send()
          sent = true
          const result = await steps.made()
          if (result !== null) return result
        } catch (cause) {
          if (!(cause instanceof ConflictException)) throw cause
        }
        await sleep(waitMs, undefined, signal ? { signal } : {})
        waitMs = Math.min(waitMs * 2, pollMs.most)
      }
    } catch (cause) {
      throw asAwsError(`AMP rules ${name} of ${workspaceId}`, cause)
    }
    throw new AwsUnavailable(`AMP rules ${name} of ${workspaceId} were not active after ${settleMs / 1_000} s`)
  }

  return {
    async list(signal) {
      try {
        const found: RuleNamespaceSummary[] = []
        const pages = paginateListRuleGroupsNamespaces({ client, pageSize: 1_000 }, { workspaceId }, endedBy(signal))
        for await (const page of pages) found.push(...(page.ruleGroupsNamespaces ?? []).map(summaryOf))
        return found
      } catch (cause) {
        throw asAwsError(`AMP rules of ${workspaceId}`, cause)
      }
    },

    async get(name, signal) {
      try {
        return await describe(name, signal)
      } catch (cause) {
        if (cause instanceof ResourceNotFoundException) return null
        throw asAwsError(`AMP rules ${name} of ${workspaceId}`, cause)
      }
    },

    put(name, yaml, signal) {
      const data = new TextEncoder().encode(yaml)
      const steps = { send: () => putOrCreate(name, data, signal), made: () => settledAt(name, signal) }
      return change(name, steps, signal)
    },

    async remove(name, signal) {
      const isGone = async (call: Promise<unknown>) => {
        try {
          await call
          return null
        } catch (cause) {
          if (cause instanceof ResourceNotFoundException) return true
          throw cause
        }
      }
      const command = new DeleteRuleGroupsNamespaceCommand({ workspaceId, name })
      const send = async () => void (await isGone(client.send(command, endedBy(signal))))
      await change(name, { send, made: () => isGone(describe(name, signal)) }, signal)
    },
  }
}

const summaryOf = ({ name, status, modifiedAt }: RuleGroupsNamespaceSummary): RuleNamespaceSummary => ({
  name: name ?? '',
  status: status?.statusCode ?? '',
  statusReason: status?.statusReason ?? null,
  modifiedAt: modifiedAt ?? new Date(0),
})
