import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readEnvironment } from '@tickwatch/policy'
import { z } from 'zod'
import { programsFolder, programVersions } from '../../../../scripts/lib/tools/gatewayPrograms.mjs'
import { sha256Of } from '../archive.ts'
import { buildArtifact } from '../artifact.ts'
import { commitOfSources, root } from '../sources.ts'
import { type OciBuild, writeImage } from './oci/image.ts'
import { digestPattern } from './oci/layout.ts'
import { packPrograms } from './programs.ts'
import { type Architecture, architectures, filesOf, named, type ReleaseRecord, writeRecord } from './record.ts'
import { ask } from './tools.ts'

/** A repository and a digest, such as `registry.example/base@sha256:…`. */
const baseImage = z.string().transform((text, context) => {
  const digest = text.slice(text.lastIndexOf('@') + 1)
  if (digestPattern.test(digest) && digest.length + 1 < text.length) return { reference: text, digest }
  context.addIssue({ code: 'custom', message: 'name the image by its digest: <repository>@sha256:<64 digits>' })
  return z.NEVER
})

export const buildEnvironment = z.object({
  IMAGE_BASE: baseImage,
  IMAGE_SOURCE: z.url(),
})

export async function buildStep(folder: string, variables: NodeJS.ProcessEnv): Promise<void> {
  const { IMAGE_BASE: base, IMAGE_SOURCE: source } = readEnvironment('npm run image:build', buildEnvironment, variables)
  const commit = commitOfSources('packer', 'scripts')
  if (commit === null) throw new Error('The sources are not those of a commit. Commit your changes, and run it again.')
  const message = execFileSync('git', ['log', '-1', '--format=%B', commit], { cwd: root, encoding: 'utf8' })
  // As long as the catalogue takes.
  const { version, oci } = await buildRelease(
    folder,
    { commit, changelog: message.trim().slice(0, 20_000), source },
    base,
  )
  console.log(`Built gateway ${version}, and the OCI image ${oci.digest}.`)
}

export type Sources = {
  commit: string
  changelog: string
  /** The address of the repository. */
  source: string
}

/**
 * Builds the gateway's artifact for each architecture, and the OCI image that has it, into a folder, whose content is lost. Packs the
 * programs of others for the AMIs. It needs `cosign`, which fetches the base of the OCI image.
 * @param programsOf the folder that has the programs for an architecture
 */
export async function buildRelease(
  folder: string,
  { commit, changelog, source }: Sources,
  base: { reference: string; digest: string },
  programsOf: (architecture: Architecture) => string = programsFolder,
): Promise<ReleaseRecord> {
  const startedAt = new Date().toISOString()
  const files = filesOf(folder)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const builds: ReleaseRecord['builds'] = []
  const images: OciBuild[] = []
  for (const architecture of architectures) {
    const { sha256, file, manifest } = await buildArtifact(root, folder, commit, named[architecture].platform)
    const nodeSha256 = manifest.files[manifest.command[0]]?.sha256
    if (nodeSha256 === undefined) throw new TypeError('the artifact does not name its Node')
    const programsSha256 = await packPrograms(programsOf(architecture), files.programs(architecture))
    builds.push({ architecture, artifactSha256: sha256, nodeSha256, programsSha256 })
    const artifact = { sha256, bytes: await readFile(file) }
    images.push({ architecture: named[architecture].oci, artifact, command: manifest.command })
  }
  const { version: release } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const version = `${release}-${commit.slice(0, 12)}`
  const baseLayout = join(folder, 'base')
  await ask('cosign', ['save', '--dir', baseLayout, base.reference])
  const digest = await writeImage(files.oci, { layout: baseLayout, digest: base.digest }, images, {
    'org.opencontainers.image.title': 'tickwatch-gateway',
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.revision': commit,
    'org.opencontainers.image.source': source,
    'org.opencontainers.image.licenses': 'Apache-2.0',
  })
  const record: ReleaseRecord = {
    name: 'gateway',
    version,
    commit,
    changelog,
    node: process.versions.node,
    lockfileSha256: sha256Of(await readFile(join(root, 'package-lock.json'))),
    startedAt,
    builtAt: new Date().toISOString(),
    builds,
    programs: programVersions,
    oci: { digest, baseDigest: base.digest },
    amis: null,
    isReady: false,
  }
  await writeRecord(folder, record)
  return record
}
