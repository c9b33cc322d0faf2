import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { Logger } from 'pino'
import { Agent, type Dispatcher } from 'undici'

/** Paths of PEM files: the authority of the control plane, and the gateway's certificate and key. */
export type ControlPlaneFiles = { caFile: string; certFile: string; keyFile: string }

/** PEM. */
type Texts = { ca: string; cert: string; key: string }

const lookEveryMs = 1_000

/**
 * The way to the control plane, with the gateway's certificate. It follows certificates that are renewed while the gateway
 * runs: requests that are open go on where they are, and the next one gets a new connection with the new certificate.
 */
export class ControlPlaneConnection {
  readonly #files: ControlPlaneFiles
  readonly #log: Logger
  #texts: Texts
  #agent: Agent
  /** Agents of earlier certificates that have open requests. */
  readonly #closing = new Set<Promise<void>>()

  /** @throws Error if a file can't be read. A pair that does not fit only breaks the connections: traffic does not need them. */
  constructor(files: ControlPlaneFiles, log: Logger) {
    this.#files = files
    this.#log = log
    this.#texts = read(files)
    this.#agent = new Agent({ connect: this.#texts })
    for (const path of Object.values(files)) watchFile(path, { interval: lookEveryMs, persistent: false }, this.#renew)
  }

  /** For one request: the next one may need another. */
  get dispatcher(): Dispatcher {
    return this.#agent
  }

  /** PEM, of what new connections use. */
  get certificates(): Pick<Texts, 'ca' | 'cert'> {
    return this.#texts
  }

  async close(): Promise<void> {
    for (const path of Object.values(this.#files)) unwatchFile(path, this.#renew)
    await Promise.all([this.#agent.close(), ...this.#closing])
  }

  readonly #renew = (): void => {
    try {
      const texts = read(this.#files)
      // It is called for each of the files. Another one may have brought all of them.
      if (JSON.stringify(texts) === JSON.stringify(this.#texts)) return
      // Throws if the key is not that of the certificate. Then not all files are renewed yet, and the next one calls again.
      createSecureContext(texts)
      this.#use(texts)
      this.#log.info('uses a renewed certificate for the control plane')
    } catch (err) {
      this.#log.warn({ err }, 'the renewed certificate for the control plane cannot be used, the old one stays in use')
    }
  }

  #use(texts: Texts): void {
    const before = this.#agent
    this.#texts = texts
    // Not only another certificate for the same agent: it would resume TLS sessions, which have the old one.
    this.#agent = new Agent({ connect: texts })
    const closing: Promise<void> = before.close().finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}

const read = ({ caFile, certFile, keyFile }: ControlPlaneFiles): Texts => ({
  ca: readFileSync(caFile, 'utf8'),
  cert: readFileSync(certFile, 'utf8'),
  key: readFileSync(keyFile, 'utf8'),
})
