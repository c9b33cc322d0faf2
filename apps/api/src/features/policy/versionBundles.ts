import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AwsRefused, AwsUnavailable, type ObjectStore } from '@tickwatch/aws'
import { type Database, policyVersions } from '@tickwatch/db'
import { answerWithinMs, type Bundle, limitNames } from '@tickwatch/policy'
import type { z } from 'zod'
import { DomainError, notFound } from '../../shared/errors.ts'
import type { contentInput, VersionBundleView, VersionContentView } from './policy.types.ts'

const unzip = promisify(gunzip)

type SignedVersion = Pick<
  policyVersions.PolicyVersion,
  'version' | 'sha256' | 'bytes' | 'signature' | 'keyId' | 'manifest'
>
type Objects = Pick<ObjectStore, 'get'>

/**
 * The signed bundle of a version, from where its manifest says that it is.
 * @throws DomainError if it is not there, is not what was signed, or if S3 does not answer.
 */
export async function readBundle(version: SignedVersion, objects: Objects): Promise<VersionBundleView> {
  const { sha256, bytes, signature, keyId } = version
  const zipped = await readZipped(version, objects)
  const json = await unzip(zipped, { maxOutputLength: bytes }).catch(() => null)
  if (!json || createHash('sha256').update(json).digest('hex') !== sha256) {
    const sentence = `What is stored as the bundle of v${version.version} is not what was signed: its SHA-256 differs. Gateways refuse it.`
    throw new DomainError('conflict', 'bundle-altered', sentence)
  }
  return { json: json.toString('utf8'), signature, keyId }
}

async function readZipped({ version, manifest: { location } }: SignedVersion, objects: Objects): Promise<Uint8Array> {
  if (location.kind === 'inline') return Buffer.from(location.gzipBase64, 'base64')
  const { bucket, key } = location
  const signal = AbortSignal.timeout(answerWithinMs.storage)
  const stored = await objects.get(bucket, key, signal).catch((cause: unknown) => {
    if (!(cause instanceof AwsUnavailable || cause instanceof AwsRefused)) throw cause
    const sentence = `S3, which holds the bundle of v${version}, does not give it. Gateways still enforce their policy.`
    throw new DomainError('unavailable', 'bundle-store-unavailable', sentence, { cause })
  })
  if (stored) return stored
  throw new DomainError('not-found', 'bundle-not-found', `The bundle of v${version} is not in S3 any more.`)
}

/** What a bundle holds for these tenants. */
export function contentOf(json: string, tenantIds: readonly string[]): VersionContentView {
  // Not read as a gateway does: an older version may hold values that are out of range by now.
  const { defaults, tenants } = JSON.parse(json) as Bundle
  return {
    tenants: tenantIds.map((tenantId) => {
      const tenant = Object.hasOwn(tenants, tenantId) ? tenants[tenantId] : undefined
      if (!tenant) return { tenantId, held: null }
      const { status, limits: own, readers = [] } = tenant
      const limits = limitNames.flatMap((limit) => {
        const value: number | undefined = own[limit] ?? defaults[limit]
        // The limit may be newer than the version.
        return value === undefined ? [] : [{ limit, value, own: typeof own[limit] === 'number' }]
      })
      return { tenantId, held: { status, limits, readers: readers.length } }
    }),
  }
}

export function createVersionBundles(db: Database, objects: Objects) {
  async function bundle(version: number): Promise<VersionBundleView> {
    const known = await db.platform((tx) => policyVersions.byVersion(tx, version))
    if (!known) throw notFound('policy version')
    return readBundle(known, objects)
  }
  return {
    bundle,
    content: async ({ version, tenantIds }: z.output<typeof contentInput>): Promise<VersionContentView> =>
      contentOf((await bundle(version)).json, tenantIds),
  }
}
