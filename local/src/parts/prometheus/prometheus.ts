import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CertificateFiles } from '../../platform/localState.ts'
import { freePort } from '../../process/ports.ts'
import { type Running, startProcess } from '../../process/processes.ts'
import { tools } from '../../process/tools.ts'
import { answers } from '../../process/until.ts'

const loopback = (port: number) => `127.0.0.1:${port}`

/**
 * Starts the Prometheus that is the storage of AMP's stand-in. Like AMP it accepts remote write with native histograms,
 * and samples up to 10 min out of order. It stores exemplars, because gateways count them as written. It reads the rule files of `rulesDir` at start and on POST `/-/reload`.
 */
export async function startPrometheus(options: {
  dir: string
  rulesDir?: string
  port?: number
  logFile?: string
  /** Another version, for tests. */
  command?: string
  /** How late samples may be, for tests that write the past. */
  outOfOrderWindow?: string
  /** The Alertmanager that gets the alerts, `host:port`. Without it nobody gets them. */
  alertmanager?: string
}): Promise<Running & { url: string; rulesDir: string }> {
  const port = options.port ?? (await freePort())
  const url = `http://${loopback(port)}`
  const rulesDir = options.rulesDir ?? join(options.dir, 'rules')
  const config = join(options.dir, 'prometheus.yml')
  mkdirSync(rulesDir, { recursive: true })
  writeFileSync(
    config,
    // JSON is valid YAML.
    JSON.stringify({
      global: { evaluation_interval: '10s' },
      rule_files: [join(rulesDir, '*.rules.yaml')],
      ...(options.alertmanager
        ? { alerting: { alertmanagers: [{ static_configs: [{ targets: [options.alertmanager] }] }] } }
        : {}),
      storage: { tsdb: { out_of_order_time_window: options.outOfOrderWindow ?? '10m' } },
    }),
  )
  const running = await startProcess({
    name: 'prometheus',
    command: options.command ?? tools().prometheus,
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(options.dir, 'data')}`,
      '--storage.tsdb.retention.time=30d',
      '--web.enable-remote-write-receiver',
      '--web.enable-lifecycle',
      // After a reload, and each change of rules is one, it knows no Alertmanager for up to 5 s and drops what it should send.
      // By default it sends that again after a minute. But not too soon: Alertmanager takes an alert for ended if it does not
      // come again within four times this delay, which a busy machine may take.
      '--rules.alert.resend-delay=4s',
      '--enable-feature=native-histograms,exemplar-storage',
      `--web.listen-address=${loopback(port)}`,
    ],
    // AMP computes on many machines. With more threads than processors the system divides the time, in shorter turns
    // than Go does, so that a small query does not wait for large ones.
    env: { GOMAXPROCS: '8' },
    cwd: options.dir,
    logFile: options.logFile ?? join(options.dir, 'prometheus.log'),
    ready: () => answers(`${url}/-/ready`),
    readyWithinSeconds: 60,
  })
  return { ...running, url, rulesDir }
}

export type ScrapeJob = {
  job: string
  everySeconds: number
  /** Addresses, or the file of them in Prometheus' form, which is read again when it changes. */
  targets: readonly string[] | string
  /** Of the addresses. */
  labels?: Readonly<Record<string, string>>
  /** `/metrics` by default. */
  path?: string
  params?: Readonly<Record<string, readonly string[]>>
  /** Rules for the scraped series, in Prometheus' form. */
  relabel?: readonly object[]
}

/** Metrics that an agent does not send. @param name an anchored regular expression */
export const dropped = (name: string) => ({ source_labels: ['__name__'], regex: name, action: 'drop' })

/** The configuration of a Prometheus in agent mode, on this machine and in the image of a gateway. */
export const agentConfiguration = (options: {
  jobs: readonly ScrapeJob[]
  externalLabels: Readonly<Record<string, string>>
  /** Where it writes, and as whom, in Prometheus' form. */
  write: { url: string; tls_config: object } | { url: string; sigv4: object }
}) => ({
  global: { external_labels: options.externalLabels },
  scrape_configs: options.jobs.map((job) => ({
    job_name: job.job,
    scrape_interval: `${job.everySeconds}s`,
    scrape_timeout: `${job.everySeconds}s`,
    metrics_path: job.path ?? '/metrics',
    params: job.params ?? {},
    ...(typeof job.targets === 'string'
      ? { file_sd_configs: [{ files: [job.targets] }] }
      : { static_configs: [{ targets: job.targets, labels: job.labels ?? {} }] }),
    metric_relabel_configs: job.relabel ?? [],
  })),
  remote_write: [
    {
      ...options.write,
      send_native_histograms: true,
      queue_config: { min_backoff: '100ms', max_backoff: '5s', batch_send_deadline: '1s' },
    },
  ],
})

/** Starts a Prometheus in agent mode: scrapes, and remote-writes through Envoy with a writer's certificate. */
export async function startAgent(options: {
  name: string
  dir: string
  port?: number
  logFile?: string
  jobs: readonly ScrapeJob[]
  writeUrl: string
  caFile: string
  certificate: CertificateFiles
  externalLabels: Readonly<Record<string, string>>
}): Promise<Running & { url: string }> {
  const port = options.port ?? (await freePort())
  const url = `http://${loopback(port)}`
  mkdirSync(options.dir, { recursive: true })
  const config = join(options.dir, 'agent.yml')
  const { jobs, externalLabels, writeUrl, caFile, certificate } = options
  const tls_config = { ca_file: caFile, cert_file: certificate.cert, key_file: certificate.key }
  writeFileSync(
    config,
    JSON.stringify(agentConfiguration({ jobs, externalLabels, write: { url: writeUrl, tls_config } })),
  )
  const running = await startProcess({
    name: options.name,
    command: tools().prometheus,
    args: [
      // The probe's histogram is native.
      '--enable-feature=agent,native-histograms',
      `--config.file=${config}`,
      `--storage.agent.path=${join(options.dir, 'data')}`,
      `--web.listen-address=${loopback(port)}`,
    ],
    cwd: options.dir,
    logFile: options.logFile ?? join(options.dir, `${options.name}.log`),
    ready: () => answers(`${url}/-/ready`),
  })
  return { ...running, url }
}

/**
 * Collectors whose labels the platform's label schema knows. The agent that scrapes them drops the metrics that
 * describe hardware, for example by serial numbers: {@link hostDescriptions}.
 */
export const collectors = ['cpu', 'diskstats', 'filesystem', 'loadavg', 'meminfo', 'netdev', 'stat']
export const hostDescriptions = 'node_disk_info|node_exporter_build_info|node_disk_filesystem_info|go_info'

export async function startNodeExporter(options: {
  dir: string
  port?: number
  logFile?: string
}): Promise<Running & { url: string }> {
  const port = options.port ?? (await freePort())
  const url = `http://${loopback(port)}`
  mkdirSync(options.dir, { recursive: true })
  const running = await startProcess({
    name: 'node-exporter',
    command: tools().nodeExporter,
    args: [
      '--collector.disable-defaults',
      ...collectors.map((collector) => `--collector.${collector}`),
      `--web.listen-address=${loopback(port)}`,
    ],
    cwd: options.dir,
    logFile: options.logFile ?? join(options.dir, 'node-exporter.log'),
    ready: () => answers(`${url}/metrics`),
  })
  return { ...running, url }
}
