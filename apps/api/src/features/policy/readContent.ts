import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AwsRefused, AwsUnavailable, type ObjectStore } from '@tickwatch/aws'
import type { PolicyVersion } from '@tickwatch/db'
import {
  answerWithinMs,
  BundleError,
  type BundleLocation,
  ManifestError,
  parseBundle,
  parseManifest,
  type ReadBundle,
} from '@tickwatch/policy'
import { DomainError } from '../../shared/errors.ts'

const decompress = promisify(gunzip)

type Stored = Pick<PolicyVersion, 'version' | 'sha256' | 'manifest'>

/**
 * The bundle that was signed as a policy version, from its manifest or from S3. It must have the SHA-256 that gateways
 * attested.
 * @throws DomainError if S3 does not answer or no longer has it, if somebody changed it, or if a newer release wrote the
 *   manifest in a format that this one can't read.
 */
export async function readSigned(
  objects: Pick<ObjectStore, 'get'>,
  { version, sha256, manifest: stored }: Stored,
): Promise<string> {
  const { location, bytes } = readable(version, () => parseManifest(JSON.stringify(stored)))
  const zipped = await bytesAt(objects, version, location)
  const json = await decompress(zipped, { maxOutputLength: bytes }).catch((cause: unknown) => {
    throw altered(version, cause)
  })
  if (createHash('sha256').update(json).digest('hex') !== sha256) throw altered(version)
  return json.toString('utf8')
}

/** The content of a policy version. @throws DomainError as {@link readSigned}, and if this release can't read it. */
export async function readContent(
  objects: Pick<ObjectStore, 'get'>,
  version: Stored,
  environment: string,
): Promise<ReadBundle> {
  const json = await readSigned(objects, version)
  return readable(version.version, () => parseBundle(json, environment))
}

function readable<T>(version: number, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof ManifestError || cause instanceof BundleError) throw unreadable(version, cause)
    throw cause
  }
}

async function bytesAt(
  objects: Pick<ObjectStore, 'get'>,
  version: number,
  location: BundleLocation,
): Promise<Uint8Array> {
  if (location.kind === 'inline') return Buffer.from(location.gzipBase64, 'base64')
  const { bucket, key } = location
  try {
    return (
      (await objects.get(bucket, key, AbortSignal.timeout(answerWithinMs.storage))) ??
      Promise.reject(gone(version, `${bucket}/${key}`))
    )
  } catch (cause) {
    if (cause instanceof AwsUnavailable || cause instanceof AwsRefused) throw storageAway(version, cause)
    throw cause
  }
}

const storageAway = (version: number, cause: Error) => {
  const sentence =
    cause instanceof AwsRefused
      ? // Without s3:ListBucket, S3 answers the same for an object that does not exist.
        `S3 refuses to return the content of v${version}: it was deleted, or the API’s role lacks s3:GetObject.`
      : `S3 does not answer, so the content of v${version} can’t be read. Try again in a moment.`
  return new DomainError('unavailable', 'storage-unavailable', sentence, { cause })
}

const gone = (version: number, object: string) =>
  new DomainError(
    'not-found',
    'version-content-gone',
    `The content of v${version} is no longer available: S3 has no ${object}. Choose another version.`,
  )

const altered = (version: number, cause?: unknown) =>
  new DomainError(
    'conflict',
    'version-content-altered',
    `The stored content of v${version} is not what was signed: its SHA-256 differs. Choose another version, and find out who changed it.`,
    { cause },
  )

const unreadable = (version: number, cause: Error) =>
  new DomainError(
    'conflict',
    'version-content-unreadable',
    `This release can’t read the content of v${version}: ${cause.message}. Choose another version.`,
    { cause },
  )
