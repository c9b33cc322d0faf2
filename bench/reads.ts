// The API's reads over HTTP with 10,000 tenants and a million audit events in Postgres, and 7-day charts from a real
// Prometheus behind AMP's stand-in. Requests are sent one after another: the bench limits the time of one request, not
// the throughput. The same rounds also time an idle request, which reads nothing, to show the machine's own delay. Then
// the bench runs all cases again while heartbeats are recorded, as many as two cores can handle besides the reads.
import { rmSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@tickwatch/db'
import { until } from '@tickwatch/local'
import { auditEventCount, fillAudit } from './reads/audit.ts'
import { type Case, type People, peopleTenants, readCases, usageCases } from './reads/cases.ts'
import { type Caller, type Client, createClient } from './reads/client.ts'
import { fillDatabase, gatewayCount, heartbeats, tenantCount, tenantName } from './reads/data.ts'
import { demandsCase, startHeartbeats } from './reads/heartbeats.ts'
import { startApi, startDatabase, temporaryFolder } from './reads/parts.ts'
import { timePeers } from './reads/peers.ts'
import { figuresOf, printTable, rounded, type Times } from './reads/report.ts'
import { fillUsage, historyDays, scrapeSeconds, usageTenants } from './reads/usage.ts'

/** Of these the four slowest are above the p99. */
const rounds = 400
const warmUps = 20
const held = { readsP99Ms: 50, usageHistoryMs: 150 }

const startedAt = performance.now()
const step = (what: string) =>
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${what}`)

async function bench(stack: AsyncDisposableStack, dir: string, signal: AbortSignal) {
  const database = await startDatabase(stack, dir)
  const { admin } = database
  step('Postgres runs and is migrated')
  await fillDatabase(admin)
  step(`${tenantCount} tenants, ${gatewayCount} gateways, their quotas, requests and policy versions`)
  const [usageSamples] = await Promise.all([
    fillUsage(dir, join(dir, 'prometheus', 'data'), signal, (share) =>
      step(`usage of ${historyDays} days: ${Math.round(share * 100)} %`),
    ),
    fillAudit(admin, dir, (done) => step(`${done} audit events hashed`)),
  ])
  step(`${auditEventCount} audit events and ${usageSamples} samples of usage are stored`)

  const { url, issuer, amp } = await startApi(stack, dir, database)
  const client = createClient(url, stack)
  const people = await signIn((claims) => issuer.token(claims))
  // The API compiles the first policy version of these tenants. Reads are timed when all gateways enforce it.
  await until('a policy version enforced on every gateway', async () => {
    await heartbeats(admin)
    const [newest] = (await client.ask<Versions>('policy.versions', people.platform, { pageSize: 1 })).items
    return newest?.bytes !== undefined && newest.propagation.state === 'enforced'
  })
  // Cursors need a sort order. The order by traffic exists only after a worker has summed it up.
  await until('the sum of the tenants’ traffic', async () => {
    await heartbeats(admin)
    const input = { sort: 'samplesPerSecond', direction: 'desc', pageSize: 1 }
    const [busiest] = (await client.ask<Tenants>('tenant.list', people.platform, input)).items
    return busiest !== undefined && busiest.samplesPerSecond > 0
  })
  step('the API serves, and all gateways enforce the policy')

  // Keeps all gateways live, and with them the sum that the cursors are of.
  const alive = setInterval(() => void heartbeats(admin), 2_000)
  stack.defer(() => clearInterval(alive))
  const idle: Case = { name: 'idle', ask: async () => (await client.get('/healthz')).length }
  const { history, first, now } = usageCases(client, people, amp)
  const reads = await readCases(client, people)
  step(`${reads.length} kinds of reads, and their cursors`)
  const load = [loadavg()[0] ?? 0]
  const db = openDatabase(database.urls)
  stack.defer(() => db.close())
  const demands = demandsCase(db)
  const cases = [...reads, history, now, demands, idle]
  const times = await timeCases([...cases, first])
  clearInterval(alive)
  step('timed the reads without heartbeats')
  const stopHeartbeats = await startHeartbeats(db, admin)
  stack.defer(() => void stopHeartbeats().catch(() => {}))
  const busyTimes = await timeCases(cases)
  const { tookMs, perSecond } = await stopHeartbeats()
  busyTimes.set('heartbeat, recorded', tookMs)
  load.push(loadavg()[0] ?? 0)
  const peers = await timePeers(database.urls.platform)
  step('timed the peers')
  const auditVerify = await followChain(client, people)
  step('followed the audit chain')
  return { times, busyTimes, reads, history, first, now, demands, idle, peers, auditVerify, load, perSecond }
}

type Tenants = { items: { samplesPerSecond: number }[] }
type Versions = { items: { bytes: number; propagation: { state: string } }[] }

async function timeCases(cases: Case[]): Promise<Times> {
  const times: Times = new Map(cases.map(({ name }) => [name, []]))
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const { name, ask } of cases) {
      const askedAt = performance.now()
      const found = await ask(round)
      const took = performance.now() - askedAt
      if (found === 0) throw new Error(`${name} found nothing in round ${round}`)
      if (round >= 0) times.get(name)?.push(took)
    }
    if ((round + 1) % 100 === 0) step(`${round + 1} of ${rounds} rounds`)
  }
  return times
}

async function signIn(tokenOf: (claims: { [claim: string]: unknown }) => Promise<string>): Promise<People> {
  const exp = Math.floor(Date.now() / 1_000) + 3_600
  const groups = ['platform-admins', 'platform-approvers', 'auditors']
  const platform = { token: await tokenOf({ sub: 'ada', name: 'Ada', groups, exp }) }
  const admins = new Map<string, Caller>()
  for (const tenantId of new Set([...peopleTenants.map(tenantName), ...usageTenants])) {
    const token = await tokenOf({ sub: tenantId, name: tenantId, groups: [`${tenantId}-admins`], exp })
    admins.set(tenantId, { token, tenantId })
  }
  const admin = (tenant: number) => {
    const caller = admins.get(tenantName(tenant))
    if (!caller) throw new Error(`nobody signed in for tenant ${tenant}`)
    return caller
  }
  return { platform, admin }
}

async function followChain(
  client: Client,
  { platform }: People,
): Promise<{ seconds: number; eventsPerSecond: number }> {
  const askedAt = performance.now()
  const chain = await client.ask<{ intact: boolean; events: number }>('audit.verify', platform, { now: true })
  const seconds = (performance.now() - askedAt) / 1_000
  if (!chain.intact || chain.events < auditEventCount) throw new Error(`the chain is broken: ${JSON.stringify(chain)}`)
  return { seconds: rounded(seconds), eventsPerSecond: Math.round(chain.events / seconds) }
}

function report({
  times,
  busyTimes,
  reads,
  history,
  first,
  now,
  demands,
  idle,
  load,
  perSecond,
  ...rest
}: Awaited<ReturnType<typeof bench>>): void {
  printTable(times)
  console.log(`\nwith ${perSecond} heartbeats a second`)
  printTable(busyTimes)
  const figures = Object.fromEntries(reads.map(({ name }) => [name, figuresOf(times, name)]))
  const worstP99Ms = Math.max(...Object.values(figures).map(({ p99Ms }) => p99Ms))
  const usageHistory7d = figuresOf(times, history.name)
  const firstUsageHistory7d = figuresOf(times, first.name)
  const pass = worstP99Ms <= held.readsP99Ms && usageHistory7d.p99Ms <= held.usageHistoryMs
  // A load above the number of cores means that other programs used the machine meanwhile.
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version, load }
  const size = {
    tenants: tenantCount,
    auditEvents: auditEventCount,
    gateways: gatewayCount,
    rounds,
    scrapeSeconds,
  }
  const usageNow = figuresOf(times, now.name)
  // No person waits for this read: the API needs it for the shares, at most twice a second.
  const demandsRead = figuresOf(times, demands.name)
  const busy = {
    heartbeatsPerSecond: perSecond,
    heartbeat: figuresOf(busyTimes, 'heartbeat, recorded'),
    worstP99Ms: Math.max(...reads.map(({ name }) => figuresOf(busyTimes, name).p99Ms)),
    usageHistory7d: figuresOf(busyTimes, history.name),
    nearLimit: figuresOf(busyTimes, 'usage.nearLimit'),
    idle: figuresOf(busyTimes, idle.name),
  }
  const figuresOfAll = { reads: figures, worstP99Ms, usageHistory7d, firstUsageHistory7d, usageNow, demandsRead, busy }
  const result = { bench: 'reads', ...size, ...figuresOfAll, ...rest }
  console.log(JSON.stringify({ ...result, idle: figuresOf(times, idle.name), held, pass, machine }))
  if (!pass) process.exitCode = 1
}

const stack = new AsyncDisposableStack()
const stopping = new AbortController()
let ended: Promise<void> | null = null
const end = () => {
  ended ??= stack.disposeAsync()
  return ended
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return
    console.error(`\n${signal}: stopping all parts`)
    stopping.abort()
    // Stopping the parts makes the bench fail. The code that awaits the bench also awaits and reports this.
    end().catch(() => {})
  })
}
const dir = temporaryFolder()
try {
  report(await bench(stack, dir, stopping.signal))
} catch (error) {
  if (!stopping.signal.aborted) throw error
  process.exitCode = 130
} finally {
  await end()
  rmSync(dir, { recursive: true, force: true })
}
