/** Every reason a gateway may give for not taking samples; also the `reason` label of its metrics. */
export const refusalReasons = {
  rate: 'Samples over the samples per second limit',
  'request-rate': 'Requests over the requests per second limit',
  burst: 'A request with more samples than the burst',
  'request-bytes': 'A request over the size limit',
  'active-series': 'New series over the active series limit',
  'label-name': 'A label that the schema does not allow',
  'label-value': 'A label value that the schema does not allow',
  'label-reserved': 'A label that only the platform may set',
  'label-count': 'Too many labels on a series',
  'label-name-bytes': 'A label name that is too long',
  'label-value-bytes': 'A label value that is too long',
  'label-invalid': 'A series without a metric name, or with unsorted, doubled or malformed labels',
  'too-old': 'Samples older than the storage takes',
  upstream: 'Samples that the storage refused',
  malformed: 'A request that is not snappy-compressed remote write',
  suspended: 'The tenant is suspended',
} as const satisfies Record<string, string>

export type RefusalReason = keyof typeof refusalReasons
