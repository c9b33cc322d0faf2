import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { Logger } from 'pino'

export type TlsFiles = { certFile: string; keyFile: string; clientCaFile: string }

const lookEveryMs = 5_000

/** PEM, as TLS wants it. */
export type TlsTexts = { cert: string; key: string; ca: string }

export const readTls = ({ certFile, keyFile, clientCaFile }: TlsFiles): TlsTexts => ({
  cert: readFileSync(certFile, 'utf8'),
  key: readFileSync(keyFile, 'utf8'),
  ca: readFileSync(clientCaFile, 'utf8'),
})

/**
 * Reloads certificates that were renewed in place, for new connections: a workload's certificate is valid only for
 * hours. TLS rejects a half-written pair. That is logged, and the next changed file starts another attempt.
 * @param onUse called with what is used from now on
 * @returns a function that stops watching.
 */
export function rotateTls(
  server: { setSecureContext(options: TlsTexts): void },
  files: TlsFiles,
  log: Logger,
  onUse: (texts: TlsTexts) => void,
): () => void {
  const reload = () => {
    try {
      const texts = readTls(files)
      server.setSecureContext(texts)
      onUse(texts)
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
