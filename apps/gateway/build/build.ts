// Builds the gateway's artifact for this platform: `npm run -w apps/gateway build`. It prints what sha256sum would.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gatewayBuilds, gatewaySources } from '../../../scripts/lib/gateway.mjs'
import { buildArtifact } from './artifact.ts'
import { commitOfSources, root } from './sources.ts'

// Hashed first: what changes while we build is then built again.
const sources = gatewaySources()
mkdirSync(gatewayBuilds, { recursive: true })
const { sha256, file } = await buildArtifact(root, gatewayBuilds, commitOfSources())
const record = join(gatewayBuilds, 'built.json')
writeFileSync(`${record}.new`, `${JSON.stringify({ sources, sha256 })}\n`)
renameSync(`${record}.new`, record)
for (const name of readdirSync(gatewayBuilds)) {
  if (name.endsWith('.tar') && name !== basename(file)) rmSync(join(gatewayBuilds, name))
}
console.log(`${sha256}  ${file}`)
