import type { MetricFamily } from '@tickwatch/remote-write/exposition'
import { ExponentialHistogram } from '@tickwatch/remote-write/sender'
import { type Outcome, type Result, results } from './probeTenant.ts'

type TenantFigures = {
  ages: ExponentialHistogram
  results: Record<Result, number>
  /** When the newest sample was sent that could be read, in Unix seconds; null before the first probe. */
  readTimestamp: number | null
}
const gatewayResults = [...results, 'away'] as const
type GatewayFigures = Record<(typeof gatewayResults)[number], number>

/** What a probe exports, on `/metrics` or by remote write. Every series begins at 0. */
export class ProbeMetrics {
  readonly #tenants = new Map<string, TenantFigures>()
  readonly #gateways = new Map<string, GatewayFigures>()

  /** Exports these tenants and gateways from now on, and no others. */
  follow(tenants: readonly string[], gateways: readonly string[]): void {
    keepOnly(this.#tenants, tenants, () => ({
      ages: new ExponentialHistogram(),
      results: { read: 0, 'not-readable': 0, 'cannot-query': 0, 'cannot-write': 0 },
      readTimestamp: null,
    }))
    keepOnly(this.#gateways, gateways, () => ({
      ...{ read: 0, 'not-readable': 0, 'cannot-query': 0, 'cannot-write': 0 },
      away: 0,
    }))
  }

  record(tenantId: string, { result, sentMs, ageSeconds, gateway, away }: Outcome): void {
    const tenant = this.#tenants.get(tenantId)
    if (tenant) {
      tenant.results[result]++
      tenant.ages.observe(ageSeconds, 1)
      // If none was ever read, the first one that was sent: the newest that can be read is older.
      if (result === 'read' || tenant.readTimestamp === null) tenant.readTimestamp = sentMs / 1_000
    }
    for (const left of away) this.#countGateway(left, 'away')
    if (gateway !== null) this.#countGateway(gateway, result)
  }

  #countGateway(gateway: string, result: keyof GatewayFigures): void {
    const figures = this.#gateways.get(gateway)
    if (figures) figures[result]++
  }

  families(): MetricFamily[] {
    const tenants = [...this.#tenants]
    const ofTenant = (tenantId: string) => ['tenant_id', tenantId]
    return [
      {
        name: 'tickwatch_probe_age_seconds',
        help: 'Time from sending a sample of the tenant until a query returned it. A probe that gave up counts with 9 s or more.',
        type: 'histogram',
        metrics: tenants.map(([id, { ages }]) => ({ labels: ofTenant(id), value: ages.snapshot() })),
      },
      {
        name: 'tickwatch_probe_results_total',
        help: 'Probes of the tenant, by result: read, not-readable (written, but no query returned it), cannot-query (written, but queries failed), cannot-write.',
        type: 'counter',
        metrics: tenants.flatMap(([id, figures]) =>
          results.map((result) => ({ labels: ['result', result, ...ofTenant(id)], value: figures.results[result] })),
        ),
      },
      {
        name: 'tickwatch_probe_read_timestamp_seconds',
        help: 'When the newest sample of the tenant was sent that a query returned, in Unix time. If none was returned yet: when the first one was sent.',
        type: 'gauge',
        metrics: tenants.flatMap(([id, { readTimestamp }]) =>
          readTimestamp === null ? [] : [{ labels: ofTenant(id), value: readTimestamp }],
        ),
      },
      {
        name: 'tickwatch_probe_gateway_results_total',
        help: 'Probes through the gateway, by result: as of a tenant, or away (Envoy sends it no requests, so the probe went to another).',
        type: 'counter',
        metrics: [...this.#gateways].flatMap(([gateway, figures]) =>
          gatewayResults.map((result) => ({ labels: ['gateway', gateway, 'result', result], value: figures[result] })),
        ),
      },
      {
        name: 'tickwatch_probe_tenants',
        help: 'Tenants that are probed: those that are not suspended.',
        type: 'gauge',
        metrics: [{ labels: [], value: this.#tenants.size }],
      },
    ]
  }
}

/** For docs/metrics.md, which `scripts/metricsPage.ts` writes. */
export function exportedMetrics() {
  const one = new ProbeMetrics()
  one.follow(['acme'], ['gateway-1'])
  one.record('acme', { result: 'read', sentMs: 0, ageSeconds: 0.1, gateway: 'gateway-1', away: new Set(), why: null })
  const metrics = one.families().map(({ name, help, type, metrics }) => ({
    ...{ name, help: type === 'histogram' ? `${help} A native histogram.` : help, type },
    labelNames: metrics[0]?.labels.filter((_, i) => i % 2 === 0) ?? [],
  }))
  return { by: 'probe', metrics }
}

function keepOnly<T>(all: Map<string, T>, keys: readonly string[], make: () => T): void {
  const wanted = new Set(keys)
  for (const key of all.keys()) if (!wanted.has(key)) all.delete(key)
  for (const key of wanted) if (!all.has(key)) all.set(key, make())
}
