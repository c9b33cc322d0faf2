import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../steps.mjs'
import { goInstall, goRemedy } from './go.mjs'
import { once } from './once.mjs'

const collectorVersion = '0.165.0'
const core = 'go.opentelemetry.io/collector'

/** The parts of the Collector that docs/senders.md uses. */
const collector = `dist: { name: collector, output_path: ./build }
receivers: [{ gomod: ${core}/receiver/otlpreceiver v${collectorVersion} }]
processors: [{ gomod: ${core}/processor/batchprocessor v${collectorVersion} }]
exporters:
  - gomod: github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusremotewriteexporter v${collectorVersion}
`

/** Go builds it in 6 min on two cores. Without the service discoveries, which are most of its code: Kubernetes, AWS and others. */
export const ensurePrometheus3 = () =>
  goInstall('prometheus3', 'v0.316.0', 'github.com/prometheus/prometheus/cmd/prometheus', '-tags=remove_all_sd')

/** Prometheus 3, vmagent and the Collector, for `npm run test:senders` only. Go builds them: 15 min on two cores. */
export async function ensureSenders() {
  // One after the other: each uses all cores, and gigabytes of memory.
  await goInstall('vmagent', 'v1.150.0', 'github.com/VictoriaMetrics/VictoriaMetrics/app/vmagent')
  await ensurePrometheus3()
  await once('collector', collectorVersion, `OpenTelemetry Collector ${collectorVersion} (Go)`, async (target) => {
    writeFileSync(join(target, 'builder.yml'), collector)
    const env = { ...process.env, GOBIN: target }
    await run('go', ['install', `${core}/cmd/builder@v${collectorVersion}`], { env, remedy: goRemedy })
    await run(join(target, 'builder'), ['--config=builder.yml'], { cwd: target, remedy: goRemedy })
  })
}
