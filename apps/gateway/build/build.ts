// Builds the gateway's artifact for this platform: `npm run -w apps/gateway build`. It prints what sha256sum would.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuiltGateway, gatewayBuilds, gatewayRooms, gatewaySources } from '../../../scripts/lib/gateway.mjs'
import { buildArtifact } from './artifact.ts'

const root = join(import.meta.dirname, '..', '..', '..')

// Hashed first: what changes while we build is then built again.
const sources = gatewaySources()
mkdirSync(gatewayBuilds, { recursive: true })
const built: BuiltGateway = { sources, ...(await buildArtifact(root, gatewayBuilds, commitOfSources())) }
const record = join(gatewayBuilds, 'built.json')
writeFileSync(`${record}.new`, `${JSON.stringify(built, null, 2)}\n`)
renameSync(`${record}.new`, record)
for (const file of readdirSync(gatewayBuilds)) {
  if (file.endsWith('.tar') && file !== built.file) rmSync(join(gatewayBuilds, file))
}
console.log(`${built.sha256}  ${join(gatewayBuilds, built.file)}`)

/** The commit that is checked out. Null without git, or if the gateway's sources are not those of the commit. */
function commitOfSources(): string | null {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    const changed = git('status', '--porcelain', '--', ...gatewayRooms, 'package.json', 'package-lock.json')
    return changed === '' ? git('rev-parse', 'HEAD') : null
  } catch {
    return null
  }
}
