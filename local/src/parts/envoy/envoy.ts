import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { idDefaults } from '@tickwatch/policy'
import type { CertificateFiles } from '../../platform/localState.ts'
import { freePort } from '../../process/ports.ts'
import { type Running, startProcess } from '../../process/processes.ts'
import { tools } from '../../process/tools.ts'
import { answers } from '../../process/until.ts'
import { edgeConfiguration } from './configuration.ts'
import { writeSecrets } from './secrets.ts'

/**
 * Starts Envoy as the edge for writers and readers. It terminates TLS, admits writers and readers only at their own
 * listener, probes at both, and passes their SPIFFE identity to the gateways' Unix sockets in `x-forwarded-client-cert`. Call
 * `writeEndpoints` for this folder first: Envoy reads the gateways from its file.
 */
export async function startEnvoy(options: {
  dir: string
  port?: number
  readersPort?: number
  adminPort?: number
  logFile?: string
  caFile: string
  certificate: CertificateFiles
  /** For a test that renews the certificate: see `SecretFiles`. */
  watchedDir?: string
}): Promise<Running & { url: string; readersUrl: string; adminUrl: string }> {
  const port = options.port ?? (await freePort())
  const readersPort = options.readersPort ?? (await freePort())
  const adminPort = options.adminPort ?? (await freePort())
  const adminUrl = `http://127.0.0.1:${adminPort}`
  mkdirSync(options.dir, { recursive: true })
  const config = join(options.dir, 'envoy.json')
  const { dir, caFile, certificate } = options
  writeSecrets(dir, { certificate, caFile, watchedDir: options.watchedDir ?? dirname(certificate.cert) })
  const ports = { writers: port, readers: readersPort, admin: adminPort }
  const edge = edgeConfiguration({ dir, host: '127.0.0.1', ports, trustDomain: idDefaults.trustDomain })
  writeFileSync(config, JSON.stringify(edge, null, 2))
  const running = await startProcess({
    name: 'envoy',
    command: tools().envoy,
    args: ['-c', config, '--log-level', 'warning', '--concurrency', '2', '--disable-hot-restart'],
    cwd: options.dir,
    logFile: options.logFile ?? join(options.dir, 'envoy.log'),
    ready: () => answers(`${adminUrl}/ready`),
  })
  return { ...running, url: `https://localhost:${port}`, readersUrl: `https://localhost:${readersPort}`, adminUrl }
}
