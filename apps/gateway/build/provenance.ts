/** Who built something, when and why. */
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

/** Something that a build was made of. The digest is in hex, by algorithm. */
export type Dependency = { uri?: string; name?: string; digest: Record<string, string> }

export type Built = {
  /** What kind of build it was: the last part of a URI, such as `gateway-artifact`. */
  type: string
  commit: string
  /** What was chosen for it, beside the commit. */
  parameters: Record<string, string>
  /** Beside the commit. */
  dependencies: readonly Dependency[]
}

/**
 * The predicate of SLSA v1's provenance, https://slsa.dev/spec/v1.0/provenance: from what something was built, and by whom.
 * The catalogue reads the commit from `gitCommit`.
 */
export function provenanceOf({ type, commit, parameters, dependencies }: Built, run: BuildRun) {
  return {
    buildDefinition: {
      buildType: `https://tickwatch.example/builds/${type}/v1`,
      externalParameters: { repository: run.repository, commit, ...parameters },
      internalParameters: {},
      resolvedDependencies: [{ uri: `git+${run.repository}`, digest: { gitCommit: commit } }, ...dependencies],
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
