import type {
  ActiveAlerts,
  AlertmanagerDefinition,
  AlertQueue,
  MetricsNames,
  MetricsQuery,
  ObjectStore,
  ParameterStore,
  RuleGroups,
  SecretStore,
  Signer,
} from '@tickwatch/aws'
import type { Amis } from '@tickwatch/aws/amis'
import type { Alarms, RolloutGroups } from '@tickwatch/aws/rollout'
import type { Database } from '@tickwatch/db'

/** The services outside its process that the API uses. */
export type Outside = {
  db: Database
  parameters: ParameterStore
  objects: ObjectStore
  signer: Signer
  secrets: SecretStore
  amis: Amis
  /** Of one region. */
  rolloutGroups: (region: string) => RolloutGroups
  alarms: Alarms
  amp: MetricsQuery & MetricsNames
  ruleGroups: RuleGroups
  alertmanager: AlertmanagerDefinition
  activeAlerts: ActiveAlerts
  /** Null without a queue: alerts then come over the webhook only. */
  alertQueue: AlertQueue | null
}
