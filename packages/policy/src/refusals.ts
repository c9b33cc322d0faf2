import type { LimitName } from './limits.ts'

/** Every reason for which a gateway refuses samples. Also the `reason` label of its metrics. */
export const refusalReasons = {
  rate: 'Samples over the samples per second limit',
  'request-rate': 'Requests over the requests per second limit',
  'in-flight': 'More requests at the same time, or more bytes of them, than one gateway reads for a tenant',
  burst: 'A request with more samples, exemplars or metadata than the burst',
  'request-bytes': 'A request over the size limit',
  'active-series': 'New series over the active series limit',
  'label-name': 'A label that the schema does not allow',
  'label-value': 'A label value that the schema does not allow',
  'label-reserved': 'A label that only the platform may set',
  'label-count': 'Too many labels on a series',
  'label-name-bytes': 'A label name that is too long',
  'label-value-bytes': 'A label value that is too long',
  'label-invalid': 'A series without a metric name, or with duplicate or malformed labels',
  'histogram-invalid': 'A native histogram that contradicts itself, or with too many custom buckets',
  'exemplar-invalid': 'An exemplar with a malformed label',
  'metadata-invalid': 'Metadata with a malformed text',
  'too-old': 'Samples older than the storage accepts',
  'too-new': 'Samples further in the future than the storage accepts',
  upstream: 'Samples that the storage refused or did not answer',
  malformed: 'A request that is not snappy-compressed remote write',
  suspended: 'The tenant is suspended',
} as const satisfies Record<string, string>

export type RefusalReason = keyof typeof refusalReasons

/** Why a request fails although nothing is refused. With the reasons of refusals, the `reason` label of counted requests. */
export const failureReasons = {
  'not-ready': 'The gateway has no policy yet',
  'share-missing': 'New series came while the gateway waits for its share of the active series',
  fault: 'A fault of the gateway, which its log describes',
} as const satisfies Record<string, string>

export type FailureReason = keyof typeof failureReasons

/** The limit that a refusal is because of. Null if it is because of a label schema, the storage or a fault. */
export const limitOfReason: Readonly<Record<RefusalReason, LimitName | null>> = {
  rate: 'ingest.samplesPerSecond',
  'request-rate': 'ingest.requestsPerSecond',
  'in-flight': null,
  burst: 'ingest.burstSamples',
  'request-bytes': 'ingest.requestBytesMax',
  'active-series': 'series.activeMax',
  'label-name': null,
  'label-value': null,
  'label-reserved': null,
  'label-count': 'labels.namesPerSeriesMax',
  'label-name-bytes': 'labels.nameBytesMax',
  'label-value-bytes': 'labels.valueBytesMax',
  'label-invalid': null,
  'histogram-invalid': null,
  'exemplar-invalid': null,
  'metadata-invalid': null,
  'too-old': null,
  'too-new': null,
  upstream: null,
  malformed: null,
  suspended: null,
}

/** A gateway gives these before it reads the request, so they count requests. */
export const unreadReasons: ReadonlySet<RefusalReason> = new Set([
  'request-rate',
  'in-flight',
  'request-bytes',
  'malformed',
  'suspended',
])

/** What a reason counts. */
export const refusedThings = (reason: RefusalReason): 'samples' | 'requests' | 'exemplars' | 'metadata entries' => {
  if (unreadReasons.has(reason)) return 'requests'
  if (reason === 'exemplar-invalid') return 'exemplars'
  return reason === 'metadata-invalid' ? 'metadata entries' : 'samples'
}

/** Every reason for which a gateway refuses a query. Also the `reason` label of its metrics. */
export const queryRefusalReasons = {
  'query-rate': 'Queries over the queries per minute limit, or with more PromQL than it allows',
  'query-concurrent': 'Queries over the concurrent queries limit',
  'query-busy': 'Queries while the storage runs as many as it can',
  'query-range': 'A query that reads a longer span than the query range',
  'query-lookback': 'A query that reads further back than the query lookback',
  'query-points': 'A query over the points per series limit',
  'query-samples': 'A query over the samples per query limit',
  'query-timeout': 'A query that took longer than the query timeout',
  'query-invalid': 'A query that is not PromQL, or parameters that are missing or malformed',
  suspended: 'The tenant is suspended',
  upstream: 'The storage refused the query, or is unavailable',
} as const satisfies Record<string, string>

export type QueryRefusalReason = keyof typeof queryRefusalReasons

/** The limit that a refusal of a query is because of; null if there is none. */
export const limitOfQueryReason: Readonly<Record<QueryRefusalReason, LimitName | null>> = {
  'query-rate': 'query.requestsPerMinute',
  'query-concurrent': 'query.concurrentMax',
  'query-busy': null,
  'query-range': 'query.rangeHoursMax',
  'query-lookback': 'query.lookbackDaysMax',
  'query-points': 'query.pointsPerSeriesMax',
  'query-samples': 'query.samplesMax',
  'query-timeout': 'query.timeoutSeconds',
  'query-invalid': null,
  suspended: null,
  upstream: null,
}
