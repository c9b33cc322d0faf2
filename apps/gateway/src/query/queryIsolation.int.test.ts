// Tries every route that reads, as each tenant, with every query that might show another tenant's series. AMP's
// stand-in has a real Prometheus behind it.
import { request } from 'node:http'
import { WriteRequestWriter } from '@tickwatch/remote-write'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startAmp } from '../../../../local/src/parts/amp/amp.ts'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { startPrometheus } from '../../../../local/src/parts/prometheus/prometheus.ts'
import { reader, snappy, TestGateway } from '../testing/testGateway.ts'

let at: TestGateway
let prometheus: Awaited<ReturnType<typeof startPrometheus>>
let amp: Awaited<ReturnType<typeof startAmp>>
const workspaceId = 'ws-test'
const tenants = ['acme', 'globex'] as const
const other = { acme: 'globex', globex: 'acme' } as const
const samples = 40
const limits = { 'query.samplesMax': 10_000, 'query.requestsPerMinute': 60_000 }
const startedMs = Date.now()

beforeAll(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  prometheus = await startPrometheus({ dir: at.dir })
  amp = await startAmp({
    port: 0,
    prometheusUrl: prometheus.url,
    region: 'us-east-1',
    accessKeys: { test: 'test' },
    workspaceId,
    rulesDir: prometheus.rulesDir,
  })
  at.settings = { ...at.settings, ampEndpoint: `${amp.url}/workspaces/${workspaceId}` }
  const greedy = { ...limits, 'query.samplesMax': 1_000_000_000, 'query.concurrentMax': 50 }
  at.publish({ version: 1, tenants: [...tenants.map((id) => ({ id, limits })), { id: 'greedy', limits: greedy }] })
  await at.start()
  await vi.waitFor(async () => expect((await at.get('/ready')).status).toBe(200), 10_000)
  for (const tenant of tenants) expect((await at.write(seriesOf(tenant), {}, tenant)).status).toBe(204)
})
afterAll(async () => {
  await at.remove()
  await amp.stop()
  await prometheus.stop()
})

const writer = new WriteRequestWriter()
/** Two series: one with the same name as the other tenant's, one with its own name. All values contain the tenant. */
function seriesOf(tenant: string): Buffer {
  writer.begin()
  for (const name of ['frames_total', `only_${tenant}`]) {
    writer.beginSeries(['__name__', name, 'region', `${tenant}-region`, 'shard_id', 'same'])
    for (let i = samples; i > 0; i--) writer.sample(i, startedMs - i * 15_000)
    writer.endSeries()
  }
  return snappy(writer.finish())
}

/** Each query tries in some way to read the other tenant's series. */
const nasty = (victim: string): string[] => [
  'frames_total',
  '{__name__=~".+"}',
  '{region=~".+"}',
  'only_acme or only_globex',
  `frames_total{tenant="${victim}"}`,
  `frames_total{tenant=~".*"}`,
  `frames_total{tenant!=""}`,
  `frames_total{tenant!~"x"} or frames_total{tenant="${victim}"}`,
  `{tenant="${victim}"}`,
  `{__name__="only_${victim}"}`,
  `{"only_${victim}"}`,
  `only_${victim} or vector(1)`,
  `label_replace(frames_total, "tenant", "$1", "shard_id", "(.*)")`,
  `label_join(frames_total, "a", ",", "tenant", "region")`,
  `count by (tenant, region) (frames_total)`,
  `group by (region) ({__name__!=""})`,
  `count_values("seen", frames_total)`,
  `topk(10, frames_total)`,
  `frames_total and on (shard_id) only_${victim}`,
  `frames_total * on (shard_id) group_left (region) only_${victim}`,
  `frames_total unless frames_total{tenant="acme"}`,
  `absent(only_${victim})`,
  `sum without (tenant) (frames_total)`,
  `max_over_time(frames_total[5m])`,
  `max_over_time(only_${victim}[5m:15s] offset 15s)`,
  `last_over_time(frames_total[10m] @ end())`,
  `frames_total @ ${startedMs / 1_000}`,
  `frames_total offset -15s`,
  `(((frames_total)))`,
  `-frames_total`,
  `frames_total # } or {tenant="${victim}"`,
  `frames_total # \n or {tenant="${victim}"}`,
  `frames_total # \r or {tenant="${victim}"}`,
  `{region="${victim}-region", }`,
  `{region=~"#.*|${victim}-region"}`,
  `{region='a\\'} or {tenant="${victim}"}', tenant="${victim}"}`,
  `frames_total{region=\`a"} or {tenant="${victim}"}\`}`,
  `frames_total{region="}"} or only_${victim}{tenant="${victim}"}`,
  `histogram_quantile(0.9, {le=~".*"})`,
  `info(frames_total)`,
  `limitk(5, {tenant="${victim}"})`,
  `scalar(only_${victim})`,
  `time() + scalar(only_${victim})`,
  `frames_total{tenant="${victim}",tenant="${victim}"}`,
  `frames_total\u00a0or\u00a0only_${victim}`,
  `frames_total{__tenant__="${victim}"} or {__name__=~"only.*"}`,
  `sum(frames_total) by (tenant, region)`,
  `bottomk without (tenant) (5, {shard_id="same"})`,
]

const now = () => String(startedMs / 1_000)
const span = () => ({ start: String(startedMs / 1_000 - 600), end: now() })
type Route = {
  name: string
  asksNothing?: true
  ask: (query: string) => { path: string; form: Record<string, string> | null }
}
const search = (path: string, parameters: Record<string, string>) => ({
  path: `${path}?${new URLSearchParams(parameters)}`,
  form: null,
})
const routes: Route[] = [
  ['/api/v1/query', (query: string) => ({ query, time: now() })] as const,
  ['/api/v1/query_range', (query: string) => ({ query, ...span(), step: '15' })] as const,
  ['/api/v1/series', (query: string) => ({ 'match[]': query, ...span() })] as const,
  ['/api/v1/labels', (query: string) => ({ 'match[]': query })] as const,
].flatMap(([path, parameters]) => [
  { name: `GET ${path}`, ask: (query: string) => search(path, parameters(query)) },
  { name: `POST ${path}`, ask: (query: string) => ({ path, form: parameters(query) }) },
])
for (const label of ['__name__', 'region', 'tenant', 'shard_id']) {
  const path = `/api/v1/label/${label}/values`
  routes.push({ name: `GET ${path}`, ask: (query) => search(path, { 'match[]': query, ...span() }) })
  routes.push({ name: `GET ${path} of all`, asksNothing: true, ask: () => ({ path, form: null }) })
}

/** The paths that the gateway answers itself. */
const ownPaths = [
  '/api/v1/status/buildinfo',
  '/api/v1/features',
  '/api/v1/rules',
  '/api/v1/alerts',
  '/api/v1/metadata',
  '/api/v1/query_exemplars',
]

describe.each(tenants)('a reader of %s', (tenant) => {
  const victim = other[tenant]

  it.each(ownPaths)('finds nothing of another tenant with %s', async (path) => {
    for (const query of nasty(victim)) {
      const asked = new URLSearchParams({ query, metric: `only_${victim}`, 'match[]': query })
      const { status, body } = await at.query(`${path}?${asked}`, reader(tenant))
      expect(status, query).toBe(200)
      expect(body, query).not.toContain(victim)
    }
  })

  it.each(routes)('finds its own series and no others with $name', async ({ ask, asksNothing }) => {
    let answered = 0
    for (const query of new Set(asksNothing ? [''] : [...nasty(victim), ...nasty(tenant)])) {
      const { path, form } = ask(query)
      const { status, body } = await at.query(path, reader(tenant), form ?? undefined)
      const { data, error } = JSON.parse(body) as { data?: unknown; error?: string }
      if (status === 200) answered++
      else expect([400, 422], query).toContain(status)
      expect(JSON.stringify(data ?? null), query).not.toContain(victim)
      // A refusal may quote the query.
      if (!query.includes(victim)) expect(error ?? '', query).not.toContain(victim)
    }
    expect(answered).toBeGreaterThan(asksNothing ? 0 : 20)
    const own = ask('{region=~".+"}')
    const { body } = await at.query(own.path, reader(tenant), own.form ?? undefined)
    const { data } = JSON.parse(body) as { data: unknown }
    if (own.path.includes('labels') || own.path.includes('shard_id')) expect(data).not.toEqual([])
    else expect(JSON.stringify(data)).toContain(tenant)
  })

  it('stays within the samples that a query may process, as the storage counts them', async () => {
    const step = { start: String(startedMs / 1_000 - 600), end: now(), step: '1' }
    const form = { query: 'sum_over_time(frames_total[10m])', ...step }
    const reply = await at.query('/api/v1/query_range', reader(tenant), form)
    expect(reply.status).toBe(422)
    expect(reply.body).toMatch(
      /tw-query-samples: query samples processed \(\d+\) exceed the limit of 10000, limit 10000 samples/,
    )
  })
})

it('one tenant cannot take the storage from the others, even if it does not wait for its answers', async () => {
  writer.begin()
  for (let series = 0; series < 500; series++) {
    writer.beginSeries(['__name__', 'heavy', 'shard_id', `${series}`])
    for (let i = samples; i > 0; i--) writer.sample(i * series, startedMs - i * 15_000)
    writer.endSeries()
  }
  expect((await at.write(snappy(writer.finish()), {}, 'greedy')).status).toBe(204)
  // Prometheus can't interrupt one function over all these series: it computes for seconds after its timeout.
  const form = { query: 'quantile_over_time(0.5, heavy[10m])', step: '0.2', timeout: '300ms', ...span() }
  const greedy = new AbortController()
  const leaveEarly = async () => {
    while (!greedy.signal.aborted) await askBriefly('/api/v1/query_range', 'greedy', form, 200)
  }
  const asking = Array.from({ length: 30 }, leaveEarly)
  let most = 0
  for (const endsMs = Date.now() + 3_000; Date.now() < endsMs; ) {
    // Without a slot in a second it would be refused.
    expect((await at.query('/api/v1/query?query=1', reader('globex'))).status).toBe(200)
    most = Math.max(most, await storageQueries())
  }
  greedy.abort()
  await Promise.all(asking)
  // Prometheus runs 20 at the same time. The tenant gets half of them.
  expect(most).toBeGreaterThan(5)
  expect(most).toBeLessThanOrEqual(10)
})

const storageQueries = async () => {
  const text = await (await fetch(`${prometheus.url}/metrics`)).text()
  return Number(/^prometheus_engine_queries (\d+)$/m.exec(text)?.[1])
}

/** Sends a query and goes away after `ms`, or with the answer. */
const askBriefly = (path: string, tenant: string, form: Record<string, string>, ms: number) =>
  new Promise<void>((resolve) => {
    const headers = { ...reader(tenant), 'content-type': 'application/x-www-form-urlencoded' }
    const asked = request({ socketPath: at.settings.socket, method: 'POST', path, headers })
    asked.setTimeout(ms, () => asked.destroy())
    asked.once('response', (response) => response.resume())
    asked.once('error', () => {})
    asked.once('close', resolve)
    asked.end(new URLSearchParams(form).toString())
  })
