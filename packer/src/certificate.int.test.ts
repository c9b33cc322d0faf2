import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../local/src/parts/pki.ts'
import { localSigner, type Signer } from './testing/localSigner.ts'

let dir: string
let certificate: ReturnType<typeof localSigner>
const name = 'URI:spiffe://tickwatch.local/gateway/i-1'

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tickwatch-certificate-'))
  await openCertificateAuthority(join(dir, 'pki'))
  certificate = localSigner(join(dir, 'programs'), join(dir, 'pki'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const at = (folder: string, file: string) => join(dir, folder, 'current', file)
const current = (folder: string) => new X509Certificate(readFileSync(at(folder, 'cert.pem')))
const daysLeft = (folder: string) => Math.round((current(folder).validToDate.getTime() - Date.now()) / 86_400_000)

// Images are Linux, and other systems have other programs.
describe.runIf(process.platform === 'linux')('the certificate of a service', () => {
  it('has its name and a key that only its user reads, and comes with the certificates above it', async () => {
    expect(await certificate(join(dir, 'first'), name, 1, 7)).toBe(`has a certificate of ${name}`)
    const leaf = current('first')
    expect(leaf.subjectAltName).toBe(name)
    expect(statSync(at('first', 'key.pem')).mode & 0o777).toBe(0o400)
    for (const file of ['cert.pem', 'ca.pem']) expect(statSync(at('first', file)).mode & 0o777, file).toBe(0o644)
    const [cert, ca, key] = ['cert.pem', 'ca.pem', 'key.pem'].map((file) => readFileSync(at('first', file), 'utf8'))
    expect(cert?.endsWith(ca ?? '-')).toBe(true)
    expect(leaf.verify(new X509Certificate(ca ?? '').publicKey)).toBe(true)
    // Throws if the key is another one.
    createSecureContext({ cert, key, ca })
  })

  it('is kept while it is valid for long enough, and then replaced with its key in one step', async () => {
    const folder = join(dir, 'second')
    await certificate(folder, name, 1, 3)
    const before = readFileSync(at('second', 'cert.pem'))
    expect(await certificate(folder, name, 1, 7)).toBe(`keeps the certificate of ${name}`)
    expect(readFileSync(at('second', 'cert.pem'))).toEqual(before)
    for (const days of [7, 8]) {
      const slot = readlinkSync(join(folder, 'current'))
      const key = readFileSync(at('second', 'key.pem'))
      expect(await certificate(folder, name, days - 0.5, days)).toBe(`has a certificate of ${name}`)
      expect(daysLeft('second')).toBe(days)
      expect(readlinkSync(join(folder, 'current'))).not.toBe(slot)
      // Whoever had opened the folder of before finds its files until the next renewal.
      expect(readFileSync(join(folder, slot, 'key.pem'))).toEqual(key)
    }
  })

  it('is replaced if a volume brought that of another instance', async () => {
    const folder = join(dir, 'third')
    await certificate(folder, 'URI:spiffe://tickwatch.local/gateway/i-10', 1, 7)
    await certificate(folder, name, 1, 7)
    expect(current('third').subjectAltName).toBe(name)
  })

  it.each<[Signer, string]>([
    ['away', 'the CA does not answer'],
    ['another key', 'does not fit'],
    ['another name', 'does not fit'],
  ])('stays as it is if the CA is or gives: %s', async (signer, reason) => {
    const folder = join(dir, signer.replace(' ', '-'))
    await certificate(folder, name, 1, 3)
    const before = ['cert.pem', 'key.pem', 'ca.pem'].map((file) => readFileSync(join(folder, 'current', file)))
    await expect(certificate(folder, name, 4, 7, signer)).rejects.toThrow(reason)
    expect(['cert.pem', 'key.pem', 'ca.pem'].map((file) => readFileSync(join(folder, 'current', file)))).toEqual(before)
    // The next attempt is not disturbed by what this one left.
    expect(await certificate(folder, name, 4, 7)).toBe(`has a certificate of ${name}`)
  })
})
