import { platformTenant } from '@tickwatch/slo'

// The figures of instances in AMP (docs/metrics.md). Only one metric names its gateway; the agent's label `instance` joins the others to it.

/** The platform's agent scrapes so often. */
const scrapeSeconds = 5
/** Four scrapes hold three increases, so that each increase is in exactly one interval of 15 s. */
const windowOf = (intervalSeconds: number) => `[${Math.max(intervalSeconds, 3 * scrapeSeconds) + scrapeSeconds}s]`

const meta = /[\\^$.*+?()[\]{}|]/g
const oneOf = (label: string, values: readonly string[]): string =>
  `${label}=~${JSON.stringify(values.map((value) => value.replace(meta, '\\$&')).join('|'))}`

/** How much a counter grew in each interval, by these labels. */
const grown = (metric: string, matchers: readonly string[], by: string, intervalSeconds: number) =>
  `sum by (${by}) (rate(${metric}{${[`tenant="${platformTenant}"`, ...matchers].join(',')}}${windowOf(intervalSeconds)})) * ${intervalSeconds}`

/** Samples that were accepted, by `gateway` and `instance`: it shows which gateway was at which address, and when. */
export const samplesQuery = (gatewayIds: readonly string[], intervalSeconds: number): string =>
  grown('tickwatch_gateway_samples_total', [oneOf('gateway', gatewayIds)], 'gateway, instance', intervalSeconds)

/** The other figures of the instances at these addresses, by `instance`, and requests also by `code`. */
export function instanceQueries(instances: readonly string[], intervalSeconds: number) {
  const of = oneOf('instance', instances)
  const gauge = (metric: string) => `max by (instance) (${metric}{tenant="${platformTenant}",${of}})`
  // Refusals take no time. A write whose sender went away before its answer has no code, and counts.
  const firstByte = grown(
    'tickwatch_edge_ingest_first_byte_seconds_bucket',
    [of, 'code!~"4..|529"'],
    'instance, le',
    intervalSeconds,
  )
  return {
    // Since the process started: one sample too many fails a canary, and a rate would miss it if a scrape is missing. What the storage
    // refused of samples that the gateway had accepted. For the other reasons a gateway refuses before that: the tenant sent what
    // nobody may store.
    lostInAll: `sum by (instance) (tickwatch_ingest_lost_samples_total{tenant="${platformTenant}",${of},reason="upstream"})`,
    requests: grown('tickwatch_ingest_requests_total', [of], 'instance, code', intervalSeconds),
    firstByteP99Seconds: `histogram_quantile(0.99, ${firstByte})`,
    cpuSeconds: grown('process_cpu_seconds_total', [of], 'instance', intervalSeconds),
    memoryBytes: gauge('process_resident_memory_bytes'),
    startSeconds: gauge('process_start_time_seconds'),
  }
}
