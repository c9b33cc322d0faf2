// Builds the gateway's artifact, lists what is in it, and signs where it came from: `npm run -w apps/gateway release`.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type { GatewayArtifact } from '../../../scripts/lib/gateway.mjs'
import { sha256Of } from './archive.ts'
import { buildArtifact } from './artifact.ts'
import { type BuildRun, provenanceOf } from './provenance.ts'
import { commitOfSources, root } from './sources.ts'
import { unpackGateway } from './unpack.ts'

const run = promisify(execFile)

export type Release = GatewayArtifact & {
  /** CycloneDX, as JSON. */
  sbom: string
  /** Sigstore bundles: attestations of the SBOM, and of SLSA v1's provenance. */
  sbomBundle: string
  provenanceBundle: string
}

/**
 * Writes a release into a folder; it needs `syft` and `cosign` on PATH.
 * @param key what cosign signs with, such as `awskms:///alias/tickwatch-release`
 * @throws Error if there is no commit, or if a program fails.
 */
export async function release(
  into: string,
  commit: string | null,
  key: string,
  by: Omit<BuildRun, 'startedAt' | 'finishedAt'>,
): Promise<Release> {
  const startedAt = new Date()
  await mkdir(into, { recursive: true })
  const { manifest, ...artifact } = await buildArtifact(root, into, commit)
  const lockfile = sha256Of(await readFile(join(root, 'package-lock.json')))
  const provenance = provenanceOf(manifest, lockfile, { ...by, startedAt, finishedAt: new Date() })
  const files = {
    sbom: `${artifact.file}.sbom.json`,
    sbomBundle: `${artifact.file}.sbom.sigstore.json`,
    provenanceBundle: `${artifact.file}.provenance.sigstore.json`,
  }
  const temporary = await mkdtemp(join(tmpdir(), 'tickwatch-release-'))
  try {
    const { cwd: unpacked } = await unpackGateway(artifact, join(temporary, 'gateway'))
    const scan = [
      ...['scan', `dir:${unpacked}`, '--source-name', manifest.name, '--source-version', manifest.version],
      // Syft reads the package.json of single packages only in images, not in folders.
      ...['--select-catalogers', '+javascript-package-cataloger', '--output', `cyclonedx-json=${files.sbom}`],
    ]
    await run('syft', scan, { env: { ...process.env, SYFT_CHECK_FOR_APP_UPDATE: 'false' } })
    const predicate = join(temporary, 'provenance.json')
    await writeFile(predicate, JSON.stringify(provenance))
    await attest(artifact.file, key, 'slsaprovenance1', predicate, files.provenanceBundle)
    await attest(artifact.file, key, 'cyclonedx', files.sbom, files.sbomBundle)
  } finally {
    await rm(temporary, { recursive: true })
  }
  return { ...artifact, ...files }
}

/** Without the public log of Sigstore: what we build is not public. */
const attest = (file: string, key: string, type: string, predicate: string, bundle: string) =>
  run('cosign', [
    ...['attest-blob', '--yes', '--tlog-upload=false', '--use-signing-config=false', '--key', key],
    ...['--type', type, '--predicate', predicate, '--bundle', bundle, file],
  ])

if (import.meta.main) {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { key: text, repository: text, builder: text, invocation: text } })
  const { key, repository, builder: builderId, invocation: invocationId } = values
  if (!key || !repository || !builderId || !invocationId) {
    console.error(
      'Usage: npm run -w apps/gateway release -- --key <KMS key> --repository <URL> --builder <URI> --invocation <URI or id>',
    )
    process.exit(2)
  }
  const by = { repository, builderId, invocationId }
  console.log(JSON.stringify(await release(join(root, '.cache', 'release'), commitOfSources(), key, by), null, 2))
}
