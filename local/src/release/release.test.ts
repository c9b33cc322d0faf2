// `npm run test:signing`: a release from the build to the registry, with cosign, Syft and Grype, a key that never leaves KMS, and the
// portal's API. A stand-in is in the place of Packer, and Grype gets a database of one vulnerability.
import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { buildRelease } from '../../../apps/gateway/build/release/build.ts'
import { blobFile } from '../../../apps/gateway/build/release/oci/layout.ts'
import { filesOf, type ReleaseRecord, readRecord, scannedOf } from '../../../apps/gateway/build/release/record.ts'
import { unpackGateway } from '../../../apps/gateway/build/unpack.ts'
import { standIn, standInPrograms, unpackImage } from './parts.ts'
import { builder, onPath, source, useRelease } from './useRelease.ts'

const run = promisify(execFile)
const release = useRelease()
const { says, settings } = release
const commit = 'c0ffee'.padEnd(40, '0')
const changelog = 'Fewer bytes for each series.'

let dir: string
let folder: string
let files: ReturnType<typeof filesOf>
let record: ReleaseRecord
async function build(into: string, of: string): Promise<ReleaseRecord> {
  const programs = await standInPrograms(dir)
  return buildRelease(into, { commit: of, changelog, source }, release.running().base, () => programs)
}
const step = (name: string, variables?: Record<string, string>) => release.step(folder, name, variables)

beforeAll(async () => {
  dir = release.running().dir
  folder = join(dir, 'release')
  files = filesOf(folder)
  record = await build(folder, commit)
})

describe('a build', () => {
  it('has an artifact for each architecture, with the Node of that', async () => {
    expect(record).toMatchObject({ commit, version: expect.stringMatching(/^\d+\.\d+\.\d+-c0ffee000000$/) })
    const machines = []
    for (const { architecture, artifactSha256: sha256 } of record.builds) {
      const artifact = { sha256, file: files.artifact(sha256) }
      const { command, cwd } = await unpackGateway(artifact, join(dir, `unpacked-${architecture}`))
      const manifest = JSON.parse(await readFile(join(cwd, 'manifest.json'), 'utf8'))
      expect(manifest).toMatchObject({ commit, node: process.versions.node })
      // e_machine of ELF: 62 is x86-64, 183 is arm64.
      machines.push((await readFile(command)).readUInt16LE(18))
    }
    expect(machines).toEqual([62, 183])
  })

  it('has an OCI image whose command starts the gateway, as a user who owns nothing', async () => {
    const { inside, entrypoint } = await unpackImage(files.oci, record.oci.digest, dir)
    expect((await inside('/node', '--version')).stdout).toBe(`v${process.versions.node}\n`)
    const fails = { stdout: expect.stringContaining('AWS_REGION: is not set') }
    await expect(inside(...entrypoint)).rejects.toMatchObject(fails)
  })

  it('gives the same OCI image for the same commit and base', async () => {
    const again = await build(join(dir, 'again'), commit)
    expect(again.oci).toEqual(record.oci)
    expect(again.builds).toEqual(record.builds)
  })
})

describe('a scan', () => {
  beforeAll(async () => {
    expect(await step('scan')).toBe(1)
    expect(says()).toBe('There are no AMIs yet. Run: npm run image:ami')
    onPath(await standIn(dir, 'packer', 'standInPacker.ts'))
    expect(await step('ami'), says()).toBe(0)
    record = await readRecord(folder)
    expect(record.amis?.list).toHaveLength(4)
  })

  it('fails closed without a database: there is no report, and nothing is signed', async () => {
    vi.stubEnv('GRYPE_DB_UPDATE_URL', 'http://127.0.0.1:9/')
    vi.stubEnv('GRYPE_DB_CACHE_DIR', join(dir, 'no-database'))
    for (const each of ['tools', 'scan']) {
      expect(await step(each)).toBe(1)
      expect(says()).toContain('Grype has no database of vulnerabilities here, so nothing can be released')
    }
    for (const each of scannedOf(record)) expect(existsSync(files.vulnerabilities(each))).toBe(false)
    expect(await step('sign')).toBe(1)
    expect(says()).toContain('Nobody has scanned artifact-x86_64.')
  })

  it('lists Node and the packages of an artifact, of an AMI also those of the system and of its programs, of the OCI image at least those', async () => {
    await release.useDatabase('Low')
    expect(await step('tools'), says()).toBe(0)
    expect(await step('scan'), says()).toBe(0)
    type Sbom = { components: { type: string; name: string; version: string }[] }
    const listed = async (of: string) =>
      (JSON.parse(await readFile(of, 'utf8')) as Sbom).components
        .filter(({ type }) => type !== 'file')
        .map(({ name, version }) => `${name} ${version}`)
    const cwd = join(dir, 'unpacked-arm64')
    const packages = await Promise.all(
      globSync('packages/**/package.json', { cwd }).map(async (file) => {
        const { name, version } = JSON.parse(await readFile(join(cwd, file), 'utf8'))
        return `${name} ${version}`
      }),
    )
    expect(packages).toContainEqual(expect.stringMatching(/^undici /))
    const all = [...packages, `node ${process.versions.node}`].sort()
    for (const { architecture } of record.builds) {
      expect((await listed(files.sbom(`artifact-${architecture}`))).sort()).toEqual(all)
      const ofPrograms = expect.stringMatching(/^github\.com\/google\/go-containerregistry /)
      expect(await listed(files.sbom(`ami-${architecture}`))).toEqual(
        expect.arrayContaining([...all, 'debian 12', 'example 1.2.3', ofPrograms]),
      )
      expect(await listed(files.sbom(`oci-${architecture}`))).toEqual(expect.arrayContaining(all))
    }
  })

  it('finds what the database says of each of them', async () => {
    for (const each of scannedOf(record)) {
      const { matches } = JSON.parse(await readFile(files.vulnerabilities(each), 'utf8'))
      expect(matches, each).toMatchObject([
        { vulnerability: { id: 'GHSA-1111-2222-3333', severity: 'Low' }, artifact: { name: 'undici' } },
      ])
    }
  })
})

/** As docs/images.md says. */
const verify = (file: string, bundle: string, type: string, key: string) =>
  run('cosign', [
    ...['verify-blob-attestation', '--insecure-ignore-tlog', '--key', key],
    ...['--type', type, '--bundle', bundle, file],
  ])
const statementOf = async (bundle: string) => {
  const { dsseEnvelope } = JSON.parse(await readFile(bundle, 'utf8'))
  return JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString())
}

describe('what is signed', () => {
  beforeAll(async () => {
    expect(await step('sign'), says()).toBe(0)
  })

  it('is verified by cosign with the public key of KMS: artifacts, OCI image and manifest', async () => {
    const { pem } = release.running()
    const image = blobFile(files.oci, record.oci.digest)
    await verify(image, files.provenanceBundle('oci'), 'slsaprovenance1', pem.release)
    await verify(files.manifest, files.manifestBundle, 'slsaprovenance1', pem.release)
    for (const { architecture, artifactSha256 } of record.builds) {
      const artifact = files.artifact(artifactSha256)
      await verify(artifact, files.provenanceBundle(`artifact-${architecture}`), 'slsaprovenance1', pem.release)
      await verify(artifact, files.sbomBundle(`artifact-${architecture}`), 'cyclonedx', pem.release)
      await verify(image, files.sbomBundle(`oci-${architecture}`), 'cyclonedx', pem.release)
    }
  })

  it('is refused if its bytes, the key or the kind of attestation are others', async () => {
    const { pem } = release.running()
    const changed = join(dir, 'changed')
    const refused = (...attempt: Parameters<typeof verify>) => expect(verify(...attempt)).rejects
    const artifact = files.artifact(record.builds[0]?.artifactSha256 ?? '')
    for (const [file, name] of [
      [artifact, 'artifact-x86_64'],
      [blobFile(files.oci, record.oci.digest), 'oci'],
    ] as const) {
      const provenance = files.provenanceBundle(name)
      const sbom = files.sbomBundle(name === 'oci' ? 'oci-x86_64' : name)
      await copyFile(file, changed)
      await appendFile(changed, ' ')
      await refused(changed, provenance, 'slsaprovenance1', pem.release).toThrow('digests do not match')
      await refused(file, provenance, 'slsaprovenance1', pem.other).toThrow('could not verify envelope')
      await refused(file, sbom, 'slsaprovenance1', pem.release).toThrow('invalid predicate type')
    }
  })

  it('says from which commit, artifacts and base it was built, and by whom', async () => {
    const runDetails = { builder: { id: builder }, metadata: { invocationId: 'run-7' } }
    const artifacts = record.builds.map(({ artifactSha256 }) => ({ digest: { sha256: artifactSha256 } }))
    const git = { uri: `git+${source}`, digest: { gitCommit: commit } }
    const base = { digest: { sha256: release.running().base.digest.slice('sha256:'.length) } }
    expect(await statementOf(files.provenanceBundle('oci'))).toMatchObject({
      subject: [{ digest: { sha256: record.oci.digest.slice('sha256:'.length) } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: { buildDefinition: { resolvedDependencies: [git, ...artifacts, base] }, runDetails },
    })
    expect(await statementOf(files.manifestBundle)).toMatchObject({
      predicate: { buildDefinition: { resolvedDependencies: [git, ...artifacts] }, runDetails },
    })
    expect(await statementOf(files.provenanceBundle('artifact-arm64'))).toMatchObject({
      subject: [{ digest: { sha256: record.builds[1]?.artifactSha256 } }],
      predicate: { buildDefinition: { externalParameters: { commit, platform: 'linux-arm64' } }, runDetails },
    })
  })
})

describe('the portal', () => {
  it('refuses what an unknown key signed, and then nothing is published', async () => {
    expect(await step('sign', { IMAGE_KEY: release.running().keys.other }), says()).toBe(0)
    expect(await step('register')).toBe(1)
    expect(says()).toContain('The portal did not register the image (422, image-not-proven):')
    expect(says()).toContain('is not allowed')
    expect(await step('publish')).toBe(1)
    expect(says()).toContain('The portal has not said')
    expect(await step('sign'), says()).toBe(0)
  })

  it('refuses an unknown token, and nobody prints it', async () => {
    expect(await step('register', { PORTAL_API_TOKEN: 'tw_a_unknown' })).toBe(1)
    expect(says()).toContain('(401, ')
    expect(says()).not.toContain('tw_a_')
  })

  it('is named if it does not answer', async () => {
    expect(await step('register', { PORTAL_API_URL: 'http://127.0.0.1:9' })).toBe(1)
    expect(says()).toContain('The portal at http://127.0.0.1:9 does not answer')
  })

  it('registers what an allowed key signed, says that it may roll out, and says so again', async () => {
    expect(await step('register'), says()).toBe(0)
    expect(says()).toMatch(/^gateway \S+-c0ffee000000 is registered as \S+\. It may roll out now\.$/)
    const first = says()
    expect(await step('register')).toBe(0)
    expect(says()).toBe(first)
    expect(first).not.toContain(release.running().token)
    const [listed] = (await release.running().at.auditor.image.list.query({})).items
    expect(listed).toMatchObject({ version: record.version, ready: true, commit, severities: { low: 1 } })
  })

  it('gets nothing that was changed after it was signed', async () => {
    const report = files.vulnerabilities('ami-arm64')
    const text = await readFile(report, 'utf8')
    await appendFile(report, ' ')
    expect(await step('register')).toBe(1)
    expect(await step('publish')).toBe(1)
    await writeFile(report, text)
    expect(await step('register')).toBe(0)
  })
})

describe('the registry', () => {
  const image = () => `${settings().IMAGE_REPOSITORY}@${record.oci.digest}`
  const verifyThere = (type: string, key: string) =>
    run('cosign', ['verify-attestation', '--insecure-ignore-tlog', '--key', key, '--type', type, image()])

  it('gets the image with its attestations, which cosign verifies there', async () => {
    const { pem } = release.running()
    expect(await step('publish'), says()).toBe(0)
    expect(says()).toBe(`Published ${image()}.`)
    const { stdout } = await verifyThere('slsaprovenance1', pem.release)
    expect(stdout).toContain('payload')
    await verifyThere('cyclonedx', pem.release)
    await expect(verifyThere('slsaprovenance1', pem.other)).rejects.toThrow('no matching attestations')
  })

  it('gives back the same image', async () => {
    const again = join(dir, 'pulled')
    await mkdir(again)
    await run('cosign', ['save', '--dir', again, `${settings().IMAGE_REPOSITORY}:${record.version}`])
    const saved = await readFile(blobFile(again, record.oci.digest))
    expect(saved.equals(await readFile(blobFile(files.oci, record.oci.digest)))).toBe(true)
  })
})

describe('an image with a critical vulnerability', () => {
  it('is registered, but does not get ready, says why, and is not published', async () => {
    folder = join(dir, 'vulnerable')
    await build(folder, 'bad'.padEnd(40, '0'))
    await release.useDatabase('Critical')
    for (const each of ['ami', 'scan', 'sign']) expect(await step(each), says()).toBe(0)
    expect(await step('register')).toBe(1)
    expect(says()).toContain('It may not roll out now:\n  vulnerabilities: GHSA-1111-2222-3333 of undici is critical.')
    expect(await step('publish')).toBe(1)
  })
})
