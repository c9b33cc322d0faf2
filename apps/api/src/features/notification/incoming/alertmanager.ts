import { storable } from '@tickwatch/policy'
import { z } from 'zod'

/** An alert as an Alertmanager sends it. */
export type IncomingAlert = {
  /** Alertmanager's hash of the labels. */
  fingerprint: string
  status: 'firing' | 'resolved'
  startsAt: Date
  /** Null while it fires. */
  endsAt: Date | null
  labels: Record<string, string>
}

const text = z.string().max(10_000).overwrite(storable)
const texts = z.record(z.string().max(1_000), text)
const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.iso.datetime({ offset: true }).nullish(),
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits'),
})

/**
 * The body of Alertmanager's webhook, version 4. Members that this release does not know are ignored.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const alertmanagerBody = z.object({
  version: z.enum(['4']),
  groupKey: z.string().max(10_000).optional(),
  /** Alerts that Alertmanager left out of this message, because `max_alerts` is set. */
  truncatedAlerts: z.number().int().min(0).default(0),
  alerts: z.array(alert).max(10_000),
})

/** The alerts of a body, with an end only if they are resolved: Alertmanager sends the year 1 for *none*. */
export const alertsOf = ({ alerts }: z.output<typeof alertmanagerBody>): IncomingAlert[] =>
  alerts.map(({ startsAt, endsAt, ...rest }) => ({
    ...rest,
    startsAt: new Date(startsAt),
    endsAt: rest.status === 'resolved' && endsAt ? new Date(endsAt) : null,
  }))
