import { expect, it } from 'vitest'
import { amisInManifest } from './packerManifest.ts'

const commit = 'c'.repeat(40)
const builds = [
  { architecture: 'x86_64', artifactSha256: 'aa', nodeSha256: '', programsSha256: 'ee' },
  { architecture: 'arm64', artifactSha256: 'bb', nodeSha256: '', programsSha256: 'ff' },
] as const
const release = { commit, builds: [...builds] }
const built = (architecture: string, artifact_id: string, custom: object = {}) => ({
  ...{ name: `gateway-${architecture}`, builder_type: 'amazon-ebs', build_time: 1, files: null, artifact_id },
  custom_data: {
    commit,
    ...(architecture === 'arm64'
      ? { gateway_sha256: 'bb', programs_sha256: 'ff' }
      : { gateway_sha256: 'aa', programs_sha256: 'ee' }),
    ...custom,
  },
})
const x86 = built('x86_64', 'eu-west-1:ami-0a,us-east-1:ami-0b')
const arm = built('arm64', 'eu-west-1:ami-0c,us-east-1:ami-0d')
const read = (...all: object[]) => amisInManifest(JSON.stringify({ builds: all, last_run_uuid: 'run' }), release)

it('has the AMI of each architecture in each region', () => {
  expect(read(x86, arm)).toEqual([
    { region: 'eu-west-1', architecture: 'x86_64', imageId: 'ami-0a' },
    { region: 'us-east-1', architecture: 'x86_64', imageId: 'ami-0b' },
    { region: 'eu-west-1', architecture: 'arm64', imageId: 'ami-0c' },
    { region: 'us-east-1', architecture: 'arm64', imageId: 'ami-0d' },
  ])
})

it.each<[string, object[], string]>([
  ['nothing', [], 'any architecture'],
  ['one architecture only', [x86], 'arm64 in eu-west-1, arm64 in us-east-1'],
  ['a region for one architecture only', [x86, built('arm64', 'eu-west-1:ami-0c')], 'arm64 in us-east-1'],
  ['two AMIs for one place', [x86, arm, built('arm64', 'eu-west-1:ami-0e')], 'two AMIs for one architecture'],
  ['another role', [x86, arm, { ...arm, name: 'edge-arm64' }], 'Packer built edge-arm64'],
  [
    'another commit',
    [x86, built('arm64', 'eu-west-1:ami-0c', { commit: 'd'.repeat(40) })],
    'another commit, artifact or programs',
  ],
  [
    'another artifact',
    [x86, built('arm64', 'eu-west-1:ami-0c', { gateway_sha256: 'aa' })],
    'another commit, artifact or programs',
  ],
  [
    'other programs',
    [x86, built('arm64', 'eu-west-1:ami-0c', { programs_sha256: 'ee' })],
    'another commit, artifact or programs',
  ],
  ['something that is not an AMI', [built('x86_64', 'eu-west-1:snap-0a'), arm], '“eu-west-1:snap-0a”'],
  ['another builder', [{ ...x86, builder_type: 'docker' }], 'can’t be read'],
])('refuses a manifest with %s', (_what, all, why) => {
  expect(() => read(...all)).toThrow(why)
})
