// What a release writes is what the catalogue proves. In this room, because it may use both.
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { examine } from '../../../apps/api/src/features/image/evidence.ts'
import { parseKeys } from '../../../apps/api/src/features/image/keys.ts'
import { provenanceOf } from '../../../apps/gateway/build/provenance.ts'
import { builtFrom, manifestOf } from '../../../apps/gateway/build/release/manifest.ts'
import type { ReleaseRecord } from '../../../apps/gateway/build/release/record.ts'
import { attest, createSigningKey } from './buildImage.ts'

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex')
const amis = {
  builtAt: '2026-11-29T12:30:00.000Z',
  list: [
    { region: 'eu-west-1', architecture: 'x86_64', imageId: 'ami-0000000000000000a' },
    { region: 'eu-west-1', architecture: 'arm64', imageId: 'ami-0000000000000000b' },
    { region: 'us-east-1', architecture: 'arm64', imageId: 'ami-0000000000000000c' },
  ],
} satisfies ReleaseRecord['amis']
const record: ReleaseRecord = {
  name: 'gateway',
  version: '1.4.0-cccccccccccc',
  commit: 'c'.repeat(40),
  changelog: 'Fewer bytes for each series.',
  node: '24.1.0',
  lockfileSha256: 'd'.repeat(64),
  startedAt: '2026-11-29T12:00:00.000Z',
  builtAt: '2026-11-29T12:10:00.000Z',
  builds: [
    {
      architecture: 'x86_64',
      artifactSha256: '1'.repeat(64),
      nodeSha256: '2'.repeat(64),
      programsSha256: '7'.repeat(64),
    },
    {
      architecture: 'arm64',
      artifactSha256: '3'.repeat(64),
      nodeSha256: '4'.repeat(64),
      programsSha256: '8'.repeat(64),
    },
  ],
  programs: { envoy: '1.40.0', prometheus: '3.16.0', nodeExporter: '1.12.1' },
  oci: { digest: `sha256:${'5'.repeat(64)}`, baseDigest: `sha256:${'6'.repeat(64)}` },
  amis,
  isReady: false,
}
const reports = {
  x86_64: { sbom: 'packages of x86', vulnerabilities: 'none of x86' },
  arm64: { sbom: 'packages of arm', vulnerabilities: 'none of arm' },
}

it('what a release signs proves its AMIs and reports to the catalogue, and says when and by whom they were built', async () => {
  const manifest = manifestOf(record, amis, reports, '0'.repeat(12))
  const by = {
    repository: 'https://git.example/tickwatch',
    builderId: 'https://ci.example/release',
    invocationId: 'run-7',
  }
  const predicate = provenanceOf(builtFrom.amis(record), { ...by, startedAt: new Date(0), finishedAt: new Date(1) })
  const key = createSigningKey()
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v1',
    subject: [{ name: 'manifest.json', digest: { sha256: sha256Of(manifest) } }],
    predicate,
  }
  const validity = { validFrom: '2026-01-01T00:00:00Z', validUntil: '2027-01-01T00:00:00Z' }
  const keys = parseKeys(JSON.stringify({ keys: [{ name: 'release', publicKey: key.pem, ...validity }] }))
  const examined = examine(
    {
      ...{ name: 'gateway', version: record.version, amis: amis.list, registeredAt: new Date(amis.builtAt) },
      ...{ manifest, bundle: await attest(statement, key) },
      reports: Object.entries(reports).map(([architecture, { sbom, vulnerabilities }]) => ({
        ...{ architecture, sbomSha256: sha256Of(sbom), vulnerabilitiesSha256: sha256Of(vulnerabilities) },
      })),
    },
    keys,
  )
  expect(examined.checks.flatMap(({ refusals }) => refusals)).toEqual([])
  expect(examined.checks).toHaveLength(4)
  expect(examined.provenance).toEqual({
    ...{ builderId: by.builderId, invocationId: 'run-7', source: 'git+https://git.example/tickwatch' },
    buildType: 'https://tickwatch.example/builds/gateway-ami/v1',
  })
  expect(examined.manifest).toMatchObject({ commit: record.commit, builtAt: amis.builtAt })
  expect(JSON.parse(manifest).builds[1]).toEqual({
    architecture: 'arm64',
    artifactSha256: '3'.repeat(64),
    sbomSha256: sha256Of('packages of arm'),
    vulnerabilitiesSha256: sha256Of('none of arm'),
    amis: { 'eu-west-1': 'ami-0000000000000000b', 'us-east-1': 'ami-0000000000000000c' },
  })
  expect(JSON.parse(manifest).configuration).toEqual({
    ...{ node: '24.1.0', ...record.programs, ociImage: record.oci.digest, ociBase: record.oci.baseDigest },
  })
})
