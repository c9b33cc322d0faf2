import { type Definition, defaultAlerting } from './definition.ts'

/** The tenant as which the platform writes its own metrics, and whose series its SLOs read. */
export const platformTenant = 'tickwatch'

const owner = 'platform'
const alerting = defaultAlerting('ratio')
const window = { days: 30 }

/**
 * The SLOs that every platform has, on the series that the platform's agent writes as the tenant `tickwatch`. A tenant's own
 * failures are not in them: 429 and 529 say that it is over its quota, and 4xx that its request was wrong. AMP's own 429 has
 * these codes too, so it is not in them either; the probe's writes get it as well, and then freshness burns. Gateways of
 * release 0.1.0 export no `reason`: their bad events have the cause unknown.
 */
export const builtInDefinitions: readonly Definition[] = [
  {
    id: 'freshness',
    title: 'Graphs are current',
    owner,
    runbookUrl: '',
    // 2^3 is a bound of every native histogram of schema 0 or more.
    sli: { kind: 'latency', histogram: 'tickwatch_probe_age_seconds', thresholdSeconds: 8, nativeSchema: 0 },
    objective: 0.999,
    window,
    groupBy: ['tenant_id'],
    alerting,
  },
  {
    id: 'ingest-success',
    title: 'Writes are accepted',
    owner,
    runbookUrl: '',
    sli: {
      kind: 'ratio',
      bad: 'tickwatch_ingest_requests_total{code=~"5..",code!="529"}',
      total: 'tickwatch_ingest_requests_total{code!~"429|529"}',
      causeLabel: 'reason',
    },
    objective: 0.999,
    window,
    groupBy: ['tenant_id'],
    alerting,
  },
  {
    id: 'ingest-first-byte',
    title: 'Writes are answered quickly',
    owner,
    runbookUrl: '',
    sli: {
      kind: 'latency',
      // Refusals take no time. A write whose sender went away before its answer has no code, and counts.
      histogram: 'tickwatch_edge_ingest_first_byte_seconds{code!~"4..|529"}',
      thresholdSeconds: 1,
      nativeSchema: null,
    },
    objective: 0.99,
    window,
    groupBy: [],
    alerting,
  },
  {
    id: 'query-latency',
    title: 'Queries are answered quickly',
    owner,
    runbookUrl: '',
    sli: {
      kind: 'latency',
      // As for writes.
      histogram: 'tickwatch_query_seconds{code!~"4.."}',
      thresholdSeconds: 2.5,
      nativeSchema: null,
    },
    objective: 0.99,
    window,
    groupBy: [],
    alerting,
  },
  {
    id: 'query-success',
    title: 'Queries are answered',
    owner,
    runbookUrl: '',
    sli: {
      kind: 'ratio',
      bad: 'tickwatch_query_requests_total{code=~"5.."}',
      total: 'tickwatch_query_requests_total{code!="429"}',
      causeLabel: 'reason',
    },
    objective: 0.999,
    window,
    groupBy: ['tenant_id'],
    alerting,
  },
  {
    id: 'policy-propagation',
    title: 'Changes of limits reach all gateways',
    owner,
    runbookUrl: '',
    sli: {
      kind: 'latency',
      histogram: 'tickwatch_policy_propagation_seconds{leg="enforced-by-all"}',
      thresholdSeconds: 5,
      nativeSchema: null,
    },
    objective: 0.99,
    window,
    groupBy: [],
    alerting,
  },
]
