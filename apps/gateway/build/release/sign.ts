import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvironment } from '@tickwatch/policy'
import { z } from 'zod'
import { type BuildRun, type Built, provenanceOf } from '../provenance.ts'
import { builtFrom, manifestOf, type Reports } from './manifest.ts'
import { attachBundles } from './oci/attach.ts'
import { blobFile } from './oci/layout.ts'
import { type Architecture, amisOf, filesOf, type ReleaseRecord, readRecord, scannedOf, writeRecord } from './record.ts'
import { reportFault } from './report.ts'
import { ask } from './tools.ts'

export const signEnvironment = z.object({
  /** As cosign names a key of KMS. */
  IMAGE_KEY: z.string().regex(/^awskms:\/\/\/\S+$/, 'must be such as awskms:///alias/tickwatch-release'),
  IMAGE_ACCOUNT: z.string().regex(/^\d{12}$/, 'must be the 12 digits of an AWS account'),
  IMAGE_SOURCE: z.url(),
  IMAGE_BUILDER: z.string(),
  IMAGE_RUN: z.string(),
})

export async function signStep(folder: string, variables: NodeJS.ProcessEnv): Promise<void> {
  const settings = readEnvironment('npm run image:sign', signEnvironment, variables)
  const by = { repository: settings.IMAGE_SOURCE, builderId: settings.IMAGE_BUILDER, invocationId: settings.IMAGE_RUN }
  const record = await signRelease(folder, { key: settings.IMAGE_KEY, ownerId: settings.IMAGE_ACCOUNT, by })
  console.log(`Signed gateway ${record.version}.`)
}

export type Signer = {
  /** What cosign signs with, such as `awskms:///alias/tickwatch-release`. */
  key: string
  /** The AWS account of the AMIs. */
  ownerId: string
  by: Omit<BuildRun, 'startedAt' | 'finishedAt'>
}

/**
 * Signs where the artifacts, the OCI image and the AMIs come from, and what is in them. It needs `cosign`.
 * @throws Error if something was not scanned
 */
export async function signRelease(folder: string, { key, ownerId, by }: Signer): Promise<ReleaseRecord> {
  const record = await readRecord(folder)
  const amis = amisOf(record)
  const files = filesOf(folder)
  const reports = await readReports(folder, record)
  await writeFile(files.manifest, manifestOf(record, amis, reports, ownerId))
  const run = { ...by, startedAt: new Date(record.startedAt), finishedAt: new Date(record.builtAt) }
  const amiRun = { ...by, startedAt: run.finishedAt, finishedAt: new Date(amis.builtAt) }
  const temporary = await mkdtemp(join(tmpdir(), 'tickwatch-sign-'))
  try {
    const predicate = join(temporary, 'provenance.json')
    const attestBuild = async (file: string, built: Built, bundle: string, by: BuildRun = run) => {
      await writeFile(predicate, JSON.stringify(provenanceOf(built, by)))
      await attest(file, key, 'slsaprovenance1', predicate, bundle)
    }
    for (const build of record.builds) {
      const { architecture, artifactSha256 } = build
      const [artifact, of] = [files.artifact(artifactSha256), `artifact-${architecture}` as const]
      await attestBuild(artifact, builtFrom.artifact(record, build), files.provenanceBundle(of))
      await attest(artifact, key, 'cyclonedx', files.sbom(of), files.sbomBundle(of))
    }
    // The digest of an image is the SHA-256 of this file.
    const image = blobFile(files.oci, record.oci.digest)
    await attestBuild(image, builtFrom.oci(record), files.provenanceBundle('oci'))
    for (const { architecture } of record.builds) {
      const of = `oci-${architecture}` as const
      await attest(image, key, 'cyclonedx', files.sbom(of), files.sbomBundle(of))
    }
    await attestBuild(files.manifest, builtFrom.amis(record), files.manifestBundle, amiRun)
  } finally {
    await rm(temporary, { recursive: true })
  }
  const sboms = record.builds.map(({ architecture }) => files.sbomBundle(`oci-${architecture}`))
  const bundles = [
    { predicateType: slsaProvenance, file: files.provenanceBundle('oci') },
    ...sboms.map((file) => ({ predicateType: cycloneDx, file })),
  ]
  const attached = await Promise.all(
    bundles.map(async ({ predicateType, file }) => ({ predicateType, text: await readFile(file, 'utf8') })),
  )
  await attachBundles(files.oci, record.oci.digest, attached)
  // What the portal said before was about another manifest.
  await writeRecord(folder, { ...record, isReady: false })
  return record
}

const slsaProvenance = 'https://slsa.dev/provenance/v1'
const cycloneDx = 'https://cyclonedx.org/bom'

/** Without the public log of Sigstore: what we build is not public. */
const attest = (file: string, key: string, type: string, predicate: string, bundle: string) =>
  ask('cosign', [
    ...['attest-blob', '--yes', '--tlog-upload=false', '--use-signing-config=false', '--key', key],
    ...['--type', type, '--predicate', predicate, '--bundle', bundle, file],
  ])

/** The reports about the AMIs. Those about the artifacts and the OCI image must be there too. */
async function readReports(folder: string, record: ReleaseRecord): Promise<Reports> {
  const files = filesOf(folder)
  for (const each of scannedOf(record)) {
    const text = await readFile(files.vulnerabilities(each), 'utf8').catch((cause: unknown) => {
      throw new Error(`Nobody has scanned ${each}. Run: npm run image:scan`, { cause })
    })
    const fault = reportFault(text, new Date())
    if (fault !== null) throw new Error(`The report about ${each} can’t be used. ${fault}`)
  }
  const of = async (architecture: Architecture) => ({
    sbom: await readFile(files.sbom(`ami-${architecture}`), 'utf8'),
    vulnerabilities: await readFile(files.vulnerabilities(`ami-${architecture}`), 'utf8'),
  })
  return { x86_64: await of('x86_64'), arm64: await of('arm64') }
}
