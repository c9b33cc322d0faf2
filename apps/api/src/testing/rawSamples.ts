import type { MeteredLimit } from '@tickwatch/policy'
import { reasonsOf } from '../features/usage/usage.queries.ts'
import type { GatewayHistory, Raw } from './rawUsage.ts'

type RawSample = { labels: Record<string, string>; value: number; timestampMs: number }

/**
 * The samples of these histories as the platform's agent writes them, the oldest first: of the tenants `random-0`,
 * `random-1` and so on, and of a tenant `once` that was refused 500 samples at one moment of the last half hour.
 * @param isAsGateway whether a history is also the traffic of a gateway of that name
 * @param end in Unix seconds
 */
export function rawSamples(
  histories: readonly GatewayHistory[][],
  limitOf: (i: number) => MeteredLimit,
  isAsGateway: (i: number) => boolean,
  end: number,
): RawSample[] {
  const rows: RawSample[] = []
  const put = (metric: string, labels: Record<string, string>, raw: Raw, of = 'ingest') => {
    const all = { __name__: `tickwatch_${of}_${metric}`, tenant: 'tickwatch', ...labels }
    for (const { t, value } of raw) rows.push({ labels: all, value, timestampMs: Math.round(t * 1_000) })
  }
  for (const [i, gateways] of histories.entries()) {
    for (const { instance, used, refused, active, overLimit } of gateways) {
      const of = { instance, tenant_id: `random-${i}` }
      put('samples_total', of, used)
      put('requests_total', { ...of, code: '204' }, used)
      put('requests_total', { ...of, code: '429' }, refused)
      put('active_series', of, active)
      put('refused_series', of, overLimit)
      for (const reason of reasonsOf(limitOf(i))) put('refused_samples_total', { ...of, reason }, refused)
      if (!isAsGateway(i)) continue
      put('samples_total', { instance, gateway: `random-${i}` }, used, 'gateway')
      put('refused_samples_total', { instance, gateway: `random-${i}`, reason: 'rate' }, refused, 'gateway')
    }
  }
  const scrapes = Array.from({ length: 360 }, (_, n) => end - 1_797.5 + n * 5)
  const steady = scrapes.map((t) => ({ t, value: t }))
  put('samples_total', { instance: 'a', tenant_id: 'once' }, steady)
  const once = { instance: 'a', tenant_id: 'once', reason: 'rate' }
  const atOnce = scrapes.map((t, n) => ({ t, value: n < 200 ? 0 : 500 }))
  put('refused_samples_total', once, atOnce)
  return rows.toSorted((a, b) => a.timestampMs - b.timestampMs)
}
