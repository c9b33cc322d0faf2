import type { ImageVulnerability, Package, Severity } from '@tickwatch/db'
import { expect, it } from 'vitest'
import { diffManifests, diffPackages, diffVulnerabilities, packageRows } from './image.diff.ts'

const one = (name: string, version: string, type = 'rpm'): Package => ({ name, version, type })
const both = (...packages: Package[]) => ['arm64', 'x86_64'].map((architecture) => ({ architecture, packages }))

it('packages that were added, removed and changed are named, and those that stayed are not', () => {
  const from = both(one('bash', '5.2'), one('curl', '8.5'), one('zlib', '1.2'))
  const to = both(one('bash', '5.2'), one('curl', '8.6'), one('jq', '1.7'))
  expect(diffPackages(from, to)).toEqual([
    { name: 'curl', from: '8.5', to: '8.6' },
    { name: 'jq', from: null, to: '1.7' },
    { name: 'zlib', from: '1.2', to: null },
  ])
  expect(diffPackages(to, to)).toEqual([])
})

it('a package of two ecosystems is two, and one whose architectures differ says so', () => {
  const [arm64, x86_64] = [[one('undici', '8', 'npm'), one('undici', '8', 'rpm')], [one('undici', '8', 'npm')]]
  const rows = packageRows([
    { architecture: 'arm64', packages: arm64 },
    { architecture: 'x86_64', packages: x86_64 },
  ])
  expect(rows).toEqual([
    { name: 'undici', type: 'npm', versions: ['8'] },
    { name: 'undici', type: 'rpm', versions: ['8 (arm64)'] },
  ])
})

it('vulnerabilities that came and went are named once, the worst first', () => {
  const found = (vulnerability: string, severity: Severity, architecture = 'arm64'): ImageVulnerability => ({
    ...{ imageId: '', architecture, vulnerability, package: 'curl', packageVersion: '8.5', severity, fixedIn: [] },
  })
  const from = [found('A', 'high'), found('B', 'low')]
  const to = [found('B', 'low'), found('C', 'critical'), found('C', 'medium', 'x86_64')]
  expect(diffVulnerabilities(from, to)).toEqual([
    { vulnerability: 'C', package: 'curl', severity: 'critical', isNew: true },
    { vulnerability: 'A', package: 'curl', severity: 'high', isNew: false },
  ])
})

it('values of manifests differ by their paths, also those that this release does not know', () => {
  const from = {
    version: '1',
    builds: [{ amis: { 'eu-west-1': 'ami-1' } }],
    configuration: { node: '24', debug: true },
  }
  const to = { version: '2', builds: [{ amis: { 'eu-west-1': 'ami-1' } }], configuration: { node: '24', zram: null } }
  expect(diffManifests(from, to)).toEqual([
    { name: 'configuration.debug', from: 'true', to: null },
    { name: 'configuration.zram', from: null, to: 'null' },
    { name: 'version', from: '1', to: '2' },
  ])
})
