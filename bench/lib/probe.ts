import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, jobs, openDatabase, policyVersions, quotas, tenants } from '@tickwatch/db'
import { type LocalState, type Platform, until } from '@tickwatch/local'
import { diffLimits, resolveLimits } from '@tickwatch/policy'
import { rounded } from './platform.ts'

const tenantCount = 1_000
const seconds = 60

/** Adds tenants until there are so many, publishes the policy, and waits until every gateway enforces it. */
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
    await until('every gateway enforces a policy with all tenants', () => isEnforced(db), { seconds: 120 })
  } finally {
    await db.close()
  }
}

async function isEnforced(db: Database): Promise<boolean> {
  const newest = await db.platform((tx) => policyVersions.latest(tx))
  return newest !== null && newest.state === 'enforced' && newest.tenants >= tenantCount
}

/** The sums over all tenants of the probe's counters, by result, and the buckets of its histogram. */
async function measured(url: string) {
  const text = await (await fetch(`${url}/metrics`)).text()
  const sum = (pattern: RegExp) => [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0)
  const results = (result: string) =>
    sum(new RegExp(`^tickwatch_probe_results_total\\{result="${result}",.*\\} (\\S+)$`, 'gm'))
  const upTo = (le: string) => sum(new RegExp(`^tickwatch_probe_age_seconds_bucket\\{.*le="${le}"\\} (\\S+)$`, 'gm'))
  const failures = {
    notReadable: results('not-readable'),
    cannotQuery: results('cannot-query'),
    cannotWrite: results('cannot-write'),
  }
  const tenants = sum(/^tickwatch_probe_tenants (\S+)$/gm)
  return { tenants, read: results('read'), ...failures, withinQuarterSecond: upTo('0.25'), within1s: upTo('1') }
}

/** The reasons in the probe's log, the most frequent first, each with how many tenants began to fail for it. */
function reasons(stateDir: string): string[] {
  const counts = new Map<string, number>()
  for (const line of readFileSync(join(stateDir, 'logs', 'probe.log'), 'utf8').split('\n')) {
    const { result, why } = reasonOf(line)
    if (result) counts.set(`${result}: ${why}`, (counts.get(`${result}: ${why}`) ?? 0) + 1)
  }
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, 10)
  return most.map(([reason, count]) => `${count} × ${reason}`)
}

function reasonOf(line: string): { result?: string; why?: string } {
  try {
    return JSON.parse(line) as { result?: string; why?: string }
  } catch {
    return {}
  }
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
  // The probes that began before the gateways knew their tenants fail, and give up within 9 s.
  await sleep(10_000)
  const pid = platform.part('probe').pid ?? 0
  const [before, cpuBefore, startedMs] = [await measured(probe), cpuSeconds(pid), performance.now()]
  await sleep(seconds * 1_000)
  const tookSeconds = (performance.now() - startedMs) / 1_000
  const [cpu, after] = [cpuSeconds(pid) - cpuBefore, await measured(probe)]
  const difference = (name: keyof typeof before) => after[name] - before[name]
  const failures = {
    notReadable: difference('notReadable'),
    cannotQuery: difference('cannotQuery'),
    cannotWrite: difference('cannotWrite'),
  }
  const failed = failures.notReadable + failures.cannotQuery + failures.cannotWrite
  if (failed > 0) console.log(`Why probes failed, from their log:\n${reasons(state.stateDir).join('\n')}`)
  const probes = difference('read') + failed
  const cores = cpu / tookSeconds
  return {
    ...{ tenants: tenantCount, seconds: rounded(tookSeconds, 1), probes, failed, failures },
    probesPerSecond: rounded(probes / tookSeconds, 1),
    withinQuarterSecondRatio: rounded(difference('withinQuarterSecond') / probes, 4),
    within1sRatio: rounded(difference('within1s') / probes, 4),
    probeCores: rounded(cores, 3),
    probeTenantsPerCore: Math.floor(((probes / tookSeconds) * 10) / cores),
    /** No probe failed, and each tenant had its probe in each 10 s; one may be under way at either end. */
    complete: failed === 0 && probes >= tenantCount * (tookSeconds / 10 - 0.2),
  }
}
