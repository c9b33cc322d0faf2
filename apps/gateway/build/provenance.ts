import type { ArtifactManifest } from './archive.ts'

/** Who built an artifact, when and why. */
export type BuildRun = {
  /** The address of the repository, such as `https://git.example/tickwatch`. */
  repository: string
  /** The URI of who built it: a workflow or a project of CodeBuild. */
  builderId: string
  /** The URI or id of the run, where its log is. */
  invocationId: string
  startedAt: Date
  finishedAt: Date
}

/**
 * The predicate of SLSA v1's provenance, https://slsa.dev/spec/v1.0/provenance: from what an artifact was built, and by whom.
 * @param lockfileSha256 of `package-lock.json`, in hex
 * @throws Error if the artifact is not of a commit.
 */
export function provenanceOf(manifest: ArtifactManifest, lockfileSha256: string, run: BuildRun) {
  if (manifest.commit === null) {
    throw new Error('The artifact is not of a commit. Commit your changes, and run: npm run -w apps/gateway build')
  }
  const node = manifest.files[manifest.command[0]]
  return {
    buildDefinition: {
      buildType: 'https://tickwatch.example/builds/gateway-artifact/v1',
      externalParameters: { repository: run.repository, commit: manifest.commit, platform: manifest.platform },
      internalParameters: {},
      resolvedDependencies: [
        { uri: `git+${run.repository}`, digest: { gitCommit: manifest.commit } },
        { uri: `pkg:npm/node@${manifest.node}`, digest: { sha256: node?.sha256 } },
        { name: 'package-lock.json', digest: { sha256: lockfileSha256 } },
      ],
    },
    runDetails: {
      builder: { id: run.builderId },
      metadata: {
        invocationId: run.invocationId,
        startedOn: run.startedAt.toISOString(),
        finishedOn: run.finishedAt.toISOString(),
      },
    },
  }
}
