import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../sources.ts'

/** As EC2 names them. */
export const architectures = ['x86_64', 'arm64'] as const
export type Architecture = (typeof architectures)[number]

/** How Node and OCI name an architecture. */
export const named: Record<Architecture, { platform: string; oci: 'amd64' | 'arm64' }> = {
  x86_64: { platform: 'linux-x64', oci: 'amd64' },
  arm64: { platform: 'linux-arm64', oci: 'arm64' },
}

export type Ami = { region: string; architecture: Architecture; imageId: string }

/** What the steps of a release tell each other. Hashes are SHA-256 in hex, times ISO 8601. */
export type ReleaseRecord = {
  /** Of the image in the catalogue, as the templates of Packer name it. */
  name: 'gateway'
  version: string
  commit: string
  /** What people read about it: the message of the commit. */
  changelog: string
  /** The version of Node. */
  node: string
  lockfileSha256: string
  startedAt: string
  /** When the artifacts and the OCI image were. */
  builtAt: string
  builds: { architecture: Architecture; artifactSha256: string; nodeSha256: string; programsSha256: string }[]
  /** The versions of the programs of others in the AMIs. */
  programs: { envoy: string; prometheus: string; nodeExporter: string }
  /** The digests of the OCI image, which has all architectures, and of the one that it is based on: `sha256:…`. */
  oci: { digest: string; baseDigest: string }
  /** Null before Packer has built them. */
  amis: { builtAt: string; list: Ami[] } | null
  /** Whether the portal said that it may roll out. */
  isReady: boolean
}

/** What Syft and Grype look at. */
export type Scanned = `${'artifact' | 'ami' | 'oci'}-${Architecture}`

export const releaseFolder = join(root, '.cache', 'release')

/** The files of a release. A bundle is one of Sigstore, an attestation of what it is named for. */
export const filesOf = (folder: string) => ({
  record: join(folder, 'release.json'),
  /** A folder in the layout of OCI. */
  oci: join(folder, 'oci'),
  artifact: (sha256: string) => join(folder, `${sha256}.tar`),
  programs: (architecture: Architecture) => join(folder, `programs-${architecture}.tar`),
  /** A folder with a tar for each AMI that Packer built, of the files from which a scanner reads the packages of the system. */
  packageLists: join(folder, 'packages'),
  packageList: (architecture: Architecture) => join(folder, 'packages', `gateway-${architecture}.tar`),
  sbom: (of: Scanned) => join(folder, `${of}.sbom.json`),
  sbomBundle: (of: Scanned) => join(folder, `${of}.sbom.sigstore.json`),
  vulnerabilities: (of: Scanned) => join(folder, `${of}.vulnerabilities.json`),
  provenanceBundle: (of: 'oci' | `artifact-${Architecture}`) => join(folder, `${of}.provenance.sigstore.json`),
  /** What the catalogue calls the build manifest. */
  manifest: join(folder, 'manifest.json'),
  manifestBundle: join(folder, 'manifest.sigstore.json'),
})

/** @throws Error if nothing was built there */
export async function readRecord(folder: string): Promise<ReleaseRecord> {
  const text = await readFile(filesOf(folder).record, 'utf8').catch((cause: unknown) => {
    throw new Error(`Nothing is built in ${folder}. Run: npm run image:build`, { cause })
  })
  return JSON.parse(text) as ReleaseRecord
}

export const writeRecord = (folder: string, record: ReleaseRecord): Promise<void> =>
  writeFile(filesOf(folder).record, `${JSON.stringify(record, null, 2)}\n`)

/** @throws Error if Packer has not built them */
export function amisOf({ amis }: ReleaseRecord): NonNullable<ReleaseRecord['amis']> {
  if (amis === null) throw new Error('There are no AMIs yet. Run: npm run image:ami')
  return amis
}

export const scannedOf = ({ builds }: ReleaseRecord): Scanned[] =>
  builds.flatMap(({ architecture }): Scanned[] => [
    `artifact-${architecture}`,
    `ami-${architecture}`,
    `oci-${architecture}`,
  ])
