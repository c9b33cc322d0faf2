import { AwsRefused, AwsUnavailable, type MetricsQuery } from '@tickwatch/aws'
import { alerts, type Database } from '@tickwatch/db'
import type { IntakeView } from './incident.types.ts'

const withinMs = 86_400_000
const most = 100

/**
 * Alerts that fired and opened no incident: Alertmanager sends what still fires when it next looks at a group. Of an alert that has
 * ended by then it says nothing, or only the end, if it sends news of another one of the group.
 */
export async function shortAlerts(
  db: Database,
  metrics: Pick<MetricsQuery, 'instant'>,
  now: Date,
): Promise<IntakeView['short']> {
  try {
    const fired = 'ALERTS{alertstate="firing"}'
    // One that fires now may still be on its way.
    const series = await metrics.instant(`count_over_time(${fired}[1d]) unless ${fired}`)
    const found = series.map(({ labels: { __name__: _name, alertstate: _state, ...labels } }) => ({
      ...{ labels, name: labels.alertname ?? 'alert', fingerprint: fingerprintOf(labels) },
    }))
    const known = await db.platform((tx) =>
      alerts.inIncidentsSince(
        tx,
        found.map(({ fingerprint }) => fingerprint),
        // Something may have been said just before it ended.
        new Date(now.getTime() - 2 * withinMs),
      ),
    )
    return found
      .filter(({ fingerprint }) => !known.has(fingerprint))
      .slice(0, most)
      .map(({ name, labels }) => ({ name, labels }))
  } catch (err) {
    if (err instanceof AwsUnavailable || err instanceof AwsRefused) return null
    throw err
  }
}

const offset = 0xcbf29ce484222325n
const prime = 0x100000001b3n
const separator = Buffer.from([0xff])

/** Alertmanager's hash of labels: FNV-1a of 64 bits. https://github.com/prometheus/common, model/signature.go */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  let hash = offset
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const byte of Buffer.concat(sorted.flat().flatMap((text) => [Buffer.from(text), separator]))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime)
  }
  return hash.toString(16).padStart(16, '0')
}
