import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { parseBundle } from './bundleReader.ts'
import { formatsRead } from './formats.ts'
import { type Limits, resolveLimits } from './limits.ts'
import { parseManifest } from './manifest.ts'

const fixtures = new URL('./fixtures/', import.meta.url)
const releases = readdirSync(fixtures).filter((name) => name !== 'README.md')
/** A bundle has the defaults of its publisher: those of a release that a later one changed. */
const otherDefaults: Record<string, Limits> = {
  '0.1.0': {
    'query.concurrentMax': 20,
    'ingest.requestBytesMax': 4_194_304,
    'ingest.burstSamples': 20_000,
  },
}
const read = (release: string, name: string) => readFileSync(new URL(`${release}/${name}`, fixtures), 'utf8')

it('every release has its fixtures, this one too: see fixtures/README.md', () => {
  expect(releases).toContain(packageJson.version)
})

it.each(releases)('the bundle of release %s is read with the limits of each tenant', (release) => {
  const bundle = parseBundle(read(release, 'bundle.json'), 'test')
  expect(bundle.format).toBeLessThanOrEqual(formatsRead.bundle)
  expect(bundle.version).toBe(7)
  const defaults = resolveLimits({ 'series.activeMax': 1_000, ...otherDefaults[release] })
  expect(bundle.defaults).toEqual(defaults)
  const [acme, globex, initech] = ['acme', 'globex', 'initech'].map((id) => bundle.tenants.get(id))
  const limits = { 'ingest.samplesPerSecond': 5_000, 'series.activeMax': 20 }
  expect(acme).toMatchObject({
    status: 'active',
    limits,
    readers: [{ name: 'grafana', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  })
  expect(globex).toEqual({ status: 'suspended', limits: {} })
  expect(initech).toEqual({ status: 'active', limits: {} })
  expect(bundle.labelSchema.reserved).toEqual(['tenant'])
})

it.each(releases)('the manifest of release %s is read', (release) => {
  const { location, ...manifest } = parseManifest(read(release, 'manifest.json'))
  expect(manifest).toMatchObject({ version: 7, bytes: Buffer.byteLength(read(release, 'bundle.json')) })
  expect(location.kind).toBe('inline')
})
