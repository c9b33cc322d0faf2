import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { AwsRefused, AwsUnavailable } from '@tickwatch/aws'
import { type BundleLocation, compileBundle } from '@tickwatch/policy'
import { expect, it } from 'vitest'
import { readContent } from './readContent.ts'

const rate = 'ingest.samplesPerSecond'
const json = compileBundle({
  ...{ environment: 'test', version: 12, platformDefaults: {} },
  tenants: [{ id: 'acme', status: 'active', limits: { [rate]: 5 }, readers: [] }],
})
const zipped = gzipSync(json)
const inS3 = { kind: 's3', bucket: 'policy', key: 'policy/a.json.gz' } as const
const inline = (bytes: Buffer): BundleLocation => ({ kind: 'inline', gzipBase64: bytes.toString('base64') })
const version = (location: BundleLocation, of = json) => {
  const sha256 = createHash('sha256').update(of).digest('hex')
  const bytes = Buffer.byteLength(of)
  const signed = { version: 12, sha256, bytes, signature: 'c2ln', keyId: 'key', createdAt: '2026-11-28T12:00:00Z' }
  return { version: 12, sha256, manifest: { format: 1, ...signed, location } }
}
const bucket = (object: Uint8Array | Error | null) => ({
  get: async (name: string, key: string) => {
    expect([name, key]).toEqual([inS3.bucket, inS3.key])
    if (object instanceof Error) throw object
    return object
  },
})

it.each([
  ['its manifest', inline(zipped)],
  ['S3', inS3],
])('reads a version from %s', async (_where, location) => {
  const { tenants } = await readContent(bucket(zipped), version(location), 'test')
  expect(tenants.get('acme')).toEqual({ status: 'active', limits: { [rate]: 5 } })
})

const newer = json.replace('"format":1', '"format":99')
it.each([
  ['S3 no longer has it', bucket(null), version(inS3), 'version-content-gone'],
  ['S3 does not answer', bucket(new AwsUnavailable('away')), version(inS3), 'storage-unavailable'],
  ['S3 refuses', bucket(new AwsRefused('no', 'AccessDenied')), version(inS3), 'storage-unavailable'],
  ['it is not gzip', bucket(Buffer.from('text')), version(inS3), 'version-content-altered'],
  ['other bytes are stored', bucket(gzipSync(json.replace(':5', ':6'))), version(inS3), 'version-content-altered'],
  ['it unpacks to more than was signed', bucket(gzipSync(`${json} `)), version(inS3), 'version-content-altered'],
  ['a newer release wrote it', bucket(null), version(inline(gzipSync(newer)), newer), 'version-content-unreadable'],
])('says why it can’t: %s', async (_why, objects, stored, code) => {
  await expect(readContent(objects, stored, 'test')).rejects.toMatchObject({ code })
})

it('does not read a version of another environment', async () => {
  await expect(readContent(bucket(null), version(inline(zipped)), 'production')).rejects.toMatchObject({
    code: 'version-content-unreadable',
    message: expect.stringContaining('environment "test"'),
  })
})
