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
 * Takes up certificates that were renewed in place, for connections from then on: those of a workload live for hours.
 * A half-written pair is refused by TLS, logged, and tried again when the other file follows.
 * @returns stops watching.
 */
export function rotateTls(
  server: { setSecureContext(options: SecureContextOptions): void },
  files: TlsFiles,
  log: Logger,
): () => void {
  const take = () => {
    try {
      server.setSecureContext(readTls(files))
      log.info('took up the renewed certificates of the machine port')
    } catch (err) {
      log.warn({ err }, 'the renewed certificates of the machine port do not fit, the former ones stay')
    }
  }
  const paths = Object.values(files)
  for (const path of paths) watchFile(path, { interval: lookEveryMs, persistent: false }, take)
  return () => {
    for (const path of paths) unwatchFile(path, take)
  }
}
