import { gzipSync } from 'node:zlib'
import { BundleReader, type Manifest } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { environment, newSigningKey, publish, type TestPolicy } from '../testing/policies.ts'
import { openBundle, type PolicyRefusalReason, PolicyRefused, readManifest, readPublicKeys } from './policyTrust.ts'

const signing = newSigningKey()
const trust = { publicKeys: [newSigningKey().publicKey, signing.publicKey], environment }

/** Why a policy is refused after its manifest or bundle was changed. Null if it is accepted. */
function refusal(
  policy: TestPolicy,
  change: (manifest: Manifest) => Manifest = (manifest) => manifest,
  changeBundle: (json: string) => string = (json) => json,
): PolicyRefusalReason | null {
  const { text, json } = publish(policy, signing.privateKey, 's3', change)
  try {
    openBundle(readManifest(text), gzipSync(changeBundle(json)), trust, new BundleReader())
    return null
  } catch (cause) {
    if (!(cause instanceof PolicyRefused)) throw cause
    expect(cause.message.length).toBeLessThan(200)
    return cause.reason
  }
}

describe('a policy', () => {
  it('is accepted when any trusted key signed it, whatever keyId says', () => {
    expect(refusal({ version: 3 })).toBeNull()
    expect(refusal({ version: 3 }, (manifest) => ({ ...manifest, keyId: 'anything' }))).toBeNull()
  })

  it.each<[string, PolicyRefusalReason, (manifest: Manifest) => Manifest]>([
    ['another version in its manifest', 'bundle', (manifest) => ({ ...manifest, version: 4 })],
    ['another hash in its manifest', 'hash', (manifest) => ({ ...manifest, sha256: '0'.repeat(64) })],
    ['another size in its manifest', 'bytes', (manifest) => ({ ...manifest, bytes: manifest.bytes + 1 })],
    ['a size smaller than the bundle', 'bytes', (manifest) => ({ ...manifest, bytes: 10 })],
    ['a size above the maximum', 'bytes', (manifest) => ({ ...manifest, bytes: 2 ** 40 })],
    ['no signature', 'signature', (manifest) => ({ ...manifest, signature: '' })],
    ['a value that is not a signature', 'signature', (manifest) => ({ ...manifest, signature: 'aGVsbG8=' })],
  ])('is refused with %s', (_what, reason, change) => {
    expect(refusal({ version: 3 }, change)).toBe(reason)
  })

  it('is refused when its bundle was changed, even if hash and size were changed to match', () => {
    expect(refusal({ version: 3 }, undefined, (json) => json.replace('"active"', '"AcTive"'))).toBe('hash')
    const raised = publish(
      { version: 3, tenants: [{ id: 'acme', limits: { 'series.activeMax': 9 } }] },
      signing.privateKey,
    )
    const { signature } = publish({ version: 3 }, signing.privateKey).manifest
    const forged = { ...raised.manifest, signature }
    expect(() => openBundle(forged, raised.gzip, trust, new BundleReader())).toThrow(
      'not signed by a key that this gateway trusts',
    )
  })

  it('is refused when another key signed it', () => {
    const { manifest, gzip } = publish({ version: 3 }, newSigningKey().privateKey)
    expect(() => openBundle(manifest, gzip, trust, new BundleReader())).toThrow('not signed by a key')
  })

  it('is refused when it belongs to another environment', () => {
    expect(refusal({ version: 3, environment: 'staging' })).toBe('bundle')
  })

  it('is refused when its bytes are not gzip', () => {
    const { manifest } = publish({ version: 3 }, signing.privateKey)
    expect(() => openBundle(manifest, Buffer.from('hello'), trust, new BundleReader())).toThrow('not gzip')
  })

  it.each(['', '{}', '{"format":2}', '{"format":1,"version":-1}', '[]', 'null'])(
    'is refused with the manifest %j',
    (text) => {
      expect(() => readManifest(text)).toThrow(PolicyRefused)
    },
  )
})

describe('the public keys', () => {
  const pem = (key = newSigningKey().publicKey) => key.export({ type: 'spki', format: 'pem' }) as string

  it('may be several in one file', () => {
    expect(readPublicKeys(`# 2025\n${pem()}\n# 2026\n${pem()}`)).toHaveLength(2)
  })

  it('are at least one', () => {
    expect(() => readPublicKeys('')).toThrow('no PEM public key')
  })
})
