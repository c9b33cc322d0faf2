import 'reflect-metadata'
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as x509 from '@peculiar/x509'
import type { CertificateFiles } from '../platform/localState.ts'

x509.cryptoProvider.set(webcrypto)

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 86_400_000
const caDays = 3_650
const leafDays = 90
/** A certificate that expires sooner than this is renewed at the next start. */
const renewDays = 30

export type CertificateRequest = {
  /** Path in the PKI folder, without the file extension. */
  path: string
  usage: 'server' | 'client'
  dnsNames?: readonly string[]
  ipAddresses?: readonly string[]
  uri?: string
}
export type CertificateAuthority = {
  /** PEM file of the CA's certificate. */
  certFile: string
  /** Issues the certificate, or keeps the existing one if it still fits. */
  issue(request: CertificateRequest): Promise<CertificateFiles>
}

/** Opens the CA of this folder, or creates one. Only the owner can read the keys. */
export async function openCertificateAuthority(dir: string, now = new Date()): Promise<CertificateAuthority> {
  const certFile = join(dir, 'ca.pem')
  const keyFile = join(dir, 'ca.key')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  if (!existsSync(certFile) || !existsSync(keyFile)) {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const cert = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=Tickwatch local CA',
      notBefore: new Date(now.getTime() - day),
      notAfter: new Date(now.getTime() + caDays * day),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    })
    await write(certFile, keyFile, cert, keys.privateKey)
  }
  const ca = new x509.X509Certificate(readFileSync(certFile, 'utf8'))
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    createPrivateKey(readFileSync(keyFile, 'utf8')).export({ type: 'pkcs8', format: 'der' }),
    algorithm,
    false,
    ['sign'],
  )

  const issue = async (request: CertificateRequest): Promise<CertificateFiles> => {
    const files = { cert: join(dir, `${request.path}.pem`), key: join(dir, `${request.path}.key`) }
    if (fits(files, request, certFile, now)) return files
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const names: x509.JsonGeneralName[] = [
      ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
      ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
      ...(request.uri ? [{ type: 'url' as const, value: request.uri }] : []),
    ]
    const cert = await x509.X509CertificateGenerator.create({
      subject: `CN=${request.path.replaceAll('/', ' ')}`,
      issuer: ca.subject,
      notBefore: new Date(now.getTime() - day),
      notAfter: new Date(now.getTime() + leafDays * day),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([
          request.usage === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
        ]),
        new x509.SubjectAlternativeNameExtension(names),
        await x509.AuthorityKeyIdentifierExtension.create(ca),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    })
    await write(files.cert, files.key, cert, keys.privateKey)
    return files
  }
  return { certFile, issue }
}

function fits(files: CertificateFiles, request: CertificateRequest, caFile: string, now: Date): boolean {
  if (!existsSync(files.cert) || !existsSync(files.key)) return false
  const cert = new X509Certificate(readFileSync(files.cert))
  const names = cert.subjectAltName ?? ''
  const wanted = [
    ...(request.dnsNames ?? []).map((name) => `DNS:${name}`),
    ...(request.ipAddresses ?? []).map((address) => `IP Address:${address}`),
    ...(request.uri ? [`URI:${request.uri}`] : []),
  ]
  return (
    cert.verify(new X509Certificate(readFileSync(caFile)).publicKey) &&
    names.split(', ').sort().join() === wanted.sort().join() &&
    cert.validToDate.getTime() > now.getTime() + renewDays * day
  )
}

async function write(certFile: string, keyFile: string, cert: x509.X509Certificate, key: webcrypto.CryptoKey) {
  mkdirSync(dirname(certFile), { recursive: true, mode: 0o700 })
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' })
  for (const [file, text] of [
    [keyFile, pem.toString()],
    [certFile, `${cert.toString('pem')}\n`],
  ] as const) {
    writeFileSync(file, text, { mode: 0o600 })
    // The mode above applies only to new files.
    chmodSync(file, 0o600)
  }
}
