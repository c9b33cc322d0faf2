import type { Configured, Places } from './documented.ts'

/** What a sender needs to reach Tickwatch, and no setting that has a default. */
export function defaultSender(sender: string, places: Places): Configured {
  const { writeUrl, caFile, certFile, keyFile, receiver } = places
  const tls = `{ ca_file: ${caFile}, cert_file: ${certFile}, key_file: ${keyFile} }`
  const labels = '{ region: eu-central-1, cluster: acme-1 }'
  const scrape = `global: { scrape_interval: 200ms, external_labels: ${labels} }
scrape_configs: [{ job_name: game-server, static_configs: [{ targets: [${places.targets?.map((each) => `'${each}'`)}] }] }]
`
  switch (sender) {
    case 'vmagent':
      return {
        config: scrape,
        flags: [
          '-promscrape.config=/etc/tickwatch/scrape.yml',
          `-remoteWrite.url=${writeUrl}`,
          `-remoteWrite.tlsCAFile=${caFile}`,
          `-remoteWrite.tlsCertFile=${certFile}`,
          `-remoteWrite.tlsKeyFile=${keyFile}`,
        ],
      }
    case 'OpenTelemetry Collector':
      return {
        config: `receivers: { otlp: { protocols: { http: { endpoint: '${receiver}' } } } }
exporters:
  prometheus_remote_write: { http: { endpoint: ${writeUrl}, tls: ${tls} }, external_labels: ${labels} }
service: { pipelines: { metrics: { receivers: [otlp], exporters: [prometheus_remote_write] } } }
`,
        flags: ['--config=/etc/tickwatch/collector.yml'],
      }
    default:
      return { config: `${scrape}remote_write: [{ url: ${writeUrl}, tls_config: ${tls} }]\n`, flags: [] }
  }
}
