// Real gateways, Envoy and Prometheus. A proxy before AMP's stand-in makes its faults.
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { probeMetric } from '@tickwatch/policy'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startAgent } from '../../../local/src/parts/prometheus/prometheus.ts'
import { until } from '../../../local/src/process/until.ts'
import { useProbedEdge } from '../../../local/src/testing/probedEdge.ts'
import { EnvoyEdge } from './envoy.ts'
import { handler } from './lambda.ts'
import { Probe } from './probe.ts'
import { giveUpMs, probeTenant, type Time } from './probeTenant.ts'
import { startServer } from './server.ts'
import type { Settings } from './settings.ts'

const tenants = ['acme', 'globex', 'tickwatch']
const gatewayIds = ['gateway-1', 'gateway-2']
const at = useProbedEdge(tenants)
const soon = { seconds: 30, everyMs: 100 }

const pem = (file: string) => readFileSync(file, 'utf8')
const settingsOf = (name: 'probe-1' | 'probe-2'): Settings => {
  const { cert, key } = at.certificate(name)
  const stateFile = join(at.dir(), `${name}.json`)
  writeFileSync(stateFile, JSON.stringify({ tenants, gateways: gatewayIds }))
  return {
    writersUrl: at.writersUrl(),
    readersUrl: at.readersUrl(),
    // It is away: the targets are those that the probe saved.
    controlPlaneUrl: 'https://127.0.0.1:1',
    identity: { ca: pem(at.caFile()), cert: pem(cert), key: pem(key) },
    ...{ stateFile, httpHost: '127.0.0.1', httpPort: 0, logLevel: 'silent' },
  }
}

describe('a probe that cannot', () => {
  // Ten times as fast, so that it gives up in a second.
  const fast: Time = {
    epochMs: () => Date.now(),
    monotonicMs: () => performance.now() * 10,
    sleep: (ms) => sleep(ms / 10),
  }
  let edge: EnvoyEdge
  beforeAll(() => {
    edge = new EnvoyEdge(settingsOf('probe-1'))
  })
  afterAll(() => edge.close())
  const run = (first = 0) => probeTenant(edge, 'acme', gatewayIds, first, fast)

  it.each([
    ['write', 'cannot-write', { writes: 'refuse' }, '503: tw-upstream'],
    ['read what it wrote', 'not-readable', { writes: 'lose' }, 'did not return the sample'],
    ['query', 'cannot-query', { queries: 'refuse' }, '503: '],
  ] as const)('%s tells this from the other failures', async (_what, result, faults, why) => {
    expect(await run(1)).toMatchObject({ result: 'read', gateway: 'gateway-2', why: null })
    Object.assign(at.faults, faults)
    const outcome = await run()
    expect(outcome).toMatchObject({ result, gateway: 'gateway-1', why: expect.stringContaining(why) })
    expect(outcome.ageSeconds).toBeGreaterThanOrEqual(giveUpMs / 1_000)
    Object.assign(at.faults, { writes: 'store', queries: 'answer' })
    expect(await run()).toMatchObject({ result: 'read', gateway: 'gateway-1' })
  })

  it('reach a gateway goes through another, and one that comes back is used again', async () => {
    const [first] = at.gateways
    await first?.stop()
    expect(await run()).toMatchObject({ result: 'read', gateway: 'gateway-2', away: new Set(['gateway-1']) })
    await first?.startWith(tenants.map((id) => ({ id })))
    await until('gateway-1 is used', async () => (await run()).gateway === 'gateway-1', soon)
  })
})

describe('what a probe measures', () => {
  let probe: Probe
  let server: Awaited<ReturnType<typeof startServer>>
  let agent: Awaited<ReturnType<typeof startAgent>>
  let lambda: Promise<{ rounds: number }>

  beforeAll(async () => {
    const { cert, key } = at.certificate('agent')
    const { writersUrl, readersUrl, controlPlaneUrl, stateFile } = settingsOf('probe-2')
    const variables = {
      PROBE_WRITERS_URL: writersUrl,
      PROBE_READERS_URL: readersUrl,
      PROBE_CONTROL_PLANE_URL: controlPlaneUrl,
      PROBE_STATE_FILE: stateFile,
      PROBE_CA_FILE: at.caFile(),
      PROBE_CERT_FILE: at.certificate('probe-2').cert,
      PROBE_KEY_FILE: at.certificate('probe-2').key,
      PROBE_METRICS_CERT_FILE: cert,
      PROBE_METRICS_KEY_FILE: key,
      LOG_LEVEL: 'silent',
    }
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
    const endMs = Date.now() + 26_000
    lambda = handler({}, { getRemainingTimeInMillis: () => endMs - Date.now() })

    probe = new Probe(settingsOf('probe-1'), pino({ level: 'silent' }))
    server = await startServer('127.0.0.1', 0, probe.metrics, () => probe.isReady)
    await probe.run()
    agent = await startAgent({
      ...{ name: 'agent', dir: join(at.dir(), 'agent'), externalLabels: { region: 'us-east-1' } },
      jobs: [{ job: 'probe', everySeconds: 1, targets: [`127.0.0.1:${server.port}`] }],
      writeUrl: `${at.writersUrl()}/api/v1/write`,
      caFile: at.caFile(),
      certificate: { cert, key },
    })
  })
  afterAll(async () => {
    await agent?.stop()
    await server?.stop()
    await probe?.stop()
    vi.unstubAllEnvs()
  })

  /** Waits until the query finds these series. */
  const untilStored = (promql: string, expected: Record<string, unknown>) =>
    vi.waitFor(async () => expect(await at.stored(promql)).toEqual(expected), { timeout: 30_000, interval: 200 })
  const ofTenants = (value: unknown) =>
    Object.fromEntries(tenants.map((tenant_id) => [JSON.stringify({ tenant_id }), value]))
  const scraped = 'tenant="tickwatch",region="us-east-1"'

  it('is a native histogram for each tenant, which an agent scrapes', async () => {
    const ages = `tickwatch_probe_age_seconds{${scraped}}`
    const atLeastOne = expect.toSatisfy((count: number) => count >= 1)
    await untilStored(`sum by (tenant_id) (histogram_count(${ages}))`, ofTenants(atLeastOne))
    // A bound of a bucket, so that the fraction is exact.
    expect(await at.stored(`max by (tenant_id) (histogram_fraction(-Inf, 8, ${ages}))`)).toEqual(ofTenants(1))
  })

  it('is counted by result, for each tenant and each gateway', async () => {
    const results = `tickwatch_probe_results_total{${scraped}}`
    const atLeastOne = expect.toSatisfy((count: number) => count >= 1)
    await untilStored(`sum by (tenant_id) (${results.replace('}', ',result="read"}')})`, ofTenants(atLeastOne))
    expect(await at.stored(`sum(${results.replace('}', ',result!="read"}')})`)).toEqual({ '{}': 0 })
    const gateways = `tickwatch_probe_gateway_results_total{${scraped},result="read"}`
    await untilStored(
      `sum by (gateway) (${gateways}) > 0`,
      Object.fromEntries(gatewayIds.map((gateway) => [JSON.stringify({ gateway }), expect.any(Number)])),
    )
    expect(Object.values(await at.stored(`tickwatch_probe_tenants{${scraped}}`))).toEqual([3])
  })

  it('says when the newest sample was sent that a query returned', async () => {
    const age = `time() - max by (tenant_id) (tickwatch_probe_read_timestamp_seconds{${scraped}})`
    await untilStored(age, ofTenants(expect.any(Number)))
    for (const seconds of Object.values(await at.stored(age))) expect(seconds).toBeLessThan(60)
  })

  it('does not count for the tenant, at its gateways', async () => {
    for (const gateway of at.gateways) {
      const { body } = await gateway.get('/metrics')
      expect(body.split('\n').filter((line) => line.includes('acme'))).toEqual([])
    }
  })

  it('is stored as the probe’s, so that no tenant can read it as its own', async () => {
    const series = `count by (tenant, probe) (${probeMetric})`
    const stored = await at.stored(series)
    for (const tenant of ['probe:acme', 'probe:globex']) {
      expect(Object.keys(stored)).toContain(JSON.stringify({ probe: 'probe-1', tenant }))
    }
    expect(await at.stored(`count({__name__="${probeMetric}",tenant!~"probe:.+"})`)).toEqual({})
    for (const query of [
      '{__name__=~".+"}',
      probeMetric,
      `${probeMetric}{tenant="probe:acme"}`,
      `${probeMetric}{tenant=~".+"}`,
      `{probe="probe-1"}`,
      `count({tenant!="acme"})`,
      `{__name__=~".+"} or ${probeMetric}{tenant="probe:acme"}`,
    ]) {
      expect(await askAsAcme(query), query).toEqual([])
    }
  })

  it('is in the text format too, for people', async () => {
    const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()
    expect(text).toMatch(/^tickwatch_probe_age_seconds_bucket\{tenant_id="acme",le="8"\} [1-9]/m)
    expect((await fetch(`http://127.0.0.1:${server.port}/ready`)).status).toBe(200)
  })

  it('is written by remote write if it runs in Lambda, where nothing scrapes it', async () => {
    expect(await lambda).toEqual({ rounds: 1 })
    const pushed = 'tenant="tickwatch",job="probe",region=""'
    const ages = `sum by (tenant_id) (histogram_count(tickwatch_probe_age_seconds{${pushed}}))`
    expect(await at.stored(ages)).toEqual(ofTenants(expect.toSatisfy((count: number) => count >= 1)))
    expect(await at.stored(`sum(tickwatch_probe_results_total{${pushed},result!="read"})`)).toEqual({ '{}': 0 })
    expect(Object.keys(await at.stored(`count by (probe) (${probeMetric})`)).toSorted()).toEqual([
      '{"probe":"probe-1"}',
      '{"probe":"probe-2"}',
    ])
    await expect(handler({}, { getRemainingTimeInMillis: () => 20_000 })).rejects.toThrow('too short')
  })

  /** What acme's dashboard gets. */
  async function askAsAcme(query: string): Promise<unknown[]> {
    const { cert, key } = at.certificate('grafana')
    const url = `${at.readersUrl()}/api/v1/query?${new URLSearchParams({ query })}`
    const body = await new Promise<string>((resolve, reject) => {
      const options = { ca: pem(at.caFile()), cert: pem(cert), key: pem(key), agent: false }
      const asked = request(url, options, async (response) =>
        resolve(Buffer.concat(await response.toArray()).toString()),
      )
      asked.once('error', reject).end()
    })
    return (JSON.parse(body) as { data: { result: unknown[] } }).data.result
  }
})
