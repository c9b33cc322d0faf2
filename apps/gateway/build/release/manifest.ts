import { sha256Of } from '../archive.ts'
import type { Built, Dependency } from '../provenance.ts'
import { type Architecture, named, type ReleaseRecord } from './record.ts'

type Amis = NonNullable<ReleaseRecord['amis']>

/** The texts of the reports about an AMI. */
export type Reports = Record<Architecture, { sbom: string; vulnerabilities: string }>

/**
 * The build manifest of the AMIs, as docs/image-catalogue.md describes it.
 * @param ownerId the AWS account of the AMIs, twelve digits
 */
export function manifestOf(record: ReleaseRecord, amis: Amis, reports: Reports, ownerId: string): string {
  const { name, version, commit, builds, oci, node, programs } = record
  const manifest = {
    ...{ format: 1, name, version, commit, builtAt: amis.builtAt, ownerId },
    builds: builds.map(({ architecture, artifactSha256 }) => {
      const { sbom, vulnerabilities } = reports[architecture]
      const own = amis.list.filter((ami) => ami.architecture === architecture)
      return {
        architecture,
        artifactSha256,
        sbomSha256: hashOf(sbom),
        vulnerabilitiesSha256: hashOf(vulnerabilities),
        amis: Object.fromEntries(own.map(({ region, imageId }) => [region, imageId])),
      }
    }),
    configuration: { node, ...programs, ociImage: oci.digest, ociBase: oci.baseDigest },
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

const hashOf = (text: string) => sha256Of(Buffer.from(text))

const artifacts = ({ builds }: ReleaseRecord): Dependency[] =>
  builds.map(({ architecture, artifactSha256: sha256 }) => ({
    name: `gateway-${architecture}.tar`,
    digest: { sha256 },
  }))

const programTars = ({ builds }: ReleaseRecord): Dependency[] =>
  builds.map(({ architecture, programsSha256: sha256 }) => ({
    name: `programs-${architecture}.tar`,
    digest: { sha256 },
  }))

/** What each attested thing was built from. */
export const builtFrom = {
  artifact(record: ReleaseRecord, { architecture, nodeSha256 }: ReleaseRecord['builds'][number]): Built {
    const { commit, node, lockfileSha256 } = record
    return {
      type: 'gateway-artifact',
      commit,
      parameters: { platform: named[architecture].platform },
      dependencies: [
        { uri: `pkg:npm/node@${node}`, digest: { sha256: nodeSha256 } },
        { name: 'package-lock.json', digest: { sha256: lockfileSha256 } },
      ],
    }
  },
  oci: (record: ReleaseRecord): Built => ({
    type: 'gateway-oci-image',
    commit: record.commit,
    parameters: {},
    dependencies: [
      ...artifacts(record),
      { name: 'base image', digest: { sha256: record.oci.baseDigest.slice('sha256:'.length) } },
    ],
  }),
  amis: (record: ReleaseRecord): Built => ({
    type: 'gateway-ami',
    commit: record.commit,
    parameters: {},
    dependencies: [...artifacts(record), ...programTars(record)],
  }),
}
