import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readdir, readFile, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import type { GatewayArtifact } from '../../../scripts/lib/gateway.mjs'
import { bundleFile, bundleGateway } from './bundle.ts'
import { nodeBinary, ownPlatform } from './nodeBinary.ts'

/** `manifest.json` of an artifact. */
export type ArtifactManifest = {
  name: 'tickwatch-gateway'
  version: string
  /** The commit whose sources it has. Null if they were not those of a commit. */
  commit: string | null
  /** What it runs on, such as `linux-x64`. */
  platform: string
  /** The version of its Node. */
  node: string
  /** Starts the gateway, from the folder of the manifest: a file in it, and arguments. */
  command: [string, ...string[]]
  /** All other files, by name. `sha256` is in hex. */
  files: Record<string, { sha256: string; bytes: number }>
}

const nodeFile = 'node'
export const manifestFile = 'manifest.json'

/** In hex. */
export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

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
  const { devDependencies } = await readJson<{ devDependencies: { node: string } }>(resolve(root, 'package.json'))
  const node = process.versions.node
  if (node !== devDependencies.node) {
    throw new Error(
      `This is Node ${node}, and package.json pins ${devDependencies.node}. Run: npm run -w apps/gateway build`,
    )
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
  files.set(manifestFile, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`))
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

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1)

/** @returns the SHA-256 of the file in hex. */
async function writeTar(files: ReadonlyMap<string, Buffer>, to: string): Promise<string> {
  const tar = pack()
  for (const [name, bytes] of [...files].sort(byName)) {
    tar.entry({ name, mode: name === nodeFile ? 0o755 : 0o644, uid: 0, gid: 0, mtime: new Date(0) }, bytes)
  }
  tar.finalize()
  const hash = createHash('sha256')
  const counted = async function* () {
    for await (const chunk of tar as AsyncIterable<Buffer>) {
      hash.update(chunk)
      yield chunk
    }
  }
  await pipeline(counted, createWriteStream(to))
  return hash.digest('hex')
}

const readJson = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T
