import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import type { Logger } from 'pino'

export type TlsFiles = { certFile: string; keyFile: string; clientCaFile: string }

const lookEveryMs = 5_000

export const readTls = ({ certFile, keyFile, clientCaFile }: TlsFiles): SecureContextOptions => ({
  cert: readFileSync(certFile),
  key: readFileSync(keyFile),
  ca: readFileSync(clientCaFile),
})

/**
 * Reloads certificates that were renewed in place, for new connections: a workload's certificate is valid only for
 * hours. TLS rejects a half-written pair. That is logged, and the next changed file starts another attempt.
 * @returns a function that stops watching.
 */
export function rotateTls(
  server: { setSecureContext(options: SecureContextOptions): void },
  files: TlsFiles,
  log: Logger,
): () => void {
  const reload = () => {
    try {
      server.setSecureContext(readTls(files))
      log.info('reloaded the certificates of the machine port')
    } catch (err) {
      log.warn({ err }, 'the renewed certificates of the machine port are not valid, the old ones stay in use')
    }
  }
  const paths = Object.values(files)
  for (const path of paths) watchFile(path, { interval: lookEveryMs, persistent: false }, reload)
  return () => {
    for (const path of paths) unwatchFile(path, reload)
  }
}
