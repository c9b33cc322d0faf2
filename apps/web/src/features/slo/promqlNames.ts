import type { AppRouter } from '@tickwatch/api/router'
import type { inferRouterInputs } from '@trpc/server'
import type { Outputs } from '../../lib/trpc/client.ts'
import type { PromqlKind } from './promqlCompletion.ts'

export type NamesInput = inferRouterInputs<AppRouter>['slo']['names']

/** What the PromQL library asks of a Prometheus server, asked of the API. */
export function namesFor(kind: PromqlKind, ask: (input: NamesInput) => Promise<string[]>) {
  const metrics = () => ask({ of: 'metrics' })
  const metricOf = async (name: string | undefined): Promise<string | null> =>
    name ? (kind === 'histogram' ? countedBy(await metrics(), name) : name) : null
  return {
    metricNames: async () => (kind === 'histogram' ? histogramsOf(await metrics()) : metrics()),
    async labelNames(metric?: string) {
      const labels = await ask({ of: 'labels', metric: await metricOf(metric) })
      // The threshold says which buckets count.
      return kind === 'histogram' ? labels.filter((label) => label !== 'le') : labels
    },
    labelValues: async (label: string, metric?: string) => ask({ of: 'values', metric: await metricOf(metric), label }),
    // AMP has no metadata, and no names need the series.
    metricMetadata: async () => ({}),
    series: async () => [],
    flags: async () => ({}),
  }
}

const part = /_(bucket|count|sum)$/

/**
 * The names of metrics as the field of a histogram takes them: `age_seconds` instead of `age_seconds_bucket`. A native
 * histogram has no suffix, so other metrics without one are among them.
 */
function histogramsOf(metrics: readonly string[]): string[] {
  const classic = new Set(metrics.flatMap((name) => (name.endsWith('_bucket') ? [name.replace(part, '')] : [])))
  const others = metrics.filter((name) => !name.endsWith('_total') && !classic.has(name.replace(part, '')))
  return [...classic, ...others].sort()
}

/** A metric that has the labels of a histogram. */
const countedBy = (metrics: readonly string[], histogram: string): string =>
  metrics.includes(`${histogram}_count`) ? `${histogram}_count` : histogram

/** Says below the field why names are not offered, or not all; empty if they are. */
export function noticeOf({ missing, more }: Pick<Outputs['slo']['names'], 'missing' | 'more'>): string {
  if (missing !== null) return `${missing} Type them in full.`
  return more ? 'Not all names are offered: they are too many, or some are too long. Type the others in full.' : ''
}
