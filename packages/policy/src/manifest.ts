import { canonicalJson } from './canonicalJson.ts'
import type { Ring } from './waves.ts'

export const manifestFormat = 1
/** SSM's Standard tier holds 4 KB a parameter. */
export const manifestBytesMax = 4_096

/** Where the bundle's bytes are: gzip in the manifest itself while it fits, else under its hash in S3. */
export type BundleLocation = { kind: 'inline'; gzipBase64: string } | { kind: 's3'; bucket: string; key: string }

/** What a ring is told to enforce; the value of its SSM parameter. */
export type Manifest = {
  format: typeof manifestFormat
  version: number
  /** Hex SHA-256 of the bundle's canonical JSON. */
  sha256: string
  /** Length of the bundle's canonical JSON. */
  bytes: number
  /** Base64 DER ECDSA P-256 signature over the SHA-256 of the bundle's canonical JSON. */
  signature: string
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

/** @throws ManifestError when it would not fit SSM's Standard tier. */
export function encodeManifest(manifest: Manifest): string {
  const text = canonicalJson(manifest)
  if (new TextEncoder().encode(text).length > manifestBytesMax) {
    throw new ManifestError(`the manifest of policy version ${manifest.version} is over ${manifestBytesMax} bytes`)
  }
  return text
}

/** @throws ManifestError that names what is wrong with it. */
export function parseManifest(text: string): Manifest {
  let manifest: Manifest
  try {
    manifest = JSON.parse(text) as Manifest
  } catch (cause) {
    throw new ManifestError('the manifest is not JSON', { cause })
  }
  const wrong = (what: string) => new ManifestError(`the manifest has ${what}`)
  if (manifest?.format !== manifestFormat) throw wrong(`format ${manifest?.format}, not ${manifestFormat}`)
  if (!Number.isSafeInteger(manifest.version) || manifest.version < 1) throw wrong('no version')
  if (typeof manifest.sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(manifest.sha256)) throw wrong('no SHA-256')
  if (!Number.isSafeInteger(manifest.bytes) || manifest.bytes < 1) throw wrong('no size')
  if (typeof manifest.signature !== 'string' || typeof manifest.keyId !== 'string') throw wrong('no signature')
  if (typeof manifest.createdAt !== 'string' || Number.isNaN(Date.parse(manifest.createdAt))) throw wrong('no time')
  const { location } = manifest
  const located =
    (location?.kind === 'inline' && typeof location.gzipBase64 === 'string') ||
    (location?.kind === 's3' && typeof location.bucket === 'string' && typeof location.key === 'string')
  if (!located) throw wrong('no location')
  return manifest
}
