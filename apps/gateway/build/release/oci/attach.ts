import { type Descriptor, mediaTypes, putBlob, putJson, readBlob, readIndex, removeBlob, writeIndex } from './layout.ts'

const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/**
 * Adds Sigstore bundles to an image in a layout, in the form in which cosign 3 finds and publishes them: each is an image that names
 * the other one as its subject. Those that were added before are removed.
 * @param digest of the image: `sha256:…`
 * @param bundles attestations of that digest; `predicateType` is a URI
 * @throws Error if the layout is not about this image
 */
export async function attachBundles(
  layout: string,
  digest: string,
  bundles: readonly { predicateType: string; text: string }[],
): Promise<void> {
  const known = await readIndex(layout)
  const image = known.find((each) => each.digest === digest)
  if (!image) throw new Error(`${layout} does not have the image ${digest}.`)
  for (const old of known.filter((each) => each.artifactType === bundleType)) {
    const { layers } = JSON.parse((await readBlob(layout, old.digest)).toString()) as { layers: Descriptor[] }
    for (const each of [...layers, old]) await removeBlob(layout, each.digest)
  }
  const { mediaType, size } = image
  const attached: Descriptor[] = []
  for (const { predicateType, text } of bundles) {
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: bundleType,
      config: await putBlob(layout, mediaTypes.empty, Buffer.from('{}')),
      layers: [await putBlob(layout, bundleType, Buffer.from(text))],
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': predicateType,
      },
      subject: { mediaType, digest, size },
    }
    attached.push({ ...(await putJson(layout, mediaTypes.manifest, manifest)), artifactType: bundleType })
  }
  await writeIndex(layout, [image, ...attached])
}
