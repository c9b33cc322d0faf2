import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { AwsUnavailable } from '@tickwatch/aws'
import { type BundleLocation, compileBundle } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { contentOf, readBundle } from './versionBundles.ts'

const reader = { name: 'grafana', sha256: 'a'.repeat(64), expiresAt: '2027-01-01T00:00:00.000Z' }
const json = compileBundle({
  environment: 'test',
  version: 7,
  platformDefaults: { 'ingest.burstSamples': 40_000 },
  tenants: [
    { id: 'acme', status: 'active', limits: { 'ingest.samplesPerSecond': 5_000 }, readers: [reader] },
    { id: 'initech', status: 'suspended', limits: {}, readers: [] },
  ],
})
const inS3: BundleLocation = { kind: 's3', bucket: 'policy', key: 'policy/x.json.gz' }
const inline = (text: string): BundleLocation => ({ kind: 'inline', gzipBase64: gzipSync(text).toString('base64') })

const about = {
  version: 7,
  sha256: createHash('sha256').update(json).digest('hex'),
  bytes: Buffer.byteLength(json),
  signature: 'c2ln',
  keyId: 'key-1',
}
const versionAt = (location: BundleLocation) => ({
  ...about,
  manifest: { format: 1, ...about, createdAt: '2026-11-28T12:00:00Z', location },
})
const holds = (stored: Uint8Array | null) => ({ get: async () => stored })

describe('the bundle of a version', () => {
  it('is read from its manifest or from S3, with the bytes that were signed', async () => {
    const signed = { json, signature: 'c2ln', keyId: 'key-1' }
    expect(await readBundle(versionAt(inline(json)), holds(null))).toEqual(signed)
    expect(await readBundle(versionAt(inS3), holds(gzipSync(json)))).toEqual(signed)
  })

  it.each([
    ['other bytes', gzipSync(json.replace('5000', '9000'))],
    ['more bytes than were signed', gzipSync(json.repeat(9))],
    ['what is not gzip', Buffer.from(json)],
  ])('is not shown if S3 holds %s', async (_, stored) => {
    const read = readBundle(versionAt(inS3), holds(stored))
    await expect(read).rejects.toMatchObject({ code: 'bundle-altered', message: expect.stringContaining('v7') })
  })

  it('is missing with a reason: S3 has no such object, or does not answer', async () => {
    await expect(readBundle(versionAt(inS3), holds(null))).rejects.toMatchObject({ code: 'bundle-not-found' })
    const hangs = { get: () => Promise.reject(new AwsUnavailable('S3 is away')) }
    await expect(readBundle(versionAt(inS3), hangs)).rejects.toMatchObject({
      ...{ kind: 'unavailable', code: 'bundle-store-unavailable' },
    })
  })
})

it('a version holds each limit of a tenant, its own or the default, and how many readers', () => {
  const [acme, initech, nobody] = contentOf(json, ['acme', 'initech', '__proto__']).tenants
  const limit = (held: typeof acme, name: string) => held?.held?.limits.find((each) => each.limit === name)
  expect(limit(acme, 'ingest.samplesPerSecond')).toMatchObject({ value: 5_000, own: true })
  expect(limit(acme, 'ingest.burstSamples')).toMatchObject({ value: 40_000, own: false })
  expect([acme?.held?.status, acme?.held?.readers]).toEqual(['active', 1])
  expect([initech?.held?.status, initech?.held?.readers]).toEqual(['suspended', 0])
  expect(nobody).toEqual({ tenantId: '__proto__', held: null })
})
