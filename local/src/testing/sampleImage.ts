import { createHash } from 'node:crypto'
import type { Build, Registration } from '../images/buildImage.ts'

const owner = '000000000000'
export const sampleAmis = [
  { region: 'eu-west-1', architecture: 'arm64', imageId: 'ami-0000000000000000a' },
  { region: 'us-east-1', architecture: 'x86_64', imageId: 'ami-0000000000000000b' },
] as const

/** A build of gateway 1.4.0 for two architectures, with one harmless vulnerability. */
export const sampleBuild: Build = {
  ...{ name: 'gateway', version: '1.4.0', commit: 'a'.repeat(40), ownerId: owner, amis: sampleAmis },
  builtAt: new Date('2026-11-29T12:00:00Z'),
  packages: [
    { name: 'openssl-libs', version: '3.0.8', purl: 'pkg:rpm/amzn/openssl-libs@3.0.8' },
    { name: 'undici', version: '8.12.4', purl: 'pkg:npm/undici@8.12.4' },
  ],
  vulnerabilities: [{ id: 'TW-EXAMPLE-1', severity: 'Low', package: 'openssl-libs', version: '3.0.8' }],
  changelog: 'Fewer bytes for each series.',
  configuration: { kernel: '6.1', node: '24.21.0' },
}

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What the API knows of a registration before it stores it. */
export const factsOfBuild = ({ reports, ...registration }: Registration) => ({
  ...registration,
  reports: reports.map(({ architecture, sbom, vulnerabilities }) => ({
    architecture,
    sbomSha256: sha256Of(sbom),
    vulnerabilitiesSha256: sha256Of(vulnerabilities),
  })),
})
