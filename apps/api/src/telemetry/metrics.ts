import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** How long each gateway has not enforced its ring's manifest, and the version in each ring's manifest. */
export type PolicyFigures = {
  drift: { gatewayId: string; seconds: number }[]
  desired: { ring: string; version: number }[]
  /** How long the earliest change has waited to be published to a ring; 0 if none waits. */
  unpublishedSeconds: number
}

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
    propagationSeconds: new Histogram({
      name: 'tickwatch_policy_propagation_seconds',
      help: 'From the first saved change to a step of its propagation.',
      labelNames: ['leg', 'ring'],
      buckets: [0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 20, 30, 60],
      registers,
    }),
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
