import { GetObjectCommand, ListObjectVersionsCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { clientConfig, endedBy } from './clientConfig.ts'
import { asAwsError } from './errors.ts'

/** S3, for objects that are written once, with a key derived from their content. */
export type ObjectStore = {
  /** The object's bytes; null if it does not exist. `signal` ends the call. */
  get(bucket: string, key: string, signal?: AbortSignal): Promise<Uint8Array | null>
  /** Stores the object, unless its key exists (`If-None-Match: *`): then nothing changes. `signal` ends the call. */
  putOnce(bucket: string, key: string, body: Uint8Array, signal?: AbortSignal): Promise<'stored' | 'exists'>
  /**
   * The keys after `after` that begin with `prefix`, in order, and when each was first stored. In a bucket with
   * versions the list includes deleted keys, because deleting only hides an object there.
   */
  list(bucket: string, prefix: string, after: string): Promise<{ key: string; storedAt: Date }[]>
}

export function createObjectStore(): ObjectStore {
  const client = new S3Client({
    ...clientConfig,
    // A bucket as a subdomain needs a DNS name, which only AWS's own endpoints have.
    forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL),
  })
  return {
    async get(bucket, key, signal) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), endedBy(signal))
        return Body ? await Body.transformToByteArray() : new Uint8Array()
      } catch (cause) {
        if (cause instanceof NoSuchKey) return null
        throw asAwsError(`S3 GetObject ${bucket}/${key}`, cause)
      }
    },

    async putOnce(bucket, key, body, signal) {
      try {
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: body,
            ContentLength: body.byteLength,
            IfNoneMatch: '*',
          }),
          endedBy(signal),
        )
        return 'stored'
      } catch (cause) {
        if (cause instanceof Error && cause.name === 'PreconditionFailed') return 'exists'
        throw asAwsError(`S3 PutObject ${bucket}/${key}`, cause)
      }
    },

    async list(bucket, prefix, after) {
      const found = new Map<string, Date>()
      const input = { Bucket: bucket, Prefix: prefix }
      let from: { KeyMarker: string | undefined; VersionIdMarker?: string | undefined } = { KeyMarker: after }
      try {
        for (;;) {
          const page = await client.send(new ListObjectVersionsCommand({ ...input, ...from }))
          // S3 lists the newest version of a key first. The last one listed is the original, so it overwrites the
          // others.
          for (const { Key, LastModified } of page.Versions ?? []) {
            if (Key && Key > after && LastModified) found.set(Key, LastModified)
          }
          if (!page.IsTruncated) break
          from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        }
        return [...found].map(([key, storedAt]) => ({ key, storedAt }))
      } catch (cause) {
        throw asAwsError(`S3 ListObjectVersions ${bucket}/${prefix}`, cause)
      }
    },
  }
}
