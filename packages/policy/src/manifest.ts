import { canonicalJson } from './canonicalJson.ts'
import { formatsRead, isFormatUpTo } from './formats.ts'
import { sha256Pattern } from './ids.ts'
import type { Ring } from './waves.ts'

/** SSM's Standard tier allows 4 KB per parameter. */
export const manifestBytesMax = 4_096

/** Where the bundle is: gzipped in the manifest if it fits there, otherwise in S3 under its hash. */
export type BundleLocation = { kind: 'inline'; gzipBase64: string } | { kind: 's3'; bucket: string; key: string }

/** The policy that a ring's gateways must enforce: the value of the ring's SSM parameter. */
export type Manifest = {
  format: number
  version: number
  /** Hex SHA-256 of the bundle's canonical JSON. */
  sha256: string
  /** Length of the bundle's canonical JSON. */
  bytes: number
  /** Base64 DER ECDSA P-256 signature over the SHA-256 of the bundle's canonical JSON. */
  signature: string
  /** For people, like `createdAt`: gateways need neither. */
  keyId: string
  /** ISO 8601, UTC. */
  createdAt: string
  location: BundleLocation
}

export const manifestParameterName = (environment: string, ring: Ring) =>
  `/tickwatch/${environment}/policy/${ring}/manifest`
export const bundleObjectKey = (sha256: string) => `policy/${sha256}.json.gz`

export class ManifestError extends Error {
  override name = 'ManifestError'
}

/** The writer of each manifest format, like `bundleWriters`. */
export type ManifestWriters = Readonly<Record<number, (about: Omit<Manifest, 'format'>) => Manifest>>
export const manifestWriters: ManifestWriters = { 1: (about) => ({ format: 1, ...about }) }

/** @throws ManifestError if the manifest does not fit SSM's Standard tier. */
export function encodeManifest(manifest: Manifest): string {
  const text = canonicalJson(manifest)
  if (new TextEncoder().encode(text).length > manifestBytesMax) {
    throw new ManifestError(`the manifest of policy version ${manifest.version} is over ${manifestBytesMax} bytes`)
  }
  return text
}

/**
 * Reads a manifest of this version, an older or a newer one. Unknown members stay in it and have no effect.
 * @throws ManifestError that says what is wrong.
 */
export function parseManifest(text: string): Manifest {
  let manifest: Manifest
  try {
    manifest = JSON.parse(text) as Manifest
  } catch (cause) {
    throw new ManifestError('the manifest is not JSON', { cause })
  }
  const wrong = (what: string) => new ManifestError(`the manifest has ${what}`)
  if (!isFormatUpTo(formatsRead.manifest, manifest?.format)) {
    throw wrong(`format ${JSON.stringify(manifest?.format)}; this version reads formats up to ${formatsRead.manifest}`)
  }
  if (!Number.isSafeInteger(manifest.version) || manifest.version < 1) throw wrong('no version')
  if (typeof manifest.sha256 !== 'string' || !sha256Pattern.test(manifest.sha256)) throw wrong('no SHA-256')
  if (!Number.isSafeInteger(manifest.bytes) || manifest.bytes < 1) throw wrong('no size')
  if (typeof manifest.signature !== 'string') throw wrong('no signature')
  const { location, keyId = '', createdAt = '' } = manifest
  const kind: unknown = location?.kind
  if (typeof kind === 'string' && kind !== 'inline' && kind !== 's3') {
    throw wrong(`a location of kind ${kind}; this version reads inline and s3`)
  }
  const located =
    (location?.kind === 'inline' && typeof location.gzipBase64 === 'string') ||
    (location?.kind === 's3' && typeof location.bucket === 'string' && typeof location.key === 'string')
  if (!located) throw wrong('no location')
  return { ...manifest, keyId, createdAt }
}
