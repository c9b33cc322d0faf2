import { parseQuerySliced, type Sliced } from '@tickwatch/promql'
import { invalid } from './queryRefused.ts'

/** The parameters that a request may have. Others are unknown to Prometheus' API and not sent to AMP. */
type Parameter = 'query' | 'time' | 'start' | 'end' | 'step' | 'timeout' | 'match[]' | 'limit' | 'stats'

type Method = 'GET' | 'POST'

/** A path of Prometheus' query API (https://prometheus.io/docs/prometheus/latest/querying/api/) that AMP answers. */
export type StorageRoute = {
  path: string
  kind: 'instant' | 'range' | 'series' | 'labels'
  methods: readonly Method[]
  parameters: ReadonlySet<Parameter>
}

/**
 * A path that the gateway answers itself, because AMP does not have it or answers it for the whole workspace. Grafana's
 * data source asks for it, and shows errors if there is none.
 */
export type OwnRoute = {
  kind: 'own'
  methods: readonly Method[]
  parameters: ReadonlySet<Parameter>
  /** Makes the `data` of the answer, in slices. @throws QueryRefused, PromqlError */
  data: (query: string | null) => Sliced<unknown>
}

export type QueryRoute = StorageRoute | OwnRoute

const both = ['GET', 'POST'] as const
const getOnly = ['GET'] as const
const ofSeries: ReadonlySet<Parameter> = new Set(['match[]', 'start', 'end', 'limit'])
const storageRoutes: Readonly<Record<string, Omit<StorageRoute, 'path'>>> = {
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
const labelValues = { kind: 'labels', methods: getOnly, parameters: ofSeries } as const

const own = (methods: readonly Method[], data: OwnRoute['data']): OwnRoute => ({
  kind: 'own',
  methods,
  parameters: new Set(['query']),
  data,
})

function fixed(methods: readonly Method[], data: unknown): OwnRoute {
  // biome-ignore lint/correctness/useYield: there is nothing to slice.
  return own(methods, function* () {
    return data
  })
}

/**
 * Our tests query this version through the gateway. AMP does not say which version it runs. Grafana decides by it what
 * it may ask for.
 */
const prometheusVersion = '2.42.0'

const ownRoutes: Readonly<Record<string, OwnRoute>> = {
  '/api/v1/status/buildinfo': fixed(getOnly, {
    version: prometheusVersion,
    ...{ revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' },
  }),
  '/api/v1/features': fixed(getOnly, {}),
  // A tenant has no rules of its own. The workspace's are the platform's.
  '/api/v1/rules': fixed(getOnly, { groups: [] }),
  '/api/v1/alerts': fixed(getOnly, { alerts: [] }),
  // AMP has types and help texts by metric name only, so they could be another tenant's.
  '/api/v1/metadata': fixed(getOnly, {}),
  // AMP documents no exemplars.
  '/api/v1/query_exemplars': fixed(both, []),
  // The text stays as it is: we have no formatter.
  '/api/v1/format_query': own(both, readable),
  '/api/v1/parse_query': own(both, function* (query) {
    yield* readable(query)
    return {}
  }),
}

function* readable(query: string | null): Sliced<string> {
  if (query === null) throw invalid('the parameter query is missing')
  const { text } = yield* parseQuerySliced(query)
  return text
}

/** @returns null if the path is not a query. */
export function queryRouteOf(path: string): QueryRoute | null {
  if (Object.hasOwn(ownRoutes, path)) return ownRoutes[path] ?? null
  const route = Object.hasOwn(storageRoutes, path) ? storageRoutes[path] : undefined
  if (route) return { ...route, path }
  return /^\/api\/v1\/label\/[a-zA-Z_][a-zA-Z0-9_]*\/values$/.test(path) ? { ...labelValues, path } : null
}
