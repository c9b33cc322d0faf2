import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packPrograms } from '../../../apps/gateway/build/release/programs.ts'
import { programsFolder } from '../../../scripts/lib/tools/gatewayPrograms.mjs'

const root = join(import.meta.dirname, '..', '..', '..')
const build = join(root, 'apps/gateway/build/build.ts')
const record = join(root, '.cache/gateway/built.json')

/** Builds the gateway's artifact, or takes the one that was built from the same sources. */
export function gatewayArtifact(): { file: string; sha256: string } {
  execFileSync(process.execPath, [build], { cwd: root, stdio: 'pipe' })
  if (!existsSync(record)) throw new Error(`${build} wrote no ${record}`)
  const { sha256 } = JSON.parse(readFileSync(record, 'utf8')) as { sha256: string }
  return { file: join(root, '.cache/gateway', `${sha256}.tar`), sha256 }
}

/** The folder of Envoy and the agents for this machine, which the set-up of these tests made. */
export const ownPrograms = programsFolder(process.arch === 'arm64' ? 'arm64' : 'x86_64')

/** The tar that a release gives Packer, in a folder of the test. */
export async function gatewayPrograms(folder: string): Promise<{ file: string; sha256: string }> {
  const file = join(folder, 'programs.tar')
  return { file, sha256: await packPrograms(ownPrograms, file) }
}
