import { expect, it } from 'vitest'
import type { ArtifactManifest } from './archive.ts'
import { type BuildRun, provenanceOf } from './provenance.ts'

const manifest: ArtifactManifest = {
  name: 'tickwatch-gateway',
  version: '1.2.3',
  commit: 'c'.repeat(40),
  platform: 'linux-arm64',
  node: '24.1.0',
  command: ['node', 'gateway.mjs'],
  files: { node: { sha256: 'aa', bytes: 1 }, 'gateway.mjs': { sha256: 'bb', bytes: 2 } },
}
const run: BuildRun = {
  repository: 'https://git.example/tickwatch',
  builderId: 'https://ci.example/release',
  invocationId: 'run-7',
  startedAt: new Date(0),
  finishedAt: new Date(61_000),
}

it('says from which commit, Node and packages an artifact was built, by whom and when', () => {
  const { buildDefinition, runDetails } = provenanceOf(manifest, 'dd', run)
  expect(buildDefinition).toMatchObject({
    externalParameters: { repository: run.repository, commit: manifest.commit, platform: 'linux-arm64' },
    resolvedDependencies: [
      { uri: 'git+https://git.example/tickwatch', digest: { gitCommit: manifest.commit } },
      { uri: 'pkg:npm/node@24.1.0', digest: { sha256: 'aa' } },
      { name: 'package-lock.json', digest: { sha256: 'dd' } },
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

it('there is none for sources that are not of a commit', () => {
  expect(() => provenanceOf({ ...manifest, commit: null }, 'dd', run)).toThrow('The artifact is not of a commit')
})
