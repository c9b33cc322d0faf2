// `npm run test:signing`: releases with cosign and Syft, and a key that never leaves KMS.
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { appendFile, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createSigner } from '@tickwatch/aws'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { callMiniStack } from '../../../local/src/parts/aws/awsBootstrap.ts'
import { startMiniStack } from '../../../local/src/parts/aws/ministack.ts'
import { type Release, release } from './release.ts'
import { root } from './sources.ts'
import { unpackGateway } from './unpack.ts'

const run = promisify(execFile)
const commit = 'c0ffee'.padEnd(40, '0')
const by = {
  repository: 'https://git.example/tickwatch',
  builderId: 'https://ci.example/release',
  invocationId: 'run-7',
}
let dir: string
let ministack: Awaited<ReturnType<typeof startMiniStack>>
let released: Release
/** The files of public keys, the first of which belongs to the release. */
let keys: [string, string]

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-signing-'))
  ministack = await startMiniStack({ dir: join(dir, 'aws') })
  const tools = ['cosign', 'syft'].map((name) => join(root, '.cache', 'tools', name))
  vi.stubEnv('PATH', [...tools, process.env.PATH].join(':'))
  vi.stubEnv('AWS_ENDPOINT_URL', ministack.url)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  keys = [await createKey('release'), await createKey('other')]
  released = await release(join(dir, 'release'), commit, 'awskms:///alias/release', by)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await ministack.stop()
  await rm(dir, { recursive: true })
})

/** @returns the file of its public key. */
async function createKey(name: string): Promise<string> {
  const spec = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }
  const { KeyMetadata } = await callMiniStack<{ KeyMetadata: { KeyId: string } }>(
    ministack.url,
    'TrentService.CreateKey',
    spec,
  )
  const alias = `alias/${name}`
  await callMiniStack(ministack.url, 'TrentService.CreateAlias', { AliasName: alias, TargetKeyId: KeyMetadata.KeyId })
  const file = join(dir, `${name}.pem`)
  await writeFile(file, await createSigner(alias).publicKeyPem())
  return file
}

/** As docs/images.md says. */
const verify = (file: string, bundle: string, type: string, key: string) =>
  run('cosign', [
    ...['verify-blob-attestation', '--insecure-ignore-tlog', '--key', key],
    ...['--type', type, '--bundle', bundle, file],
  ])

describe('a release', () => {
  it('has a provenance and an SBOM that cosign verifies with the public key of KMS', async () => {
    await verify(released.file, released.provenanceBundle, 'slsaprovenance1', keys[0])
    await verify(released.file, released.sbomBundle, 'cyclonedx', keys[0])
  })

  it('is refused if its bytes, the key or the kind of attestation are others', async () => {
    const changed = join(dir, 'changed.tar')
    await copyFile(released.file, changed)
    await appendFile(changed, 'more')
    const { file, provenanceBundle, sbomBundle } = released
    const refused = (...attempt: Parameters<typeof verify>) => expect(verify(...attempt)).rejects
    await refused(changed, provenanceBundle, 'slsaprovenance1', keys[0]).toThrow('digests do not match')
    await refused(file, provenanceBundle, 'slsaprovenance1', keys[1]).toThrow('could not verify envelope')
    await refused(file, sbomBundle, 'slsaprovenance1', keys[0]).toThrow('invalid predicate type')
  })

  it('says in what is signed which file, commit and builder it is about', async () => {
    const { dsseEnvelope } = JSON.parse(await readFile(released.provenanceBundle, 'utf8'))
    const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString())
    expect(statement).toMatchObject({
      subject: [{ digest: { sha256: released.sha256 } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: { buildDefinition: { externalParameters: { commit } }, runDetails: { builder: { id: by.builderId } } },
    })
  })

  it('lists Node and the packages that are in the artifact, and nothing else', async () => {
    const sbom = JSON.parse(await readFile(released.sbom, 'utf8'))
    const listed = (sbom.components as { type: string; name: string; version: string }[])
      .filter(({ type }) => type !== 'file')
      .map(({ name, version }) => `${name} ${version}`)
    const { cwd } = await unpackGateway(released, join(dir, 'unpacked'))
    const packages = await Promise.all(
      globSync('packages/**/package.json', { cwd }).map(async (file) => {
        const { name, version } = JSON.parse(await readFile(join(cwd, file), 'utf8'))
        return `${name} ${version}`
      }),
    )
    expect(packages).toContainEqual(expect.stringMatching(/^undici /))
    expect(listed.sort()).toEqual([...packages, `node ${process.versions.node}`].sort())
  })
})
