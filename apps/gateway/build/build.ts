// Builds the gateway's artifact for this platform: `npm run -w apps/gateway build`. It prints what sha256sum would.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gatewayBuilds, gatewaySources } from '../../../scripts/lib/gateway.mjs'
import { buildArtifact } from './artifact.ts'
import { commitOfSources, root } from './sources.ts'

// Hashed first: what changes while we build is then built again.
const sources = gatewaySources()
mkdirSync(gatewayBuilds, { recursive: true })
const record = join(gatewayBuilds, 'built.json')
const before = existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as { sha256: string }) : null
const { sha256, file } = await buildArtifact(root, gatewayBuilds, commitOfSources())
writeFileSync(`${record}.new`, `${JSON.stringify({ sources, sha256 })}\n`)
renameSync(`${record}.new`, record)
// A test that runs beside this may still unpack the one before.
const kept = [sha256, before?.sha256].map((each) => `${each}.tar`)
for (const name of readdirSync(gatewayBuilds)) {
  if (name.endsWith('.tar') && !kept.includes(name)) rmSync(join(gatewayBuilds, name))
}
console.log(`${sha256}  ${file}`)
