import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { createLayout, type Descriptor, mediaTypes, putBlob, putJson, writeIndex } from '../oci/layout.ts'

const docker = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
}

/**
 * Writes an image of one layer for each architecture into a layout, in the form that Docker gives to images.
 * @param layers a tar for each architecture, as OCI names that
 * @returns the digest of its index
 */
export async function writeBaseImage(layout: string, layers: Record<string, Buffer>): Promise<string> {
  await createLayout(layout)
  const manifests: Descriptor[] = []
  for (const [architecture, tar] of Object.entries(layers)) {
    const platform = { architecture, os: 'linux' }
    const config = await putJson(layout, docker.config, {
      ...{ ...platform, created: '2026-01-01T00:00:00Z' },
      config: { Env: ['PATH=/usr/bin'], Cmd: ['/bin/sh'], User: 'root' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(tar).digest('hex')}`] },
      history: [{ created_by: 'a test' }, { created_by: 'a test', empty_layer: true }],
    })
    const written = await putBlob(layout, docker.layer, gzipSync(tar))
    const manifest = { schemaVersion: 2, mediaType: docker.manifest, config, layers: [written] }
    manifests.push({ ...(await putJson(layout, docker.manifest, manifest)), platform })
  }
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests }
  const written = await putJson(layout, mediaTypes.index, index)
  await writeIndex(layout, [{ ...written, annotations: { kind: 'dev.cosignproject.cosign/imageIndex' } }])
  return written.digest
}
