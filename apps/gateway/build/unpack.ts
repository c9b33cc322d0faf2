import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { builtGateway, type GatewayArtifact } from '../../../scripts/lib/gateway.mjs'
import { type ArtifactManifest, manifestFile } from './archive.ts'

/** How to start an unpacked gateway. */
export type GatewayCommand = { command: string; args: string[]; cwd: string }

/**
 * The artifact that the set-up built.
 * @throws Error with the command to run, if there is none or its sources changed since.
 */
export function gatewayArtifact(): GatewayArtifact {
  const built = builtGateway()
  if (built) return built
  throw new Error('The gateway is not built, or its sources changed since. Run: npm run setup')
}

/**
 * Unpacks an artifact into this folder, which is new or empty.
 * @throws Error if its bytes are not those that were built.
 */
export async function unpackGateway({ file, sha256 }: GatewayArtifact, folder: string): Promise<GatewayCommand> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  const found = hash.digest('hex')
  if (found !== sha256) throw new Error(`${file} has the SHA-256 ${found} instead of ${sha256}`)
  await mkdir(folder, { recursive: true })
  await promisify(execFile)('tar', ['-xf', file, '-C', folder])
  return unpackedGateway(folder)
}

/** How to start the gateway in this folder. */
export async function unpackedGateway(folder: string): Promise<GatewayCommand> {
  const [program, ...args] = (await manifestIn(folder)).command
  return { command: join(folder, program), args, cwd: folder }
}

/** The manifest of an unpacked artifact. */
export const manifestIn = async (folder: string): Promise<ArtifactManifest> =>
  JSON.parse(await readFile(join(folder, manifestFile), 'utf8')) as ArtifactManifest
