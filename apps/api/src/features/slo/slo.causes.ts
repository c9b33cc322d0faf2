import type { MetricsQuery, Series } from '@tickwatch/aws'
import { causeOf, causeQuery, causes, type Definition, platformTenant } from '@tickwatch/slo'
import type { createAsk } from '../../shared/storageAnswers.ts'
import type { CausesView } from './slo.reads.types.ts'

/** The counters are read again for it, step by step. So it looks back no longer than an hour or six. */
const causesSeconds = { group: 6 * 3_600, together: 3_600 }

/**
 * The bad events of the last hours by who must act on them. Null if the SLI has no label that says it.
 * @param labels of a group; null for all together
 */
export async function causesOf(
  amp: MetricsQuery,
  ask: ReturnType<typeof createAsk>,
  definition: Definition,
  labels: Readonly<Record<string, string>> | null,
  asOfSeconds: number,
  stepSeconds: number,
): Promise<CausesView> {
  const seconds = labels === null ? causesSeconds.together : causesSeconds.group
  const from = Math.ceil((asOfSeconds - seconds) / stepSeconds) * stepSeconds
  const times = { from: new Date(from * 1_000).toISOString(), to: new Date(asOfSeconds * 1_000).toISOString() }
  const { sli } = definition
  const query = causeQuery(definition, platformTenant, stepSeconds)
  if (query === null || sli.kind !== 'ratio' || sli.causeLabel === undefined)
    return { ...times, byCause: null, missing: null }
  const { causeLabel } = sli
  const { value, missing } = await ask(() => amp.range(query, from + stepSeconds, asOfSeconds, stepSeconds))
  return { ...times, byCause: value && byCause(value, causeLabel, labels), missing }
}

/** Those with bad events only, in the order of {@link causes}. */
export function byCause(
  answer: readonly Series[],
  causeLabel: string,
  labels: Readonly<Record<string, string>> | null,
): CausesView['byCause'] {
  const own = answer.filter((series) =>
    Object.entries(labels ?? {}).every(([name, value]) => (series.labels[name] ?? '') === value),
  )
  const badOf = (series: Series) => series.points.reduce((sum, [, bad]) => sum + (bad ?? 0), 0)
  return causes.flatMap((cause) => {
    const found = own
      .map((series) => ({ value: series.labels[causeLabel] ?? '', bad: badOf(series) }))
      .filter(({ value, bad }) => bad > 0 && causeOf(value) === cause)
    if (found.length === 0) return []
    const values = [...new Set(found.map(({ value }) => value))].sort()
    return [{ cause, bad: found.reduce((sum, { bad }) => sum + bad, 0), values }]
  })
}
