import type { MetricsQuery } from '@tickwatch/aws'
import type { FreshnessView } from './usage.types.ts'

/** What the store knows of the probe's figures, and of the platform's agent, which writes them. Null if it has no sample. */
export type FreshnessFigures = {
  /** Since the newest figure of the probe. */
  probeAgeSeconds: number | null
  /** Since the newest sample of a probe was sent that a query returned. */
  newestAgeSeconds: number | null
  /** Tenants with a figure; those whose newest sample that a query returned is older than `late` or `stale`. */
  tenants: number | null
  lateTenants: number | null
  staleTenants: number | null
  /** Since the newest sample that the agent wrote of a gateway. */
  agentAgeSeconds: number | null
}

/** A tenant is probed every 10 s, a probe gives up after 9 s, and the agent scrapes every 5 s. */
const lateAfterSeconds = 30
const staleAfterSeconds = 60
/** The agent scrapes every 5 s and a write takes a moment: two lost scrapes are no fault. */
const agentLateAfterSeconds = 20
/** Longer than that of the agent: if both stop, it is not the probe that is away. */
const probeAwayAfterSeconds = 30

const platform = '{tenant="tickwatch"}'
const read = `tickwatch_probe_read_timestamp_seconds${platform}`
/** Several probes may probe a tenant. */
const readByTenant = `max by (tenant_id) (${read})`
const olderThan = (seconds: number) => `count(time() - ${readByTenant} > ${seconds}) or vector(0)`

const queries: Record<keyof FreshnessFigures, string> = {
  probeAgeSeconds: `time() - max(timestamp(tickwatch_probe_tenants${platform}))`,
  newestAgeSeconds: `time() - max(${read})`,
  tenants: `count(${readByTenant})`,
  lateTenants: olderThan(lateAfterSeconds),
  staleTenants: olderThan(staleAfterSeconds),
  agentAgeSeconds: `time() - max(timestamp(tickwatch_policy_applied_version${platform}))`,
}

/** One query, so that all figures are of one moment. */
const query = Object.entries(queries)
  .map(([figure, promql]) => `label_replace(${promql}, "figure", "${figure}", "", "")`)
  .join(' or ')

export async function readFreshness(amp: MetricsQuery): Promise<FreshnessFigures> {
  const found = new Map((await amp.instant(query)).map(({ labels, points }) => [labels.figure, points[0]?.[1] ?? null]))
  const figureOf = (figure: keyof FreshnessFigures) => found.get(figure) ?? null
  return {
    probeAgeSeconds: figureOf('probeAgeSeconds'),
    newestAgeSeconds: figureOf('newestAgeSeconds'),
    tenants: figureOf('tenants'),
    lateTenants: figureOf('lateTenants'),
    staleTenants: figureOf('staleTenants'),
    agentAgeSeconds: figureOf('agentAgeSeconds'),
  }
}

type Freshness = Pick<FreshnessView, 'state' | 'ageSeconds' | 'reason'>

/** Whether graphs are current, as far as the probe knows. */
export function freshnessOf(figures: FreshnessFigures): Freshness {
  const { probeAgeSeconds, newestAgeSeconds, tenants, lateTenants, staleTenants } = figures
  if (probeAgeSeconds === null || probeAgeSeconds > probeAwayAfterSeconds) return withoutProbe(figures)
  if (newestAgeSeconds === null || !tenants) return unknown('The probe has not measured anything yet.')
  const ageSeconds = Math.max(0, newestAgeSeconds)
  const missing = (count: number, seconds: number) =>
    `For ${count} of ${tenants} tenants, queries return nothing that was written in the last ${seconds} s.`
  if (staleTenants) return { state: 'stale', ageSeconds, reason: missing(staleTenants, staleAfterSeconds) }
  if (lateTenants) return { state: 'late', ageSeconds, reason: missing(lateTenants, lateAfterSeconds) }
  return { state: 'current', ageSeconds, reason: null }
}

/** Its last figures say nothing about now. But if nothing of the agent arrives either, graphs are not current. */
function withoutProbe({ agentAgeSeconds }: FreshnessFigures): Freshness {
  if (agentAgeSeconds === null) {
    const reason = 'A query finds nothing that the platform wrote in the last 5 minutes.'
    return { state: 'stale', ageSeconds: null, reason }
  }
  if (agentAgeSeconds <= agentLateAfterSeconds) {
    return unknown('The probe is away, so nobody measures how current the graphs are.')
  }
  const reason = `The newest sample of the platform is ${Math.round(agentAgeSeconds)} s old; usually one arrives every 5 s.`
  return { state: agentAgeSeconds <= staleAfterSeconds ? 'late' : 'stale', ageSeconds: agentAgeSeconds, reason }
}

const unknown = (reason: string): Freshness => ({ state: 'unknown', ageSeconds: null, reason })
