import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import {
  BundleError,
  type BundleReader,
  type Manifest,
  ManifestError,
  parseManifest,
  type ReadBundle,
} from '@tickwatch/policy'

/** Why a policy is refused. The `reason` label of `tickwatch_policy_refusals_total`. */
export type PolicyRefusalReason = 'manifest' | 'older' | 'altered' | 'bytes' | 'hash' | 'signature' | 'bundle'

/** A policy that must not be enforced. Its message goes to the control plane, so it is short and safe to show. */
export class PolicyRefused extends Error {
  override name = 'PolicyRefused'
  readonly reason: PolicyRefusalReason
  /** 0 if no version could be read. */
  readonly version: number

  constructor(reason: PolicyRefusalReason, version: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
    this.version = version
  }
}

/** What the gateway trusts: the public keys in its image, and bundles of its own environment only. */
export type Trust = { publicKeys: readonly KeyObject[]; environment: string }

/** The gateway never unpacks more, whatever the manifest says. 10,000 tenants need about 2 MB. */
const bundleBytesMax = 64 * 1_048_576

/**
 * Reads the SPKI PEM blocks of a file.
 * @throws Error if the file has no key, or one that is not ECDSA P-256.
 */
export function readPublicKeys(pem: string): KeyObject[] {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----/g) ?? []
  if (blocks.length === 0) throw new Error('the file has no PEM public key')
  return blocks.map((block) => {
    const key = createPublicKey(block)
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
      throw new Error('the file has a key that is not ECDSA P-256')
    return key
  })
}

/** @throws PolicyRefused */
export function readManifest(text: string): Manifest {
  try {
    return parseManifest(text)
  } catch (cause) {
    if (cause instanceof ManifestError) throw new PolicyRefused('manifest', 0, cause.message, { cause })
    throw cause
  }
}

/**
 * Unpacks a bundle and checks it against its manifest and the trusted keys. The manifest itself is not signed, so the
 * gateway believes only what the signed bundle confirms. `keyId` is only for people to read.
 * @throws PolicyRefused
 */
export function openBundle(manifest: Manifest, gzip: Uint8Array, trust: Trust, reader: BundleReader): ReadBundle {
  const { version } = manifest
  if (manifest.bytes > bundleBytesMax) {
    throw new PolicyRefused(
      'bytes',
      version,
      `the manifest announces ${manifest.bytes} bytes, a bundle has at most ${bundleBytesMax}`,
    )
  }
  let json: Buffer
  try {
    // One chunk: to join many takes longer than to unpack them.
    json = gunzipSync(gzip, { maxOutputLength: manifest.bytes, chunkSize: Math.max(64, manifest.bytes) })
  } catch (cause) {
    throw new PolicyRefused('bytes', version, `the bundle is not gzip of ${manifest.bytes} bytes`, { cause })
  }
  if (json.length !== manifest.bytes) {
    throw new PolicyRefused(
      'bytes',
      version,
      `the bundle has ${json.length} bytes, its manifest says ${manifest.bytes}`,
    )
  }
  if (createHash('sha256').update(json).digest('hex') !== manifest.sha256) {
    throw new PolicyRefused('hash', version, 'the bundle does not have the SHA-256 of its manifest')
  }
  const signature = Buffer.from(manifest.signature, 'base64')
  // KMS signs the digest (MessageType DIGEST). That equals signing these bytes with ECDSA_SHA_256.
  if (!trust.publicKeys.some((key) => verify('sha256', json, { key, dsaEncoding: 'der' }, signature))) {
    throw new PolicyRefused('signature', version, 'the bundle is not signed by a key that this gateway trusts')
  }
  const bundle = read(reader, json.toString('utf8'), version, trust.environment)
  if (bundle.version !== version) {
    throw new PolicyRefused('bundle', version, `the bundle is version ${bundle.version}, its manifest says ${version}`)
  }
  return bundle
}

function read(reader: BundleReader, json: string, version: number, environment: string): ReadBundle {
  try {
    return reader.read(json, environment)
  } catch (cause) {
    if (cause instanceof BundleError) throw new PolicyRefused('bundle', version, cause.message, { cause })
    throw cause
  }
}
