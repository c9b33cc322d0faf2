import type { Series } from '@tickwatch/aws'

export type GatewayFigures = Partial<{
  requests: number
  errors: number
  lost: number
  firstByteSeconds: number
  startSeconds: number
}>

/** Names that a query is about, in `label=~"a|b"`. */
const namesIn = (promql: string, label: string): string[] =>
  new RegExp(`${label}=~"([^"]*)"`).exec(promql)?.[1]?.split('|') ?? []

/**
 * Answers the queries of a rollout's evidence, as if each gateway had these figures in each interval. A gateway's address is its id.
 * @param of null for a gateway that reports nothing
 */
export function figuresOf(
  promql: string,
  { from, to, step }: { from: number; to: number; step: number },
  of: (gateway: string) => GatewayFigures | null,
): Series[] {
  const times = Array.from({ length: Math.max(0, Math.floor((to - from) / step) + 1) }, (_, i) => from + i * step)
  const series = (labels: Record<string, string>, value: number): Series => ({
    labels,
    points: times.map((t): [number, number] => [t, value]),
  })
  const isSamples = promql.includes('tickwatch_gateway_samples_total')
  return namesIn(promql, isSamples ? 'gateway' : 'instance').flatMap((instance) => {
    const figures = of(instance)
    if (figures === null) return []
    const { requests = 300, errors = 0, lost = 0, firstByteSeconds = 0.01, startSeconds = 0 } = figures
    const one = (value: number) => [series({ instance }, value)]
    if (isSamples) return [series({ gateway: instance, instance }, 30_000)]
    if (promql.includes('lost_samples')) {
      return lost > 0 ? [{ labels: { instance }, points: times.map((t) => [t, (lost * t) / step]) }] : []
    }
    if (promql.includes('ingest_requests')) {
      const failed = errors > 0 ? [series({ instance, code: '500' }, errors)] : []
      return [series({ instance, code: '204' }, requests - errors), ...failed]
    }
    if (promql.includes('first_byte')) return one(firstByteSeconds)
    if (promql.includes('process_cpu')) return one(0.6)
    if (promql.includes('resident_memory')) return one(400 * 2 ** 20)
    return promql.includes('start_time') ? one(startSeconds) : []
  })
}
