import { createHash } from 'node:crypto'
import { link, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ArtifactManifest, manifestFile, manifestText, sha256Of, tarOf } from './archive.ts'
import { manifestIn } from './unpack.ts'

/** A module that Node loads before the program. Tests make bad images with it. */
export type Preload = { name: string; bytes: Buffer }

/**
 * The same program as another artifact: only the version in the manifest differs, and so the SHA-256 too.
 * @param from the folder of the unpacked artifact
 * @returns its SHA-256 in hex, and what unpacks it into a new folder on the same disk. The files are hard links to those of `from`,
 *   so they take no space; the tar itself is not written.
 */
export async function relabelled(
  from: string,
  version: string,
  preload: Preload | null = null,
): Promise<{ sha256: string; unpack(folder: string): Promise<void> }> {
  const before = await manifestIn(from)
  const names = Object.keys(before.files)
  const manifest = manifestText({ ...(preload ? withPreload(before, preload) : before), version })
  const files = new Map<string, Buffer>([[manifestFile, Buffer.from(manifest)]])
  if (preload) files.set(preload.name, preload.bytes)
  for (const name of names) files.set(name, await readFile(join(from, name)))
  const hash = createHash('sha256')
  for await (const chunk of tarOf(files)) hash.update(chunk)
  return {
    sha256: hash.digest('hex'),
    async unpack(folder) {
      for (const name of names) {
        await mkdir(dirname(join(folder, name)), { recursive: true })
        await link(join(from, name), join(folder, name))
      }
      if (preload) await writeFile(join(folder, preload.name), preload.bytes)
      await writeFile(join(folder, manifestFile), manifest)
    },
  }
}

function withPreload({ command, files, ...manifest }: ArtifactManifest, { name, bytes }: Preload): ArtifactManifest {
  const [node, ...args] = command
  return {
    ...manifest,
    command: [node, '--import', `./${name}`, ...args],
    files: { ...files, [name]: { sha256: sha256Of(bytes), bytes: bytes.length } },
  }
}
