import type { RefusalReason } from '@tickwatch/policy'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ControlPlaneConnection } from './controlPlaneConnection.ts'
import { CounterFromZero } from './counterFromZero.ts'
import type { RequestReason } from './server/answers.ts'
import { earliestExpiry } from './server/certificates.ts'
import { seriesState } from './tenant/seriesTable.ts'
import type { Tenants } from './tenant/tenants.ts'

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The gateway's `/metrics`. The portal's queries and the alert rules depend on these names. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #gateway: string
  readonly #samples = this.#tenantCounter(
    'tickwatch_ingest_samples_total',
    'Samples accepted, histograms included.',
    [],
  )
  readonly #refused = this.#tenantCounter(
    'tickwatch_ingest_refused_samples_total',
    'Samples refused, by reason. A request refused before it is read counts as one.',
    ['reason'],
  )
  readonly #lost = this.#tenantCounter(
    'tickwatch_ingest_lost_samples_total',
    'Those of the refused samples that a sender does not send again (4xx other than 429), by reason.',
    ['reason'],
  )
  /** Of all tenants: a chart of the gateway reads these few series, and not those of 10,000 tenants. */
  readonly #gatewaySamples = new CounterFromZero(
    'tickwatch_gateway_samples_total',
    'Samples that this gateway accepted, of all tenants.',
    ['gateway'],
    this.#registry,
  )
  readonly #gatewayRefused = new CounterFromZero(
    'tickwatch_gateway_refused_samples_total',
    'Samples that this gateway refused, of all tenants, by reason. A request refused before it is read counts as one.',
    ['gateway', 'reason'],
    this.#registry,
  )
  readonly #writes = this.#tenantCounter(
    'tickwatch_ingest_requests_total',
    'Write requests of known tenants, by status and, if not all was stored, the first reason. A request that reached no gateway is not in it.',
    ['code', 'reason'],
  )
  readonly writeSeconds = new Histogram({
    name: 'tickwatch_ingest_write_seconds',
    help: 'Time of a whole write request, including AMP.',
    buckets: seconds,
    registers: [this.#registry],
  })
  readonly upstreamSeconds = new Histogram({
    name: 'tickwatch_ingest_upstream_seconds',
    help: 'Time that AMP took to answer a request.',
    buckets: seconds,
    registers: [this.#registry],
  })
  readonly #queries = this.#tenantCounter(
    'tickwatch_query_requests_total',
    'Queries of known tenants, by status and, if there is no result, the reason.',
    ['code', 'reason'],
  )
  readonly refusedQueries = this.#tenantCounter('tickwatch_query_refused_total', 'Queries refused, by reason.', [
    'reason',
  ])
  readonly querySeconds = new Histogram({
    name: 'tickwatch_query_seconds',
    help: 'Time of a whole query, including AMP and passing on its answer, by status. A query whose reader did not wait for the answer has none.',
    labelNames: ['code'] as const,
    buckets: [...seconds, 30, 60],
    registers: [this.#registry],
  })
  readonly policyVersion = new Gauge({
    name: 'tickwatch_policy_applied_version',
    help: 'Version of the enforced policy.',
    registers: [this.#registry],
  })
  readonly policyTimestamp = new Gauge({
    name: 'tickwatch_policy_applied_timestamp_seconds',
    help: 'When the enforced policy was applied, in Unix time.',
    registers: [this.#registry],
  })
  readonly policyRefusals = new Counter({
    name: 'tickwatch_policy_refusals_total',
    help: 'Policies refused, by reason.',
    labelNames: ['reason'] as const,
    registers: [this.#registry],
  })

  readonly firstByteSeconds = new Histogram({
    name: 'tickwatch_edge_ingest_first_byte_seconds',
    help: 'From the first byte of a write at Envoy to the first byte of the gateway’s answer, by status: with the time in which the sender sends it, the wait in Envoy, AMP, and the TLS handshake if the write is the first of its connection here. A write whose sender did not wait for the answer has no status.',
    labelNames: ['code'] as const,
    buckets: seconds,
    registers: [this.#registry],
  })

  constructor(gatewayId: string) {
    this.#gateway = gatewayId
    // Otherwise an SLO would not see the first event: what a counter that appears counted before is not known.
    this.firstByteSeconds.zero({ code: '204' })
    this.querySeconds.zero({ code: '200' })
    collectDefaultMetrics({ register: this.#registry })
    // Without traffic the gateway accepts 0 samples/s, which is more than that nothing is known.
    this.#gatewaySamples.inc({ gateway: gatewayId }, 0)
  }

  accept(tenantId: string, samples: number): void {
    this.#samples.inc({ tenant_id: tenantId }, samples)
    this.#gatewaySamples.inc({ gateway: this.#gateway }, samples)
  }

  /** @param lost true if the sender does not send them again. */
  refuse(tenantId: string, reason: RefusalReason, samples: number, lost: boolean): void {
    this.#refused.inc({ tenant_id: tenantId, reason }, samples)
    this.#gatewayRefused.inc({ gateway: this.#gateway, reason }, samples)
    if (lost) this.#lost.inc({ tenant_id: tenantId, reason }, samples)
  }

  /** @param reason why not all of it is stored */
  countWrite(tenantId: string, status: number, reason?: RequestReason): void {
    this.#writes.inc(requestLabels(tenantId, status, reason))
  }

  /** @param reason why there is no result */
  countQuery(tenantId: string, status: number, reason?: RequestReason): void {
    this.#queries.inc(requestLabels(tenantId, status, reason))
  }

  /**
   * Exports the gauges of the live tenants, and of this gateway's certificates. Their values are read when `/metrics` is
   * requested.
   */
  watch(tenants: Pick<Tenants, 'live'>, own: Pick<ControlPlaneConnection, 'certificates'>, nowMs: () => number): void {
    new Gauge({
      name: 'tickwatch_certificate_expiry_timestamp_seconds',
      help: 'When a certificate expires, in Unix time: the gateway’s own (client) and the authority of the control plane, and of each tenant the one that expires first of those that its writers and its readers used in the last minutes.',
      labelNames: ['resource', 'tenant_id'] as const,
      registers: [this.#registry],
      collect() {
        this.reset()
        const { ca, cert } = own.certificates
        for (const [resource, pem] of Object.entries({ client: cert, authority: ca })) {
          const seconds = earliestExpiry(pem)
          if (seconds !== null) this.set({ resource }, seconds)
        }
        for (const { id, certificates } of tenants.live) {
          for (const [resource, expiry] of Object.entries(certificates)) {
            const seconds = expiry.get(nowMs())
            if (seconds !== null) this.set({ resource, tenant_id: id }, seconds)
          }
        }
      },
    })
    new Gauge({
      name: 'tickwatch_ingest_active_series',
      help: 'Distinct series that received a sample within the idle timeout.',
      labelNames: ['tenant_id'] as const,
      registers: [this.#registry],
      collect() {
        this.reset()
        for (const { id, series } of tenants.live) this.set({ tenant_id: id }, series.counts[seriesState.active])
      },
    })
    new Gauge({
      name: 'tickwatch_ingest_refused_series',
      help: 'Distinct series that the limit of active series refused within the idle timeout.',
      labelNames: ['tenant_id'] as const,
      registers: [this.#registry],
      collect() {
        this.reset()
        for (const { id, series } of tenants.live) this.set({ tenant_id: id }, series.counts[seriesState.overLimit])
      },
    })
    new Gauge({
      name: 'tickwatch_ingest_share_ratio',
      help: "This gateway's share of the tenant's limits.",
      labelNames: ['tenant_id', 'resource'] as const,
      registers: [this.#registry],
      collect() {
        this.reset()
        for (const { id, share } of tenants.live) {
          this.set({ tenant_id: id, resource: 'samples' }, share.samples)
          this.set({ tenant_id: id, resource: 'requests' }, share.requests)
          this.set({ tenant_id: id, resource: 'series' }, share.series)
          this.set({ tenant_id: id, resource: 'queries' }, share.queries)
        }
      },
    })
  }

  /** Drops the counters of a forgotten tenant, so that only live tenants are exported. */
  forget(tenantId: string): void {
    for (const counter of [
      this.#samples,
      this.#refused,
      this.#lost,
      this.#writes,
      this.#queries,
      this.refusedQueries,
    ]) {
      counter.remove('tenant_id', tenantId)
    }
  }

  exposition(): Promise<string> {
    return this.#registry.metrics()
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** The metrics, with their names, help texts, types and labels. */
  get described() {
    return this.#registry.getMetricsAsArray()
  }

  #tenantCounter<L extends string>(name: string, help: string, more: readonly L[]) {
    return new CounterFromZero<'tenant_id' | L>(name, help, ['tenant_id', ...more], this.#registry)
  }
}

/** A request that succeeded has no reason, so its series is the one that earlier releases exported. */
const requestLabels = (tenantId: string, status: number, reason: RequestReason | undefined) => ({
  ...{ tenant_id: tenantId, code: String(status) },
  ...(reason !== undefined && { reason }),
})

/** What docs/metrics.md says of a gateway. @public */
export function exportedMetrics() {
  const metrics = new Metrics('gateway-1')
  metrics.watch({ live: [] }, { certificates: { ca: '', cert: '' } }, () => 0)
  return { by: 'gateway', metrics: metrics.described }
}
