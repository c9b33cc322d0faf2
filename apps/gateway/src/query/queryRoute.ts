/** The parameters that a request may have. Others are unknown to Prometheus' API and not sent to AMP. */
type Parameter = 'query' | 'time' | 'start' | 'end' | 'step' | 'timeout' | 'match[]' | 'limit' | 'stats'

/** One path of Prometheus' query API (https://prometheus.io/docs/prometheus/latest/querying/api/). */
export type QueryRoute = {
  path: string
  kind: 'instant' | 'range' | 'series' | 'labels'
  methods: readonly ('GET' | 'POST')[]
  parameters: ReadonlySet<Parameter>
}

const both = ['GET', 'POST'] as const
const ofSeries: ReadonlySet<Parameter> = new Set(['match[]', 'start', 'end', 'limit'])
const routes: Readonly<Record<string, Omit<QueryRoute, 'path'>>> = {
  '/api/v1/query': {
    kind: 'instant',
    methods: both,
    parameters: new Set(['query', 'time', 'timeout', 'limit', 'stats']),
  },
  '/api/v1/query_range': {
    kind: 'range',
    methods: both,
    parameters: new Set(['query', 'start', 'end', 'step', 'timeout', 'limit', 'stats']),
  },
  '/api/v1/series': { kind: 'series', methods: both, parameters: ofSeries },
  '/api/v1/labels': { kind: 'labels', methods: both, parameters: ofSeries },
}
/** Prometheus supports only GET here. */
const labelValues = { kind: 'labels', methods: ['GET'], parameters: ofSeries } as const

/** @returns null if the path is not a query. */
export function queryRouteOf(path: string): QueryRoute | null {
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (route) return { ...route, path }
  return /^\/api\/v1\/label\/[a-zA-Z_][a-zA-Z0-9_]*\/values$/.test(path) ? { ...labelValues, path } : null
}
