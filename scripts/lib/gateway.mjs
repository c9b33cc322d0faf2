import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { node } from './packages.mjs'
import { sourceHash } from './sources.mjs'
import { cache, root, run, step } from './steps.mjs'

/** Everything of ours that is in the gateway's artifact. */
export const gatewayRooms = [
  'apps/gateway',
  'packages/aws',
  'packages/policy',
  'packages/promql',
  'packages/remote-write',
  'packages/rollout',
]

/** Where the artifact is built. `built.json` has its SHA-256 and the hash of its sources. */
export const gatewayBuilds = join(cache, 'gateway')

/** A hash of all that the artifact is made of. */
export const gatewaySources = () => sourceHash(gatewayRooms)

/** What was built last. Null if nothing was, or if its sources changed since. */
export function builtGateway() {
  const record = join(gatewayBuilds, 'built.json')
  if (!existsSync(record)) return null
  const { sources, sha256 } = JSON.parse(readFileSync(record, 'utf8'))
  const file = join(gatewayBuilds, `${sha256}.tar`)
  return sources === gatewaySources() && existsSync(file) ? { sha256, file } : null
}

/** Builds the gateway's artifact if its sources changed since the last build. */
export async function ensureGateway() {
  const script = join(root, 'apps', 'gateway', 'build', 'build.ts')
  if (!existsSync(script) || builtGateway()) return
  await step('gateway (one artifact)', () => run(node, [script]))
}
