import { describe, expect, it } from 'vitest'
import {
  bundleObjectKey,
  encodeManifest,
  type Manifest,
  ManifestError,
  manifestBytesMax,
  manifestParameterName,
  manifestWriters,
  parseManifest,
} from './manifest.ts'

const manifest: Manifest = {
  format: 1,
  version: 42,
  sha256: 'ab'.repeat(32),
  bytes: 1_234,
  signature: 'MEUCIQ==',
  keyId: 'arn:aws:kms:us-east-1:000000000000:key/1',
  createdAt: '2026-11-23T12:00:00.000Z',
  location: { kind: 's3', bucket: 'b', key: bundleObjectKey('ab'.repeat(32)) },
}
const inline = (gzipBase64: string): Manifest => ({ ...manifest, location: { kind: 'inline', gzipBase64 } })

describe('encodeManifest', () => {
  it.each([manifest, inline('H4sI')])('is read back unchanged', (given) => {
    expect(parseManifest(encodeManifest(given))).toEqual(given)
  })

  it("accepts exactly the size limit of SSM's Standard tier, and no byte more", () => {
    const room = manifestBytesMax - encodeManifest(inline('')).length
    expect(encodeManifest(inline('x'.repeat(room)))).toHaveLength(manifestBytesMax)
    expect(() => encodeManifest(inline('x'.repeat(room + 1)))).toThrow(ManifestError)
  })

  it('counts bytes, not characters', () => {
    const room = manifestBytesMax - encodeManifest(inline('')).length
    expect(() => encodeManifest(inline('ä'.repeat(room / 2 + 1)))).toThrow('version 42 is over 4096 bytes')
  })
})

it.each(Object.entries(manifestWriters))('a manifest in format %s says so', (format, write) => {
  const { format: _format, ...about } = manifest
  expect(write(about)).toMatchObject({ ...about, format: Number(format) })
})

describe('parseManifest', () => {
  it.each<[string, object | null, string]>([
    ['null', null, 'format undefined'],
    ['a newer format', { format: 2 }, 'format 2; this version reads formats up to 1'],
    ['a format that has no text', { format: { toString: null } }, 'format {"toString":null}'],
    ['no version', { version: undefined }, 'no version'],
    ['version 0', { version: 0 }, 'no version'],
    ['a version with a fraction', { version: 1.5 }, 'no version'],
    ['no hash', { sha256: undefined }, 'no SHA-256'],
    ['a hash in capitals', { sha256: 'AB'.repeat(32) }, 'no SHA-256'],
    ['a hash with a line after it', { sha256: `${'ab'.repeat(32)}\n` }, 'no SHA-256'],
    ['no size', { bytes: undefined }, 'no size'],
    ['size 0', { bytes: 0 }, 'no size'],
    ['no signature', { signature: undefined }, 'no signature'],
    ['no location', { location: undefined }, 'no location'],
    ['an unknown location', { location: { kind: 'ftp' } }, 'a location of kind ftp; this version reads inline and s3'],
    ['a location whose kind is not a text', { location: { kind: { toString: null } } }, 'no location'],
    ['a location without a kind', { location: {} }, 'no location'],
    ['an inline location without content', { location: { kind: 'inline' } }, 'no location'],
    ['an S3 location without bucket', { location: { kind: 's3', key: 'k' } }, 'no location'],
    ['an S3 location without key', { location: { kind: 's3', bucket: 'b' } }, 'no location'],
  ])('refuses %s', (_case, fault, message) => {
    const text = JSON.stringify(fault && { ...manifest, ...fault })
    expect(() => parseManifest(text)).toThrow(ManifestError)
    expect(() => parseManifest(text)).toThrow(message)
  })

  it('ignores unknown members, and does not need those for people', () => {
    const { keyId: _key, createdAt: _at, ...needed } = manifest
    const location = { ...needed.location, region: 'us-east-1' }
    expect(parseManifest(JSON.stringify({ ...needed, location, note: 'of a newer version' }))).toMatchObject(needed)
  })

  it('refuses what is not JSON, with the cause', () => {
    expect(() => parseManifest('')).toThrow(
      expect.objectContaining({ name: 'ManifestError', cause: expect.any(Error) }),
    )
  })
})

describe('names', () => {
  it('keep rings and environments apart', () => {
    expect(manifestParameterName('local', 'canary')).toBe('/tickwatch/local/policy/canary/manifest')
    expect(bundleObjectKey('ab')).toBe('policy/ab.json.gz')
  })
})
