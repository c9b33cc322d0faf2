import { join } from 'node:path'
import type { CertificateFiles } from '../../platform/localState.ts'
import { writeJson } from '../../process/writeJson.ts'
import { extension } from './messages.ts'

/** The certificate that Envoy presents, and the authority of its callers' certificates. The names are in its statistics. */
export type SecretName = 'server' | 'authority'

/** The file of a secret, in the folder of Envoy's files. */
export const secretFile = (dir: string, name: SecretName) => join(dir, `${name}.json`)

export type SecretFiles = {
  certificate: CertificateFiles
  caFile: string
  /**
   * Envoy reads all files again when something is renamed to a name in this folder. So let the paths above lead through a link in
   * it, and replace that link: then Envoy never has a certificate with the key of another.
   */
  watchedDir: string
}

/**
 * The files with which Envoy reads certificates again while it runs (SDS). Connections that are open keep theirs.
 */
export function secretsOf({ certificate, caFile, watchedDir }: SecretFiles): Record<SecretName, object> {
  const watched_directory = { path: watchedDir }
  const secret = (name: SecretName, content: object) => ({
    resources: [extension('envoy.extensions.transport_sockets.tls.v3.Secret', { name, ...content })],
  })
  return {
    server: secret('server', {
      tls_certificate: {
        certificate_chain: { filename: certificate.cert },
        private_key: { filename: certificate.key },
        watched_directory,
      },
    }),
    authority: secret('authority', { validation_context: { trusted_ca: { filename: caFile }, watched_directory } }),
  }
}

export function writeSecrets(dir: string, files: SecretFiles): void {
  const { server, authority } = secretsOf(files)
  writeJson(secretFile(dir, 'server'), server)
  writeJson(secretFile(dir, 'authority'), authority)
}
