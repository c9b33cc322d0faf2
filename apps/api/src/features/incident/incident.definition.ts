import { duration } from '@tickwatch/slo'

/** When Alertmanager sends. An outage of a thousand tenants is one message of one SLO, every few seconds. */
export type AlertmanagerTimes = {
  groupWaitSeconds: number
  groupIntervalSeconds: number
  repeatIntervalSeconds: number
}

// An alert must be an incident within 2 s. It waits one of them, so that alerts of one evaluation share a message.
export const alertmanagerTimes: AlertmanagerTimes = {
  groupWaitSeconds: 1,
  groupIntervalSeconds: 5,
  repeatIntervalSeconds: 4 * 3_600,
}
/** AMP's limit. */
const repeatSecondsMax = 5 * 86_400

/**
 * The body of Alertmanager's webhook, as far as the API reads it: only ids and labels. Go's %q quotes as JSON does, for all
 * that a label of ours may have. Of a label that somebody else chose it may not, and then the API can't read the message and
 * asks AMP which alerts fire. `toJson` exists since Alertmanager 0.30 only.
 */
const message = [
  '{"version":"4","truncatedAlerts":0,"alerts":[',
  '{{ range $i, $alert := .Alerts }}{{ if $i }},{{ end }}',
  '{"fingerprint":"{{ $alert.Fingerprint }}","status":"{{ $alert.Status }}",',
  '"startsAt":"{{ $alert.StartsAt.UTC.Format "2006-01-02T15:04:05.000Z07:00" }}",',
  '"endsAt":"{{ $alert.EndsAt.UTC.Format "2006-01-02T15:04:05.000Z07:00" }}","labels":{ ',
  '{{ range $j, $label := $alert.Labels.SortedPairs }}{{ if $j }},{{ end }}',
  '{{ printf "%q" $label.Name }}:{{ printf "%q" $label.Value }}{{ end }} }}',
  '{{ end }}]}',
].join('')

const receiver = 'tickwatch'

/** The configuration of AMP's Alertmanager: all alerts go to one SNS topic. Who is told, the portal's routes decide. */
export const alertmanagerConfig = (
  topicArn: string,
  { groupWaitSeconds, groupIntervalSeconds, repeatIntervalSeconds } = alertmanagerTimes,
) => ({
  route: {
    ...{ receiver, group_by: ['tenant', 'slo'], group_wait: duration(groupWaitSeconds) },
    ...{ group_interval: duration(groupIntervalSeconds), repeat_interval: duration(repeatIntervalSeconds) },
  },
  receivers: [
    {
      name: receiver,
      sns_configs: [
        {
          ...{ topic_arn: topicArn, sigv4: { region: regionOf(topicArn) ?? '' }, send_resolved: true },
          // The default names labels, and SNS refuses a subject of more than 100 characters.
          ...{ subject: 'Tickwatch alerts', message },
        },
      ],
    },
  ],
})

const regionOf = (topicArn: string) =>
  /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}$/.exec(topicArn)?.[1]

/**
 * The definition that AMP gets, YAML in YAML. JSON is YAML.
 * @throws RangeError if AMP or Alertmanager would refuse it, or lose alerts with it.
 */
export function alertmanagerDefinition(topicArn: string, when: AlertmanagerTimes = alertmanagerTimes): string {
  if (regionOf(topicArn) === undefined) {
    throw new RangeError(`ALERTS_TOPIC_ARN must be the ARN of a standard SNS topic (not FIFO), not ${topicArn}`)
  }
  const { groupIntervalSeconds, repeatIntervalSeconds } = when
  if (repeatIntervalSeconds > repeatSecondsMax)
    throw new RangeError('repeat_interval must be at most 5 days: AMP’s limit')
  // Alertmanager forgets what it sent after twice the repeat interval. Then it drops the resolve of an alert.
  if (groupIntervalSeconds > 2 * repeatIntervalSeconds) {
    throw new RangeError('group_interval must be at most twice repeat_interval, or Alertmanager drops resolves')
  }
  return JSON.stringify({ alertmanager_config: JSON.stringify(alertmanagerConfig(topicArn, when)) })
}
