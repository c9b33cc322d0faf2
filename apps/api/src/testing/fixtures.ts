import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for one test file's certificates. */
export function temporaryFolder(): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'tickwatch-api-'))
  return { dir, remove: () => rmSync(dir, { recursive: true }) }
}

/** What `openCertificateAuthority` of `local` returns. */
export type CertificateAuthority = {
  certFile: string
  issue(request: {
    path: string
    usage: 'server' | 'client'
    dnsNames?: string[]
    uri?: string
  }): Promise<{ cert: string; key: string }>
}

/** The machine port's certificate, and those of gateways by their id. */
export async function certificates(ca: CertificateAuthority) {
  return {
    caFile: ca.certFile,
    server: await ca.issue({ path: 'api', usage: 'server', dnsNames: ['localhost'] }),
    gateway: (id: string) => ca.issue({ path: id, usage: 'client', uri: `spiffe://tickwatch.local/gateway/${id}` }),
  }
}
