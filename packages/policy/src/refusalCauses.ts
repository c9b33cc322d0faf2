/** At most so many names in each list of a heartbeat. */
export const refusalCausesMax = { reasons: 8, names: 10, nameCharacters: 120 } as const

/** What one gateway refused a tenant for one reason. All lists begin with the largest figure. */
export type RefusalCause = {
  reason: string
  /** Refused samples, or what else the reason counts ({@link refusedThings}). */
  samples: number
  /** Metric names, each with about so much: of very many series a gateway examines some, which stand for the others. */
  metrics: { name: string; samples: number }[]
  /** Label names of the refused series, and about how many different values each had. */
  labels: { name: string; values: number }[]
  /** Names from the writers' certificates. */
  writers: { name: string; samples: number }[]
}

/** What one gateway refused of a tenant's queries for one reason. */
export type QueryRefusalCause = {
  reason: string
  queries: number
  /** Names from the readers' certificates, and of their tokens. */
  readers: { name: string; queries: number }[]
}

/** Why a gateway refused samples and queries of one tenant in the last hour. */
export type RefusalCauses = {
  /** When the gateway began to count, at most an hour ago. ISO 8601, UTC. */
  since: string
  causes: RefusalCause[]
  /** Missing if it refused no query, or does not report them. */
  queries?: QueryRefusalCause[] | undefined
}

export type FleetRefusalCauses = RefusalCauses & { queries: QueryRefusalCause[] }

/** What several gateways report of one tenant. Writers spread over gateways, so values of a label may repeat there. */
export function mergeRefusalCauses(reports: readonly RefusalCauses[]): FleetRefusalCauses | null {
  const [first, ...others] = reports
  if (!first) return null
  const causes = byReason(reports.flatMap(({ causes }) => causes)).map(([reason, of]) => ({
    reason,
    samples: of.reduce((sum, { samples }) => sum + samples, 0),
    metrics: summed(of.flatMap(({ metrics }) => metrics)),
    labels: most(of.flatMap(({ labels }) => labels)),
    writers: summed(of.flatMap(({ writers }) => writers)),
  }))
  const queries = byReason(reports.flatMap(({ queries = [] }) => queries)).map(([reason, of]) => {
    const readers = of.flatMap(({ readers }) => readers.map(({ name, queries }) => ({ name, samples: queries })))
    return {
      reason,
      queries: of.reduce((sum, { queries }) => sum + queries, 0),
      readers: summed(readers).map(({ name, samples }) => ({ name, queries: samples })),
    }
  })
  return {
    since: others.reduce((earliest, { since }) => (since < earliest ? since : earliest), first.since),
    causes: causes.sort((a, b) => b.samples - a.samples),
    queries: queries.sort((a, b) => b.queries - a.queries),
  }
}

function byReason<Cause extends { reason: string }>(causes: readonly Cause[]): [reason: string, of: Cause[]][] {
  const reasons = new Map<string, Cause[]>()
  for (const cause of causes) reasons.set(cause.reason, [...(reasons.get(cause.reason) ?? []), cause])
  return [...reasons]
}

function summed(counts: readonly { name: string; samples: number }[]): { name: string; samples: number }[] {
  const sums = new Map<string, number>()
  for (const { name, samples } of counts) sums.set(name, (sums.get(name) ?? 0) + samples)
  return [...sums]
    .map(([name, samples]) => ({ name, samples }))
    .sort((a, b) => b.samples - a.samples)
    .slice(0, refusalCausesMax.names)
}

/** The most values that one gateway saw: two gateways may have seen the same ones. */
function most(labels: readonly { name: string; values: number }[]): { name: string; values: number }[] {
  const highest = new Map<string, number>()
  for (const { name, values } of labels) highest.set(name, Math.max(highest.get(name) ?? 0, values))
  return [...highest]
    .map(([name, values]) => ({ name, values }))
    .sort((a, b) => b.values - a.values)
    .slice(0, refusalCausesMax.names)
}

const plainName = /^[a-zA-Z_:][a-zA-Z0-9_:.]*$/
/** Four digits or more may be the id of a person or a match. So may eight or more hexadecimal digits with a number. */
const idLike = /(?<![0-9a-zA-Z])(?=[a-fA-F]*[0-9])[0-9a-fA-F]{8,}(?![0-9a-zA-Z])|[0-9]{4,}/g

/** A metric or label name as it may be shown: names can contain personal ids, and then there are very many of them. */
export function maskedName(name: string): string {
  if (!plainName.test(name)) return '(not a plain name)'
  return name.replace(idLike, '#').slice(0, refusalCausesMax.nameCharacters)
}
