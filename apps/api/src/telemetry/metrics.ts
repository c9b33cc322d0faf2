import { X509Certificate } from 'node:crypto'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** How long each gateway has not enforced its ring's manifest, and the version in each ring's manifest. */
export type PolicyFigures = {
  drift: { gatewayId: string; seconds: number }[]
  desired: { ring: string; version: number }[]
  /** How long the earliest change has waited to be published to a ring; 0 if none waits. */
  unpublishedSeconds: number
}

const receiverKinds = ['pagerduty', 'slack', 'webhook', 'email'] as const
const sendResults = ['accepted', 'limited', 'failed', 'unsent', 'refused', 'lost'] as const

/** What of the outbox is not sent, by the kind of receiver. */
export type OutboxFigures = {
  kind: (typeof receiverKinds)[number]
  waiting: number
  /** Of the last 7 days. */
  failed: number
  unknown: number
  /** 0 if nothing waits. */
  oldestUnsentSeconds: number
}[]

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * The API's own metrics. The platform's agent sends them through a gateway, like any other writer, so they use only
 * labels that the platform's label schema allows on `tickwatch_*`.
 */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const drift = new Gauge({
    name: 'tickwatch_policy_drift_seconds',
    help: "How long a gateway has not enforced its ring's manifest; 0 when it is in sync.",
    labelNames: ['gateway'],
    registers,
  })
  const desired = new Gauge({
    name: 'tickwatch_policy_desired_version',
    help: "The policy version in a ring's manifest.",
    labelNames: ['ring'],
    registers,
  })
  const unpublished = new Gauge({
    name: 'tickwatch_policy_unpublished_seconds',
    help: 'How long the earliest saved change has waited to be published to a ring; 0 when none waits.',
    registers,
  })
  const propagationSeconds = new Histogram({
    name: 'tickwatch_policy_propagation_seconds',
    help: 'From the first saved change in a policy version to a step of its propagation, by ring if the step is of one: compiled, published, enforced, enforced-by-all.',
    labelNames: ['leg', 'ring'],
    buckets: [0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 20, 30, 60],
    registers,
  })
  // Otherwise the SLO would not see the first version: what a counter that appears counted before is not known.
  propagationSeconds.zero({ leg: 'enforced-by-all' })
  const certificateExpiry = new Gauge({
    name: 'tickwatch_certificate_expiry_timestamp_seconds',
    help: 'When a certificate of the machine port expires, in Unix time: the one that it presents (server), and the first of the authorities of gateways.',
    labelNames: ['resource'],
    registers,
  })
  const unsent = new Gauge({
    name: 'tickwatch_outbox_unsent_messages',
    help: 'Notifications that are not sent, by the kind of receiver (resource) and why (result): waiting; or, of the last 7 days, failed, and unknown: the answer was lost and the receiver can’t recognise a repetition, so a person must decide.',
    labelNames: ['resource', 'result'],
    registers,
  })
  const oldestUnsent = new Gauge({
    name: 'tickwatch_outbox_oldest_unsent_seconds',
    help: 'How long the oldest notification has waited that is still to be sent, by the kind of receiver (resource); 0 when none waits.',
    labelNames: ['resource'],
    registers,
  })
  const sends = new Counter({
    name: 'tickwatch_outbox_sends_total',
    help: 'Requests to receivers by their kind (resource) and what became of them (result): accepted; limited, failed and unsent are tried again; refused; lost: no answer came.',
    labelNames: ['resource', 'result'],
    registers,
  })
  // What a counter that appears counted before is not known.
  for (const resource of receiverKinds) for (const result of sendResults) sends.inc({ resource, result }, 0)
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'tickwatch_api_request_seconds',
      help: 'HTTP requests by route; an event stream counts with its whole duration.',
      labelNames: ['route', 'method', 'code'],
      buckets: seconds,
      registers,
    }),
    procedureSeconds: new Histogram({
      name: 'tickwatch_api_procedure_seconds',
      help: 'tRPC queries and mutations.',
      labelNames: ['route', 'result'],
      buckets: seconds,
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'tickwatch_api_job_seconds',
      help: 'Background jobs.',
      labelNames: ['leg', 'result'],
      buckets: seconds,
      registers,
    }),
    /** Time from the earliest change in a policy version to the step `leg` of its propagation, at `ring` if any. */
    propagationSeconds,
    /** @param pem the certificates in use */
    setCertificates(pem: { server: string; authority: string }): void {
      for (const [resource, certificates] of Object.entries(pem)) {
        certificateExpiry.set({ resource }, earliestExpiry(certificates))
      }
    },
    /** Counts a request to a receiver. */
    countSend: (resource: (typeof receiverKinds)[number], result: (typeof sendResults)[number]): void =>
      sends.inc({ resource, result }),
    setOutboxFigures(figures: OutboxFigures): void {
      for (const { kind: resource, oldestUnsentSeconds, waiting, failed, unknown } of figures) {
        for (const [result, count] of Object.entries({ waiting, failed, unknown }))
          unsent.set({ resource, result }, count)
        oldestUnsent.set({ resource }, oldestUnsentSeconds)
      }
    },
    /** Replaces all policy gauges: a gateway that was removed must not stay in them. */
    setPolicyFigures(figures: PolicyFigures): void {
      drift.reset()
      for (const { gatewayId, seconds } of figures.drift) drift.set({ gateway: gatewayId }, seconds)
      desired.reset()
      for (const { ring, version } of figures.desired) desired.set({ ring }, version)
      unpublished.set(figures.unpublishedSeconds)
    },
  }
}

export type Metrics = ReturnType<typeof createMetrics>

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** When the first of these certificates expires, in Unix time. @param pem that TLS accepts */
const earliestExpiry = (pem: string): number =>
  Math.min(
    ...(pem.match(certificateBlock) ?? []).map((each) => new X509Certificate(each).validToDate.getTime() / 1_000),
  )

/** What docs/metrics.md says of the API. @public */
export const exportedMetrics = () => ({ by: 'API', metrics: createMetrics().registry.getMetricsAsArray() })
