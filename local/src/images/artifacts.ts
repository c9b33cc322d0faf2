// The unpacked artifacts of a platform, each in a folder with the name of its SHA-256. They outlive a start: an instance goes on with
// the artifact of its image when the sources have changed.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Preload, relabelled } from '../../../apps/gateway/build/relabel.ts'
import { type GatewayCommand, unpackedGateway, unpackGateway } from '../../../apps/gateway/build/unpack.ts'
import type { GatewayArtifact } from '../../../scripts/lib/gateway.mjs'

const artifactsDir = (stateDir: string) => join(stateDir, 'artifacts')
export const artifactFolder = (stateDir: string, sha256: string) => join(artifactsDir(stateDir), sha256)

/** Unpacks an artifact, unless an earlier start did. @throws Error if its bytes are not those that were built */
export async function unpackOnce(stateDir: string, artifact: GatewayArtifact): Promise<GatewayCommand> {
  const folder = artifactFolder(stateDir, artifact.sha256)
  await makeOnce(folder, (unfinished) => unpackGateway(artifact, unfinished))
  return unpackedGateway(folder)
}

/** Unpacks the program of an unpacked artifact as another one, with this version. @returns the SHA-256 of that one */
export async function relabelOnce(
  stateDir: string,
  sha256: string,
  version: string,
  preload: Preload | null = null,
): Promise<string> {
  const other = await relabelled(artifactFolder(stateDir, sha256), version, preload)
  await makeOnce(artifactFolder(stateDir, other.sha256), other.unpack)
  return other.sha256
}

/** Deletes all artifacts but these. None of their gateways may run. */
export function keepArtifacts(stateDir: string, kept: readonly string[]): void {
  for (const name of readdirSync(artifactsDir(stateDir))) {
    if (!kept.includes(name)) rmSync(join(artifactsDir(stateDir), name), { recursive: true, force: true })
  }
}

/** A start that is killed leaves no half of a folder under its name. */
async function makeOnce(folder: string, make: (unfinished: string) => Promise<unknown>): Promise<void> {
  if (existsSync(folder)) return
  const unfinished = `${folder}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  await make(unfinished)
  renameSync(unfinished, folder)
}
