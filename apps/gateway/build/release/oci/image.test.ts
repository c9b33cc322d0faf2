import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Of } from '../../archive.ts'
import { writeBaseImage } from '../testing/baseImage.ts'
import { attachBundles } from './attach.ts'
import { type OciBuild, writeImage } from './image.ts'
import { blobFile, type Descriptor, readBlob, readIndex } from './layout.ts'

let dir: string
let base: { layout: string; digest: string }
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tickwatch-oci-'))
  const layout = join(dir, 'base')
  base = { layout, digest: await writeBaseImage(layout, { amd64: Buffer.from('x86'), arm64: Buffer.from('arm') }) }
})
afterEach(() => rmSync(dir, { recursive: true }))

const buildOf = (architecture: OciBuild['architecture'], text: string): OciBuild => {
  const bytes = Buffer.from(text)
  return { architecture, artifact: { bytes, sha256: sha256Of(bytes) }, command: ['node', '--flag', 'gateway.mjs'] }
}
const builds = [buildOf('amd64', 'the artifact for x86'), buildOf('arm64', 'the artifact for arm')]
const words = { 'org.opencontainers.image.version': '1.4.0' }
const write = (name: string, of = base, made: readonly OciBuild[] = builds, said = words) =>
  writeImage(join(dir, name), of, made, said)
const json = async <T>(layout: string, digest: string) =>
  JSON.parse((await readBlob(join(dir, layout), digest)).toString()) as T

type Index = { manifests: Descriptor[]; annotations: Record<string, string> }
type Manifest = { config: Descriptor; layers: Descriptor[]; annotations: Record<string, string> }

describe('an OCI image', () => {
  it('has for each architecture the layers of the base, and the artifact byte for byte as the last one', async () => {
    const digest = await write('image')
    const { manifests, annotations } = await json<Index>('image', digest)
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'arm64', os: 'linux' },
    ])
    expect(annotations).toEqual({ ...words, 'org.opencontainers.image.base.digest': base.digest })
    for (const [i, each] of manifests.entries()) {
      const manifest = await json<Manifest>('image', each.digest)
      expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([
        'application/vnd.oci.image.layer.v1.tar+gzip',
        'application/vnd.oci.image.layer.v1.tar',
      ])
      expect(manifest.layers[1]?.digest).toBe(`sha256:${builds[i]?.artifact.sha256}`)
      expect(await json('image', manifest.config.digest)).toEqual({
        architecture: builds[i]?.architecture,
        os: 'linux',
        config: {
          User: '65532:65532',
          Env: ['PATH=/usr/bin'],
          Entrypoint: ['/node', '--flag', '/gateway.mjs'],
          WorkingDir: '/',
        },
        rootfs: {
          type: 'layers',
          diff_ids: [`sha256:${sha256Of(Buffer.from(i === 0 ? 'x86' : 'arm'))}`, manifest.layers[1]?.digest],
        },
        history: [
          { created_by: 'a test' },
          { created_by: 'a test', empty_layer: true },
          { created_by: 'the artifact of tickwatch-gateway' },
        ],
      })
    }
  })

  it('has in its layout exactly what the index leads to, each under the hash of its bytes', async () => {
    const digest = await write('image')
    const { manifests } = await json<Index>('image', digest)
    const named = [digest]
    for (const each of manifests) {
      const { config, layers } = await json<Manifest>('image', each.digest)
      named.push(each.digest, config.digest, ...layers.map((layer) => layer.digest))
    }
    const blobs = readdirSync(join(dir, 'image', 'blobs', 'sha256'))
    expect(blobs.sort()).toEqual(named.map((each) => each.replace('sha256:', '')).sort())
    for (const each of named) {
      const bytes = await readBlob(join(dir, 'image'), each)
      expect(`sha256:${sha256Of(bytes)}`).toBe(each)
    }
    const layoutFile = readFileSync(join(dir, 'image', 'oci-layout'), 'utf8')
    expect(JSON.parse(layoutFile)).toEqual({ imageLayoutVersion: '1.0.0' })
  })

  it('is the same for the same artifacts, base and words, and another one for any other', async () => {
    const digest = await write('image')
    expect(await write('again')).toBe(digest)
    const other = join(dir, 'other')
    const layers = { amd64: Buffer.from('newer'), arm64: Buffer.from('arm') }
    const newer = { layout: other, digest: await writeBaseImage(other, layers) }
    const others = [
      await write('a', newer),
      await write('b', base, [buildOf('amd64', 'one more line'), buildOf('arm64', 'the artifact for arm')]),
      await write('c', base, builds, { 'org.opencontainers.image.version': '1.4.1' }),
    ]
    expect(new Set([digest, ...others]).size).toBe(4)
  })

  it.each<[string, () => Promise<unknown>, string]>([
    ['a base that has other bytes', async () => changeBase('manifests'), 'has the digest'],
    ['a base whose layer has other bytes', async () => changeBase('layers'), 'has the digest'],
    [
      'a base without an architecture',
      async () => write('image', await baseOf({ arm64: Buffer.from('arm') })),
      'not for linux/amd64',
    ],
    ['an architecture as the base', async () => write('image', await oneArchitecture()), 'can’t be used: manifests'],
    ['an artifact with other bytes', () => write('image', base, [changedBuild()]), 'has the digest'],
    ['a path as a digest', () => write('image', { ...base, digest: 'sha256:../../oci-layout' }), 'is not a digest'],
  ])('is not made of %s', async (_what, attempt, why) => {
    await expect(attempt()).rejects.toThrow(why)
  })
})

function changedBuild(): OciBuild {
  const build = buildOf('amd64', 'one')
  return { ...build, artifact: { ...build.artifact, bytes: Buffer.from('two') } }
}

async function baseOf(layers: Record<string, Buffer>) {
  const layout = join(dir, 'partial')
  return { layout, digest: await writeBaseImage(layout, layers) }
}

async function oneArchitecture() {
  const { manifests } = await json<Index>('base', base.digest)
  return { ...base, digest: manifests[0]?.digest ?? '' }
}

async function changeBase(what: 'manifests' | 'layers') {
  const { manifests } = await json<Index>('base', base.digest)
  const of = manifests[0]?.digest ?? ''
  const { layers } = await json<Manifest>('base', of)
  const digest = what === 'manifests' ? of : (layers[0]?.digest ?? '')
  writeFileSync(blobFile(base.layout, digest), `${readFileSync(blobFile(base.layout, digest))} `)
  return write('image')
}

describe('an attestation', () => {
  const bundles = (text: string) => [
    { predicateType: 'https://slsa.dev/provenance/v1', text: `{"provenance": "${text}"}` },
    { predicateType: 'https://cyclonedx.org/bom', text: `{"sbom": "${text}"}` },
  ]

  it('is an image about the image, and replaces the one of before', async () => {
    const digest = await write('image')
    const layout = join(dir, 'image')
    await attachBundles(layout, digest, bundles('old'))
    await attachBundles(layout, digest, bundles('new'))
    const [image, ...attached] = await readIndex(layout)
    expect(image).toMatchObject({ digest, annotations: { kind: 'dev.cosignproject.cosign/imageIndex' } })
    expect(attached).toHaveLength(2)
    const manifests = await Promise.all(
      attached.map((each) => json<Manifest & { subject: Descriptor }>('image', each.digest)),
    )
    for (const [i, manifest] of manifests.entries()) {
      expect(manifest).toMatchObject({
        artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        annotations: { 'dev.sigstore.bundle.predicateType': bundles('')[i]?.predicateType },
        subject: { digest, size: image?.size },
      })
      const text = (await readBlob(layout, manifest.layers[0]?.digest ?? '')).toString()
      expect(text).toBe(bundles('new')[i]?.text)
    }
    const blobs = readdirSync(join(layout, 'blobs', 'sha256')).map((each) =>
      readFileSync(join(layout, 'blobs', 'sha256', each), 'utf8'),
    )
    expect(blobs.filter((text) => text.includes('old'))).toEqual([])
  })

  it('is not added to an image that the layout does not have', async () => {
    await write('image')
    await expect(attachBundles(join(dir, 'image'), base.digest, bundles('new'))).rejects.toThrow(
      'does not have the image',
    )
  })
})
