import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

// https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  empty: 'application/vnd.oci.empty.v1+json',
} as const

/** Names a blob. `digest` is `sha256:` and 64 hexadecimal digits. */
export type Descriptor = {
  mediaType: string
  digest: string
  size: number
  artifactType?: string
  platform?: { architecture: string; os: string }
  annotations?: Record<string, string>
}

export const digestPattern = /^sha256:[0-9a-f]{64}$/

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** @throws Error if it is not a digest, because it may be a path */
export function blobFile(layout: string, digest: string): string {
  if (!digestPattern.test(digest)) throw new Error(`${digest.slice(0, 100)} is not a digest with SHA-256.`)
  return join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length))
}

/** Makes an empty layout, without an index. */
export async function createLayout(layout: string): Promise<void> {
  await mkdir(join(layout, 'blobs', 'sha256'), { recursive: true })
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}

export async function putBlob(layout: string, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const digest = digestOf(bytes)
  await writeFile(blobFile(layout, digest), bytes)
  return { mediaType, digest, size: bytes.length }
}

/** The same value gives the same bytes, if its members have the same order. */
export const putJson = (layout: string, mediaType: string, value: object): Promise<Descriptor> =>
  putBlob(layout, mediaType, Buffer.from(JSON.stringify(value)))

/** @throws Error if the layout does not have it, or if it has other bytes */
export async function readBlob(layout: string, digest: string): Promise<Buffer> {
  const bytes = await readFile(blobFile(layout, digest))
  const found = digestOf(bytes)
  if (found !== digest) throw new Error(`The blob ${digest} of ${layout} has the digest ${found}.`)
  return bytes
}

export const removeBlob = (layout: string, digest: string): Promise<void> =>
  rm(blobFile(layout, digest), { force: true })

const indexFile = (layout: string) => join(layout, 'index.json')

/** Writes what the layout is about. */
export const writeIndex = (layout: string, manifests: readonly Descriptor[]): Promise<void> =>
  writeFile(indexFile(layout), JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }))

export const readIndex = async (layout: string): Promise<Descriptor[]> =>
  (JSON.parse(await readFile(indexFile(layout), 'utf8')) as { manifests: Descriptor[] }).manifests
