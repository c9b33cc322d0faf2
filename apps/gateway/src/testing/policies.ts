import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  type BundleLocation,
  bundleObjectKey,
  compileBundle,
  encodeManifest,
  type Limits,
  type Manifest,
  type ReaderToken,
  type TenantStatus,
} from '@tickwatch/policy'

export const environment = 'test'

/** A key pair of the kind that KMS holds. */
export const newSigningKey = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

export type TestTenant = { id: string; status?: TenantStatus; limits?: Limits; readers?: ReaderToken[] }
export type TestPolicy = { version: number; tenants?: TestTenant[]; environment?: string; platformDefaults?: Limits }

/** A published policy: what SSM holds, and the bundle's bytes in S3. */
export type Published = { text: string; manifest: Manifest; json: string; gzip: Uint8Array }

/** @param change fields of the correct manifest to overwrite. */
export function publish(
  policy: TestPolicy,
  privateKey: KeyObject,
  where: 'inline' | 's3' = 'inline',
  change: (manifest: Manifest) => Manifest = (manifest) => manifest,
): Published {
  const json = compileBundle({
    environment: policy.environment ?? environment,
    version: policy.version,
    platformDefaults: policy.platformDefaults ?? {},
    tenants: (policy.tenants ?? [{ id: 'acme' }]).map(({ id, status = 'active', limits = {}, readers = [] }) => ({
      id,
      status,
      limits,
      readers,
    })),
  })
  const bytes = Buffer.from(json)
  const gzip = gzipSync(bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const location: BundleLocation =
    where === 'inline'
      ? { kind: 'inline', gzipBase64: gzip.toString('base64') }
      : { kind: 's3', bucket: 'policies', key: bundleObjectKey(sha256) }
  const manifest = change({
    format: 1,
    version: policy.version,
    sha256,
    bytes: bytes.length,
    signature: sign('sha256', bytes, { key: privateKey, dsaEncoding: 'der' }).toString('base64'),
    keyId: 'arn:aws:kms:us-east-1:000000000000:key/test',
    createdAt: '2026-11-23T12:00:00.000Z',
    location,
  })
  return { text: encodeManifest(manifest), manifest, json, gzip }
}
