import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Limits, peerSpiffeId } from '@tickwatch/policy'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { TestGateway } from '../../../apps/gateway/src/testing/testGateway.ts'
import { samplesOf, series } from '../../../apps/gateway/src/testing/writes.ts'
import { useAmp } from '../parts/amp/ampTestServer.ts'
import { writeEndpoints } from '../parts/envoy/endpoints.ts'
import { startEnvoy } from '../parts/envoy/envoy.ts'
import { openCertificateAuthority } from '../parts/pki.ts'
import { freePort } from '../process/ports.ts'
import { type Running, startProcess } from '../process/processes.ts'
import { until } from '../process/until.ts'
import { defaultSender } from './defaults.ts'
import { documentedSender, type How, type Places } from './documented.ts'
import type { Target } from './target.ts'

const tenantId = 'acme'

/** Another writer can use this up on a slow machine, and a refused sender need not wait for long. */
const scarce = { 'ingest.samplesPerSecond': 600, 'ingest.burstSamples': 2_000 }

const outageMs = 4_000

type Result = {
  metric: Record<string, string>
  value?: [number, string]
  values?: [number, string][]
  histograms?: [number, { count: string }][]
}

/**
 * A sender before Envoy, one gateway, AMP's stand-in and its Prometheus, for the tests of one file.
 * @param limits of the tenant. By default they are so low that `refuseSender` can use them up.
 */
export function useSenders(limits: Limits = scarce) {
  const amp = useAmp()
  let at: TestGateway
  let envoy: Awaited<ReturnType<typeof startEnvoy>>
  let certificates: Pick<Places, 'caFile' | 'certFile' | 'keyFile'>
  const senders: Running[] = []
  const startGateway = () => at.startWith([{ id: tenantId, limits }])

  beforeAll(async () => {
    at = await TestGateway.create(openCertificateAuthority)
    const ca = await openCertificateAuthority(join(at.dir, 'edge'))
    const uri = peerSpiffeId('tickwatch.local', tenantId, 'writer', 'agent')
    const writer = await ca.issue({ path: 'writer', usage: 'client', uri })
    certificates = { caFile: ca.certFile, certFile: writer.cert, keyFile: writer.key }
    at.settings.httpPort = await freePort()
    writeEndpoints(at.dir, [{ id: 'gateway-1', socket: at.settings.socket, httpPort: at.settings.httpPort }])
    envoy = await startEnvoy({
      dir: at.dir,
      caFile: ca.certFile,
      certificate: await ca.issue({ path: 'server', usage: 'server', dnsNames: ['localhost'] }),
    })
  })
  // After `useAmp` has set the environment with AMP's credentials.
  beforeEach(async () => {
    at.settings = { ...at.settings, ampEndpoint: amp.endpoint() }
    await startGateway()
    return async () => {
      for (const sender of senders.splice(0)) await sender.stop()
      await at.stop()
    }
  })
  afterAll(async () => {
    await envoy?.stop()
    await at?.remove()
  })

  /** What is stored of the last 10 min, with what the sender adds removed from the labels. */
  async function stored(selector: string): Promise<Record<string, string[]>> {
    const added = ['__name__', 'job', 'instance', 'region', 'cluster', 'tenant']
    const results = await query(`{${selector},tenant="${tenantId}",region="eu-central-1",cluster="acme-1"}[10m]`)
    return Object.fromEntries(
      results.map(({ metric, values = [], histograms = [] }) => {
        const own = Object.entries(metric).filter(([name]) => !added.includes(name))
        const labels = own.map(([name, value]) => `${name}="${value}"`).join()
        const points = [...values, ...histograms.map(([time, { count }]): [number, string] => [time, count])]
        return [`${metric.__name__}${labels ? `{${labels}}` : ''}`, points.map(([, value]) => value)]
      }),
    )
  }
  async function query(promql: string): Promise<Result[]> {
    const response = await fetch(`${amp.prometheusUrl()}/api/v1/query?${new URLSearchParams({ query: promql })}`)
    return ((await response.json()) as { data: { result: Result[] } }).data.result
  }

  const seriesOf = (instance: string) => `instance="${instance}",__name__=~"game_.*"`

  /**
   * Waits until the series of this instance whose names begin with `game_` have exactly these values.
   * @param expected from the values that are stored
   */
  async function expectStored(
    instance: string,
    expected: (all: Record<string, string[]>) => Promise<Record<string, string[]>> | Record<string, string[]>,
  ) {
    const isStored = async () => {
      const all = await stored(seriesOf(instance))
      expect(all).toEqual(await expected(all))
      return true
    }
    // After the time is up, the assertion shows what differs.
    await until('everything stored', isStored, { seconds: 30, everyMs: 200 }).catch(() => {})
    await isStored()
  }

  /**
   * Waits until each scrape that the target answered is stored, except those that failed at the sender: on a busy machine an
   * answer may come too late. For each of these the sender stores that the target is not up.
   */
  const expectScraped = ({ address, scrapes, series, stoppedAtMs }: Target) =>
    expectStored(address, async (all) => {
      const [up] = await query(`up{instance="${address}",tenant="${tenantId}"}[10m]`)
      const isFailed = ([seconds, value]: [number, string]) => value === '0' && seconds * 1_000 < stoppedAtMs()
      const failed = up?.values?.filter(isFailed).length ?? 0
      const answered = Array.from({ length: scrapes() }, (_, i) => i + 1)
      const [first = ''] = Object.keys(series)
      const kept = answered.filter((n) => all[first]?.includes(String(series[first]?.(n))))
      const owed = answered.length - kept.length > failed ? answered : kept
      return Object.fromEntries(Object.entries(series).map(([each, of]) => [each, owed.map((n) => String(of(n)))]))
    })

  /** Waits until they end. The newest sample is seconds old: without a stale marker a query would return it for 5 min. */
  const expectStale = (instance: string) =>
    until('stale markers stored', async () => (await query(`{${seriesOf(instance)}}`)).length === 0, { everyMs: 200 })

  return {
    /** @param targets what it scrapes @param receiver where it receives */
    configured: (how: How, sender: string, { targets, receiver }: { targets?: readonly Target[]; receiver?: string }) =>
      (how === 'as documented' ? documentedSender : defaultSender)(sender, {
        ...certificates,
        writeUrl: `${envoy.url}/api/v1/write`,
        ...(targets ? { targets: targets.map(({ address }) => address) } : {}),
        ...(receiver ? { receiver } : {}),
      }),
    /** Starts a sender with this configuration in a file of its own. It is stopped after the test. */
    async start(name: string, config: string, command: string, args: (configFile: string, dir: string) => string[]) {
      const dir = join(at.dir, name)
      mkdirSync(dir, { recursive: true })
      const file = join(dir, 'config.yml')
      writeFileSync(file, config)
      const logFile = join(dir, `${name}.log`)
      const ready = async () => true
      senders.push(await startProcess({ name, command, args: args(file, dir), cwd: dir, logFile, ready }))
    },
    /**
     * Another writer of the tenant uses up its limit, until the gateway has refused the sender too.
     * @param status that the sender gets. The other writer gets the other one, so that they can be told apart.
     */
    async refuseSender(status: 429 | 529) {
      const agent: Record<string, string> = status === 429 ? { 'user-agent': 'Prometheus/' } : {}
      let isRefused = false
      const useUp = async () => {
        for (let samples = scarce['ingest.burstSamples']; !isRefused; ) {
          const { headers } = await at.write(samplesOf(series(samples, 'rival')), agent)
          samples = Number(/^"samples";r=(\d+)/.exec(headers.ratelimit ?? '')?.[1]) || 1
        }
      }
      const line = new RegExp(
        `^tickwatch_ingest_requests_total\\{tenant_id="${tenantId}",code="${status}",.* [^0]`,
        'm',
      )
      const hasRefused = async () => line.test((await at.get('/metrics')).body)
      const refused = until(`a ${status} for the sender`, hasRefused).finally(() => {
        isRefused = true
      })
      await Promise.all([useUp(), refused])
    },
    /** Stops the gateway for some seconds, in which Envoy answers the sender with 503, and starts it again. */
    async restartGateway() {
      const refused = async () => {
        const stats = await (await fetch(`${envoy.adminUrl}/stats?filter=http.writers.downstream_rq_5xx`)).text()
        return Number(/: (\d+)/.exec(stats)?.[1])
      }
      const before = await refused()
      await at.stop()
      const stoppedMs = Date.now()
      const isLong = async () => Date.now() - stoppedMs > outageMs && (await refused()) > before
      await until('a 503 for the sender', isLong, { everyMs: 200 })
      await startGateway()
    },
    expectStored,
    expectScraped,
    expectStale,
    /** Waits until exactly so many samples are stored of this instance's series whose names begin with `game_`. */
    async expectCount(instance: string, samples: number) {
      const count = async () => {
        const [all] = await query(`sum(count_over_time({${seriesOf(instance)}}[10m]))`)
        return Number(all?.value?.[1])
      }
      await until('everything stored', async () => (await count()) === samples, { everyMs: 500 }).catch(() => {})
      expect(await count()).toBe(samples)
    },
    /** How many samples a request that was stored had on average. */
    async samplesPerRequest(): Promise<number> {
      const samples = await at.metric(`tickwatch_ingest_samples_total{tenant_id="${tenantId}"}`)
      const requests = await at.metric(`tickwatch_ingest_requests_total{tenant_id="${tenantId}",code="204"}`)
      return Number(samples) / Number(requests)
    },
    /** What the gateway counts as lost, such as `tickwatch_ingest_lost_samples_total{…,reason="label-name"} 3`. */
    async lost(): Promise<string[]> {
      // A counter is 0 in the first exposition that has it.
      await at.get('/metrics')
      const { body } = await at.get('/metrics')
      return body.split('\n').filter((line) => /^tickwatch_ingest_lost_samples_total\{.* [^0]/.test(line))
    },
  }
}
export type Senders = ReturnType<typeof useSenders>
