/** At most so many names in each list of a heartbeat. */
export const refusalCausesMax = { reasons: 8, names: 10, nameCharacters: 120 } as const

/** What one gateway refused a tenant for one reason. All lists begin with the largest figure. */
export type RefusalCause = {
  reason: string
  /** Refused samples; requests if the reason is given before a request is read. */
  samples: number
  /** Metric names. Each figure is at least so much: a gateway keeps only the largest. */
  metrics: { name: string; samples: number }[]
  /** Label names of the refused series, and how many different values each had: about so many, or more. */
  labels: { name: string; values: number }[]
  /** Names from the writers' certificates. */
  writers: { name: string; samples: number }[]
}

/** Why a gateway refused samples of one tenant in the last hour. */
export type RefusalCauses = {
  /** When the gateway began to count, at most an hour ago. ISO 8601, UTC. */
  since: string
  causes: RefusalCause[]
}

/** What several gateways report of one tenant. Writers spread over gateways, so values of a label may repeat there. */
export function mergeRefusalCauses(reports: readonly RefusalCauses[]): RefusalCauses | null {
  const [first, ...others] = reports
  if (!first) return null
  const reasons = new Map<string, RefusalCause[]>()
  for (const { causes } of reports) {
    for (const cause of causes) reasons.set(cause.reason, [...(reasons.get(cause.reason) ?? []), cause])
  }
  const causes = [...reasons].map(([reason, of]) => ({
    reason,
    samples: of.reduce((sum, { samples }) => sum + samples, 0),
    metrics: summed(of.map((cause) => cause.metrics)),
    labels: most(of.flatMap((cause) => cause.labels)),
    writers: summed(of.map((cause) => cause.writers)),
  }))
  return {
    since: others.reduce((earliest, { since }) => (since < earliest ? since : earliest), first.since),
    causes: causes.sort((a, b) => b.samples - a.samples),
  }
}

function summed(lists: readonly { name: string; samples: number }[][]): { name: string; samples: number }[] {
  const sums = new Map<string, number>()
  for (const { name, samples } of lists.flat()) sums.set(name, (sums.get(name) ?? 0) + samples)
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
