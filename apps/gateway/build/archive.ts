import { createHash } from 'node:crypto'
import { pack } from 'tar-stream'

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

export const nodeFile = 'node'
export const manifestFile = 'manifest.json'

export const manifestText = (manifest: ArtifactManifest) => `${JSON.stringify(manifest, null, 2)}\n`

/** In hex. */
export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

export const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1)

/** The bytes of an artifact: a tar that has nothing of the time, the person and the machine. */
export function tarOf(files: ReadonlyMap<string, Buffer>): AsyncIterable<Buffer> {
  const tar = pack()
  for (const [name, bytes] of [...files].sort(byName)) {
    tar.entry({ name, mode: name === nodeFile ? 0o755 : 0o644, uid: 0, gid: 0, mtime: new Date(0) }, bytes)
  }
  tar.finalize()
  return tar as AsyncIterable<Buffer>
}
