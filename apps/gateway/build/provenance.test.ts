import { expect, it } from 'vitest'
import { type BuildRun, provenanceOf } from './provenance.ts'

const run: BuildRun = {
  repository: 'https://git.example/tickwatch',
  builderId: 'https://ci.example/release',
  invocationId: 'run-7',
  startedAt: new Date(0),
  finishedAt: new Date(61_000),
}

it('says from which commit and what else something was built, by whom and when', () => {
  const commit = 'c'.repeat(40)
  const built = {
    type: 'gateway-artifact',
    commit,
    parameters: { platform: 'linux-arm64' },
    dependencies: [{ uri: 'pkg:npm/node@24.1.0', digest: { sha256: 'aa' } }],
  }
  const { buildDefinition, runDetails } = provenanceOf(built, run)
  expect(buildDefinition).toMatchObject({
    buildType: 'https://tickwatch.example/builds/gateway-artifact/v1',
    externalParameters: { repository: run.repository, commit, platform: 'linux-arm64' },
    resolvedDependencies: [
      { uri: 'git+https://git.example/tickwatch', digest: { gitCommit: commit } },
      { uri: 'pkg:npm/node@24.1.0', digest: { sha256: 'aa' } },
    ],
  })
  expect(runDetails).toEqual({
    builder: { id: 'https://ci.example/release' },
    metadata: {
      invocationId: 'run-7',
      startedOn: '1970-01-01T00:00:00.000Z',
      finishedOn: '1970-01-01T00:01:01.000Z',
    },
  })
})
