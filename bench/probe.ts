// The probe on the whole local platform with 1,000 tenants, each probed every 10 s through its three gateways: the part of
// a core that the probe's process needs, and how many tenants that would be on a whole core.
import { machine, onPlatform } from './lib/platform.ts'
import { measureProbe } from './lib/probe.ts'

const held = { probeTenantsPerCore: 1_000 }

await onPlatform(async (platform) => {
  const figures = await measureProbe(platform)
  const pass = figures.complete && figures.probeTenantsPerCore >= held.probeTenantsPerCore
  console.log(JSON.stringify({ bench: 'probe', ...figures, held, pass, machine }))
  if (!pass) process.exitCode = 1
})
