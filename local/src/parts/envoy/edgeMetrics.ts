const requests = {
  name: 'tickwatch_edge_ingest_requests_total',
  help: 'Writes by the status that the sender got, also those that no gateway answered (503, 504). Without those of probes.',
  type: 'counter',
  labelNames: ['code'],
}
const expiry = {
  name: 'tickwatch_certificate_expiry_timestamp_seconds',
  help: 'When a certificate of Envoy expires, in Unix time: those that it presents to writers and to readers, and the authority of their certificates.',
  type: 'gauge',
  labelNames: ['resource'],
}

/** What docs/metrics.md says of Envoy. @public */
export const exportedMetrics = () => ({ by: 'Envoy', metrics: [requests, expiry] })

const labelled = (source_labels: readonly string[], regex: string, target_label: string, replacement: string) => ({
  source_labels,
  regex,
  target_label,
  replacement,
})
const renamed = (regex: string, replacement: string) => labelled(['__name__'], regex, '__name__', replacement)
const certificate = ['envoy_listener_address', 'envoy_tls_certificate']

/**
 * How the platform's agent scrapes Envoy: a few of its thousands of statistics, with the names, units and labels that the
 * platform uses. Of the authority one listener is enough: both have the same.
 */
export const edgeScrape = {
  path: '/stats/prometheus',
  params: {
    filter: [
      String.raw`^(cluster\.gateways\.upstream_rq_[0-9]+|listener\.(writers\.ssl\.certificate\.authority|(writers|readers)\.ssl\.certificate\.server)\..*)$`,
    ],
  },
  relabel: [
    renamed('envoy_cluster_upstream_rq', requests.name),
    labelled(['envoy_response_code'], '(.+)', 'code', '$1'),
    renamed('envoy_listener_ssl_certificate_expiration_unix_time_seconds', expiry.name),
    labelled(certificate, '(.+);server', 'resource', '$1'),
    labelled(certificate, '.+;authority', 'resource', 'authority'),
    { source_labels: ['__name__'], regex: 'tickwatch_.*', action: 'keep' },
    { regex: 'envoy_.*', action: 'labeldrop' },
  ],
}
