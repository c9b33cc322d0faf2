import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, SetupFault } from '../steps.mjs'
import { once } from './once.mjs'
import { onPath } from './onPath.mjs'

const collectorVersion = '0.165.0'
const core = 'go.opentelemetry.io/collector'

/** The parts of the Collector that docs/senders.md uses. */
const collector = `dist: { name: collector, output_path: ./build }
receivers: [{ gomod: ${core}/receiver/otlpreceiver v${collectorVersion} }]
processors: [{ gomod: ${core}/processor/batchprocessor v${collectorVersion} }]
exporters:
  - gomod: github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusremotewriteexporter v${collectorVersion}
`

const remedy = 'If the network failed, run it again; Go reads proxies from its own settings (go env GOPROXY).'

/** @param command what a person runs again. @throws {SetupFault} if Go is missing or too old. */
export async function checkGo(command) {
  const [, major = 0, minor = 0] = onPath('go') ? (/go(\d+)\.(\d+)/.exec(await run('go', ['version'])) ?? []) : []
  if (Number(major) !== 1 || Number(minor) < 26) {
    const found = Number(major) > 0 ? `go${major}.${minor}` : 'none'
    throw new SetupFault(
      `${command} builds programs with Go 1.26 or newer, which is not on PATH (found: ${found}).\n` +
        'Install it from your system’s packages or as Go’s documentation says, then run: ' +
        command,
    )
  }
}

const install = (name, version, path, ...flags) =>
  once(name, version, `${name} ${version} (Go)`, (target) =>
    run('go', ['install', ...flags, `${path}@${version}`], { env: { ...process.env, GOBIN: target }, remedy }),
  )

/** Go builds it in 6 min on two cores. Without the service discoveries, which are most of its code: Kubernetes, AWS and others. */
export const ensurePrometheus3 = () =>
  install('prometheus3', 'v0.316.0', 'github.com/prometheus/prometheus/cmd/prometheus', '-tags=remove_all_sd')

/** Prometheus 3, vmagent and the Collector, for `npm run test:senders` only. Go builds them: 15 min on two cores. */
export async function ensureSenders() {
  // One after the other: each uses all cores, and gigabytes of memory.
  await install('vmagent', 'v1.150.0', 'github.com/VictoriaMetrics/VictoriaMetrics/app/vmagent')
  await ensurePrometheus3()
  await once('collector', collectorVersion, `OpenTelemetry Collector ${collectorVersion} (Go)`, async (target) => {
    writeFileSync(join(target, 'builder.yml'), collector)
    const env = { ...process.env, GOBIN: target }
    await run('go', ['install', `${core}/cmd/builder@v${collectorVersion}`], { env, remedy })
    await run(join(target, 'builder'), ['--config=builder.yml'], { cwd: target, remedy })
  })
}
