import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { relabelOnce } from '../images/artifacts.ts'

/** What can be wrong with an image: the modules of `faults`, which its Node loads before the gateway. */
export type ImageFault = 'neverReady' | 'slow' | 'leak' | 'errors'

/**
 * Unpacks the program of an unpacked artifact as another one, with this version and this fault.
 * @param fault null for none
 * @returns the SHA-256 of the other artifact
 */
export async function imageWith(
  fault: ImageFault | null,
  stateDir: string,
  sha256: string,
  version: string,
): Promise<string> {
  if (fault === null) return relabelOnce(stateDir, sha256, version)
  const bytes = await readFile(join(import.meta.dirname, 'faults', `${fault}.mjs`))
  return relabelOnce(stateDir, sha256, version, { name: 'fault.mjs', bytes })
}
