// The probe on the whole local platform with 1,000 tenants, each probed every 10 s through its three gateways: the part of
// a core that the probe's process needs, and how many tenants that would be on a whole core.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { jobs, openDatabase, quotas, tenants } from '@tickwatch/db'
import { type LocalState, until } from '@tickwatch/local'
import { diffLimits, resolveLimits } from '@tickwatch/policy'
import { machine, onPlatform, rounded } from './lib/platform.ts'

const tenantCount = 1_000
const seconds = 60
const held = { tenantsPerCore: 1_000 }

/** Adds tenants until there are so many, and publishes the policy. */
async function addTenants({ database, tenants: existing }: LocalState): Promise<void> {
  const db = openDatabase(database)
  const by = { subject: 'bench', name: 'Bench' }
  const at = new Date()
  try {
    for (let i = existing.length; i < tenantCount; i++) {
      const id = `studio-${i}`
      await db.platform(async (tx) => {
        await tenants.create(tx, { id, name: id, plan: 'studio', envelope: {} }, { by, reason: 'Bench', at })
        await quotas.append(tx, {
          ...{ tenantId: id, baseRevision: 0, createdAt: at, by, approvedBy: null, reason: 'Bench', limits: {} },
          ...{ changes: diffLimits(resolveLimits({}), resolveLimits({})), endsAt: null },
          ...{ revertsRevision: null, changeRequestId: null },
        })
      })
    }
    await db.platform((tx) => jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'publish' }))
  } finally {
    await db.close()
  }
}

/** The sums over all tenants of the probe's counters, by result, and the buckets of its histogram. */
async function measured(url: string) {
  const text = await (await fetch(`${url}/metrics`)).text()
  const sum = (pattern: RegExp) => [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0)
  const results = (result: string) =>
    sum(new RegExp(`^tickwatch_probe_results_total\\{result="${result}",.*\\} (\\S+)$`, 'gm'))
  const upTo = (le: string) => sum(new RegExp(`^tickwatch_probe_age_seconds_bucket\\{.*le="${le}"\\} (\\S+)$`, 'gm'))
  const failed = results('not-readable') + results('cannot-query') + results('cannot-write')
  const tenants = sum(/^tickwatch_probe_tenants (\S+)$/gm)
  return { tenants, read: results('read'), failed, withinQuarterSecond: upTo('0.25'), within1s: upTo('1') }
}

/** Of the process, in user and system mode. Linux counts 100 ticks a second. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

await onPlatform(async (platform) => {
  const { state } = platform
  const { probe } = state.addresses
  await addTenants(state)
  // The game servers' load is not part of this.
  await platform.part('producers').stop()
  await until('all tenants are probed', async () => (await measured(probe)).tenants === tenantCount, { seconds: 60 })
  // Gateways that do not know the new tenants yet fail the first probes of some.
  await sleep(15_000)
  const pid = platform.part('probe').pid ?? 0
  const [before, cpuBefore, startedMs] = [await measured(probe), cpuSeconds(pid), performance.now()]
  await sleep(seconds * 1_000)
  const tookSeconds = (performance.now() - startedMs) / 1_000
  const [cpu, after] = [cpuSeconds(pid) - cpuBefore, await measured(probe)]
  const difference = (name: keyof typeof before) => after[name] - before[name]
  const probes = difference('read') + difference('failed')
  const cores = cpu / tookSeconds
  const tenantsPerCore = Math.floor(((probes / tookSeconds) * 10) / cores)
  const pass =
    tenantsPerCore >= held.tenantsPerCore &&
    difference('failed') === 0 &&
    probes >= 0.98 * tenantCount * (tookSeconds / 10)
  console.log(
    JSON.stringify({
      ...{
        bench: 'probe',
        tenants: tenantCount,
        seconds: rounded(tookSeconds, 3),
        probes,
        failed: difference('failed'),
      },
      probesPerSecond: rounded(probes / tookSeconds, 3),
      withinQuarterSecondRatio: rounded(difference('withinQuarterSecond') / probes, 3),
      within1sRatio: rounded(difference('within1s') / probes, 3),
      probeCores: rounded(cores, 3),
      // Extrapolated from the CPU time of these probes.
      probeTenantsPerCore: tenantsPerCore,
      ...{ held, pass, machine },
    }),
  )
  if (!pass) process.exitCode = 1
})
