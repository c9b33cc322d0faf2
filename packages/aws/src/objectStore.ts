import { GetObjectCommand, NoSuchKey, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { clientConfig } from './clientConfig.ts'
import { asAwsError } from './errors.ts'

/** S3, for objects that are written once under a name made from their content. */
export type ObjectStore = {
  /** The object's bytes; null when there is none. */
  get(bucket: string, key: string): Promise<Uint8Array | null>
  /** Stores the object unless its key is taken (`If-None-Match: *`); what was there stays as it was. */
  putOnce(bucket: string, key: string, body: Uint8Array): Promise<'stored' | 'exists'>
  /** The keys after `after` that begin with `prefix`, in their order, and when each was stored. */
  list(bucket: string, prefix: string, after: string): Promise<{ key: string; storedAt: Date }[]>
}

export function createObjectStore(): ObjectStore {
  const client = new S3Client({
    ...clientConfig,
    // Virtual-hosted buckets need DNS names that only AWS's own endpoints have.
    forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
  })
  return {
    async get(bucket, key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        return Body ? await Body.transformToByteArray() : new Uint8Array()
      } catch (cause) {
        if (cause instanceof NoSuchKey) return null
        throw asAwsError(`S3 GetObject ${bucket}/${key}`, cause)
      }
    },

    async putOnce(bucket, key, body) {
      try {
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: body,
            ContentLength: body.byteLength,
            IfNoneMatch: '*',
          }),
        )
        return 'stored'
      } catch (cause) {
        if (cause instanceof Error && cause.name === 'PreconditionFailed') return 'exists'
        throw asAwsError(`S3 PutObject ${bucket}/${key}`, cause)
      }
    },

    async list(bucket, prefix, after) {
      const found: { key: string; storedAt: Date }[] = []
      const input = { Bucket: bucket, Prefix: prefix, StartAfter: after }
      try {
        for await (const { Contents } of paginateListObjectsV2({ client }, input)) {
          for (const { Key, LastModified } of Contents ?? []) {
            if (Key && LastModified) found.push({ key: Key, storedAt: LastModified })
          }
        }
        return found
      } catch (cause) {
        throw asAwsError(`S3 ListObjectsV2 ${bucket}/${prefix}`, cause)
      }
    },
  }
}
