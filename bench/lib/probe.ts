import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { jobs, openDatabase, quotas, tenants } from '@tickwatch/db'
import { type LocalState, type Platform, until } from '@tickwatch/local'
import { diffLimits, resolveLimits } from '@tickwatch/policy'
import { rounded } from './platform.ts'

const tenantCount = 1_000
const seconds = 60

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

/**
 * Probes 1,000 tenants for a minute, without the load of the game servers. `probeTenantsPerCore` is extrapolated from the CPU
 * time of these probes.
 */
export async function measureProbe(platform: Platform) {
  const { state } = platform
  const { probe } = state.addresses
  await addTenants(state)
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
  const failed = difference('failed')
  const probes = difference('read') + failed
  const cores = cpu / tookSeconds
  return {
    ...{ tenants: tenantCount, seconds: rounded(tookSeconds, 1), probes, failed },
    probesPerSecond: rounded(probes / tookSeconds, 1),
    withinQuarterSecondRatio: rounded(difference('withinQuarterSecond') / probes, 4),
    within1sRatio: rounded(difference('within1s') / probes, 4),
    probeCores: rounded(cores, 3),
    probeTenantsPerCore: Math.floor(((probes / tookSeconds) * 10) / cores),
    /** No probe failed, and each tenant had its probe in each 10 s; one may be under way at either end. */
    complete: failed === 0 && probes >= tenantCount * (tookSeconds / 10 - 0.2),
  }
}
