import { z } from 'zod'
import {
  createLayout,
  type Descriptor,
  digestPattern,
  mediaTypes,
  putBlob,
  putJson,
  readBlob,
  writeIndex,
} from './layout.ts'

const digest = z.string().regex(digestPattern)
const descriptor = z.object({ mediaType: z.string(), digest, size: z.number() })
const indexSchema = z.object({
  manifests: z.array(
    descriptor.extend({ platform: z.object({ architecture: z.string(), os: z.string() }).optional() }),
  ),
})
const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor) })
const configSchema = z.object({
  architecture: z.string(),
  os: z.string(),
  config: z.object({ Env: z.array(z.string()).nullish() }).nullish(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(digest) }),
  history: z.array(z.looseObject({})).nullish(),
})

/** The media types that layers of a base may have, and those that OCI has for them. */
const layerTypes: Record<string, string> = {
  [mediaTypes.layer]: mediaTypes.layer,
  [`${mediaTypes.layer}+gzip`]: `${mediaTypes.layer}+gzip`,
  [`${mediaTypes.layer}+zstd`]: `${mediaTypes.layer}+zstd`,
  'application/vnd.docker.image.rootfs.diff.tar.gzip': `${mediaTypes.layer}+gzip`,
}

/** Nobody: no file of the image belongs to it. */
const user = '65532:65532'

/** cosign finds in a layout what it publishes by this annotation. */
const forCosign = { kind: 'dev.cosignproject.cosign/imageIndex' }

export type OciBuild = {
  architecture: 'amd64' | 'arm64'
  /** A tar without compression, and its SHA-256 in hex. */
  artifact: { bytes: Uint8Array; sha256: string }
  /** A file of the artifact and its arguments, which are options or files too. */
  command: readonly string[]
}

/**
 * Writes an image of several architectures into a layout. Its last layer is the artifact, byte for byte, so that the digest of the
 * layer is the SHA-256 of the artifact. The same artifacts, base and words give the same bytes: nothing in it is a time.
 * @param base a layout that has an index of several platforms under `digest`, with the C and C++ libraries that Node needs
 * @param annotations of the index and of each image in it
 * @returns the digest of the index, `sha256:…`
 * @throws Error if the base is another one, or lacks an architecture, or if an artifact has other bytes
 */
export async function writeImage(
  layout: string,
  base: { layout: string; digest: string },
  builds: readonly OciBuild[],
  annotations: Record<string, string>,
): Promise<string> {
  await createLayout(layout)
  const { manifests } = await readJson(base.layout, base.digest, indexSchema)
  const images: Descriptor[] = []
  const words = { ...annotations, 'org.opencontainers.image.base.digest': base.digest }
  for (const build of builds) {
    const platform = { architecture: build.architecture, os: 'linux' }
    const of = manifests.find(
      (each) => each.platform?.os === platform.os && each.platform.architecture === platform.architecture,
    )
    if (!of) throw new Error(`The base image ${base.digest} is not for linux/${build.architecture}.`)
    images.push({ ...(await writeOne(layout, base.layout, of.digest, build, words)), platform })
  }
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: images, annotations: words }
  const written = await putJson(layout, mediaTypes.index, index)
  await writeIndex(layout, [{ ...written, annotations: forCosign }])
  return written.digest
}

async function writeOne(
  layout: string,
  baseLayout: string,
  baseManifest: string,
  { architecture, artifact, command }: OciBuild,
  annotations: Record<string, string>,
): Promise<Descriptor> {
  const of = await readJson(baseLayout, baseManifest, manifestSchema)
  const config = await readJson(baseLayout, of.config.digest, configSchema)
  if (config.os !== 'linux' || config.architecture !== architecture) {
    throw new Error(
      `The base image ${baseManifest} is for ${config.os}/${config.architecture}, not for linux/${architecture}.`,
    )
  }
  const { diff_ids } = config.rootfs
  if (diff_ids.length !== of.layers.length) {
    throw new Error(`The base image ${baseManifest} has ${of.layers.length} layers and names ${diff_ids.length}.`)
  }
  const layers: Descriptor[] = []
  for (const layer of of.layers) {
    const mediaType = layerTypes[layer.mediaType]
    if (!mediaType) throw new Error(`The base image ${baseManifest} has a layer of the type ${layer.mediaType}.`)
    layers.push(await putBlob(layout, mediaType, await readBlob(baseLayout, layer.digest)))
  }
  const own = await putBlob(layout, mediaTypes.layer, artifact.bytes)
  if (own.digest !== `sha256:${artifact.sha256}`) {
    throw new Error(
      `The artifact for ${architecture} has the digest ${own.digest}, not the SHA-256 ${artifact.sha256}.`,
    )
  }
  const written = await putJson(layout, mediaTypes.config, {
    architecture,
    os: 'linux',
    config: {
      User: user,
      ...(config.config?.Env ? { Env: config.config.Env } : {}),
      Entrypoint: command.map((word) => (word.startsWith('-') ? word : `/${word}`)),
      WorkingDir: '/',
    },
    // The same bytes as the layer, because that is not compressed.
    rootfs: { type: 'layers', diff_ids: [...diff_ids, own.digest] },
    ...(config.history ? { history: [...config.history, { created_by: 'the artifact of tickwatch-gateway' }] } : {}),
  })
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: written,
    layers: [...layers, own],
    annotations,
  }
  return putJson(layout, mediaTypes.manifest, manifest)
}

async function readJson<T>(layout: string, of: string, schema: z.ZodType<T>): Promise<T> {
  const read = schema.safeParse(JSON.parse((await readBlob(layout, of)).toString()))
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new Error(`${of} of the base image can’t be used: ${issue?.path.join('.')}: ${issue?.message}`)
}
