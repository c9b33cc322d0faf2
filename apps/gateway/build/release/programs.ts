import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Of, tarOf } from '../archive.ts'

/** The programs of others in an AMI of the gateway: the edge, and its agents. */
const programs = ['envoy', 'node_exporter', 'prometheus']

/**
 * Packs the programs for an architecture into a tar, which the provisioners of the AMI unpack.
 * @param from the folder in which the set-up made them
 * @param file the tar
 * @returns its SHA-256 in hex
 */
export async function packPrograms(from: string, file: string): Promise<string> {
  const files = new Map<string, Buffer>()
  for (const name of programs) {
    const bytes = await readFile(join(from, name)).catch((cause: unknown) => {
      throw new Error(`${name} is missing in ${from}. Run: npm run image:tools`, { cause })
    })
    files.set(name, bytes)
  }
  const chunks: Buffer[] = []
  for await (const chunk of tarOf(files)) chunks.push(chunk)
  const tar = Buffer.concat(chunks)
  await writeFile(file, tar)
  return sha256Of(tar)
}
