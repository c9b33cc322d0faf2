import type { RuleGroups } from '@tickwatch/aws'
import type { Logger } from 'pino'
import { retry } from '../shared/repeat.ts'

const namespace = 'tickwatch-platform'
const retryMs = 30_000

export type AlertTimes = { driftAlertSeconds: number; intervalSeconds: number }

/** The alerts that page the platform team. AMP evaluates them on the metrics of the tenant `tickwatch`. */
export const alertRules = ({ driftAlertSeconds, intervalSeconds }: AlertTimes): string => `groups:
  - name: tickwatch-platform
    interval: ${intervalSeconds}s
    rules:
      - alert: TickwatchPolicyDrift
        expr: max by (gateway) (tickwatch_policy_drift_seconds{tenant="tickwatch"}) > ${driftAlertSeconds}
        labels:
          severity: page
        annotations:
          summary: 'Gateway {{ $labels.gateway }} has not enforced its policy for {{ $value | humanizeDuration }}'
      - alert: TickwatchPublisherStuck
        expr: max(tickwatch_policy_unpublished_seconds{tenant="tickwatch"}) > 60
        labels:
          severity: page
        annotations:
          summary: 'A saved change has waited for the publisher for {{ $value | humanizeDuration }}'
      - alert: TickwatchGraphsStale
        expr: time() - max(timestamp(tickwatch_policy_applied_version{tenant="tickwatch"})) > 60
        labels:
          severity: page
        annotations:
          summary: 'The newest sample that a query can see is {{ $value | humanizeDuration }} old'
      - alert: TickwatchGraphsAbsent
        expr: absent(tickwatch_policy_applied_version{tenant="tickwatch"})
        for: 1m
        labels:
          severity: page
        annotations:
          summary: 'No gateway writes its metrics'
`

/** Stores the rules in AMP and retries until that succeeds: the API starts without waiting for AMP. */
export async function putAlertRules(
  rules: RuleGroups,
  times: AlertTimes,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  await retry(
    retryMs,
    signal,
    () => rules.put(namespace, alertRules(times), signal),
    (err) => log.warn({ err }, 'could not store the alert rules in AMP, will retry'),
  )
}
