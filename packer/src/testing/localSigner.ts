import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const packer = join(import.meta.dirname, '../..')
const programs = join(packer, 'rootfs/base/usr/libexec/tickwatch')

/** In the place of AWS Private CA: it signs as its template EndEntityCertificate does, the names are those of the request. */
const sign = `#!/usr/bin/env bash
set -euo pipefail
case "$SIGNER" in
  away) echo 'the CA does not answer' >&2; exit 1 ;;
  'another key') openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null \\
    -out "$2/request.pem" -subj /O=Tickwatch -addext "subjectAltName=$NAME" 2>/dev/null ;;
  'another name') openssl req -new -key "$2/key.pem" -out "$2/request.pem" -subj /O=Tickwatch -addext subjectAltName=DNS:other ;;
esac
openssl x509 -req -in "$2/request.pem" -CA "$PKI/ca.pem" -CAkey "$PKI/ca.key" -set_serial "0x$(openssl rand -hex 16)" \\
  -copy_extensions copy -days "$DAYS" -out "$2/cert.pem" 2>/dev/null
cp "$PKI/ca.pem" "$2/ca.pem"
`
export type Signer = 'here' | 'away' | 'another key' | 'another name'

/**
 * The program of the images that makes certificates, beside a CA of the test.
 * @param dir gets the programs
 * @param pki the folder of the CA of `local`
 */
export function localSigner(dir: string, pki: string) {
  mkdirSync(dir, { recursive: true })
  copyFileSync(join(programs, 'certificate'), join(dir, 'certificate'))
  writeFileSync(join(dir, 'sign'), sign)
  for (const name of ['certificate', 'sign']) chmodSync(join(dir, name), 0o755)
  /** Asks for a certificate of the name that is valid for at least so many days. The CA gives one for `days`. */
  return async (folder: string, name: string, atLeastDays: number, days: number, signer: Signer = 'here') => {
    const seconds = `${atLeastDays * 86_400}`
    const env = { ...process.env, PKI: pki, DAYS: `${days}`, SIGNER: signer, NAME: name }
    const { stdout } = await run(join(dir, 'certificate'), [folder, userInfo().username, name, seconds], { env })
    return stdout.trim()
  }
}

/** Fills the files of a folder of `/etc/tickwatch` of the gateway's image, as its units do. */
export async function fill(name: 'edge' | 'agent', to: string, env: Record<string, string>): Promise<void> {
  mkdirSync(to, { recursive: true })
  const from = join(packer, 'rootfs/gateway/etc/tickwatch', name)
  const program = join(packer, 'rootfs/gateway/usr/libexec/tickwatch/fill')
  await run('bash', [program, from, to], { env: { PATH: process.env.PATH ?? '', ...env } })
}
