import type { RemoteWriteVersion } from '@tickwatch/remote-write'
import {
  createEncoder,
  newSenderStats,
  Sender,
  type SenderState,
  type SenderStats,
} from '@tickwatch/remote-write/sender'
import { Pool } from 'undici'
import { measureEverySeconds, Region, seriesPerServer, turnOf } from './fleet.ts'
import { metrics } from './metrics.ts'

/** A client certificate and its key, PEM text as for `node:tls`. */
type Pem = { cert: string | Buffer; key: string | Buffer }

export type ProducerOptions = Pem & {
  tenant: string
  /**
   * Part of the series' cluster label: two producers of one tenant need different names. The certificate has the
   * identity.
   */
  writer: string
  /** `https://localhost:9443/api/v1/write` */
  url: string
  /** PEM text too. */
  ca: string | Buffer
  /**
   * The hosts of a region, each with a certificate of its own: at most five, because servers that take the same turn are on
   * one host. Without it all servers present the certificate above.
   */
  hostsOf?: (region: string) => readonly Pem[]
  samplesPerSecond: number
  regions?: readonly string[]
  version?: RemoteWriteVersion
  noisyShard?: boolean
  /** Called when the state changes, with the newest answer as the reason. */
  onState?(state: SenderState, why: string): void
}

export type Producer = {
  readonly stats: Readonly<SenderStats>
  /** The number of simulated servers. */
  readonly servers: number
  start(): void
  /** Resolves when no request is in flight any more. */
  stop(): Promise<void>
}

/** Prometheus's default. */
const metadataEverySeconds = 60
/** The most servers in one request, because a real sender also limits the samples per request. */
const serversPerRequest = 20
/** A host writes once in each round of turns, and undici closes a connection that is idle for 4 s unless it is told otherwise. */
const keepAliveMs = 3 * measureEverySeconds * 1_000
/** A game server keeps little: it needs the space for new samples, which are worth more than old ones. */
const keeping = { userAgent: 'tickwatch-producer', queueMax: 30, batchAgeMaxSeconds: 15 }

/**
 * Simulates game servers of one tenant that write to an ingest URL. They take turns every 5 s, so that the rate is
 * even.
 */
export function createProducer(options: ProducerOptions): Producer {
  const { tenant, writer, url, samplesPerSecond, version = 1 } = options
  const regionNames = options.regions ?? ['eu-central-1']
  const target = new URL(url)
  const stats = newSenderStats()
  const encoder = createEncoder(version, metrics)
  const servers = Math.max(1, Math.round((samplesPerSecond * measureEverySeconds) / seriesPerServer))
  let state: SenderState | null = null
  const onState = (next: SenderState, why: string) => {
    if (next === state) return
    state = next
    options.onState?.(next, why)
  }
  const connected = ({ cert, key }: Pem) => {
    const pool = new Pool(target.origin, {
      connections: 1,
      headersTimeout: 10_000,
      bodyTimeout: 10_000,
      keepAliveTimeout: keepAliveMs,
      connect: { ca: options.ca, cert, key, timeout: 5_000 },
    })
    return { pool, sender: new Sender({ pool, path: target.pathname, version, ...keeping, stats, onState }) }
  }
  const hostsOf = options.hostsOf ?? (() => [options])
  const regions = regionNames.map((name, i) => ({
    region: new Region(
      name,
      `${tenant}-${writer}`,
      Math.floor((servers + regionNames.length - 1 - i) / regionNames.length),
      options.noisyShard === true && i === 0,
    ),
    hosts: hostsOf(name).map(connected),
  }))

  let timer: NodeJS.Timeout | null = null
  let metadataDueMs = 0
  let measuredSecond = 0

  const measure = (nowMs: number) => {
    if (nowMs >= metadataDueMs) {
      metadataDueMs = nowMs + metadataEverySeconds * 1_000
      const metadata = encoder.metadata(nowMs)
      if (metadata) regions[0]?.hosts[0]?.sender.offer(metadata)
    }
    for (const { region, hosts } of regions) {
      const host = hosts[turnOf(nowMs) % hosts.length]
      const turn = region.turn(nowMs)
      for (let i = 0; i < turn.length; i += serversPerRequest) {
        const servers = turn.slice(i, i + serversPerRequest)
        const batch = encoder.measurements(nowMs, (sink) => {
          for (const server of servers) server.write(sink)
        })
        host?.sender.offer(batch)
      }
    }
  }
  const tick = () => {
    const second = Math.floor(Date.now() / 1_000)
    // Measure each second once: a timer may fire a little early, or seconds late. Catch up at most five seconds,
    // because in these every server has its turn.
    for (measuredSecond = Math.max(measuredSecond, second - measureEverySeconds); measuredSecond < second; ) {
      measuredSecond++
      measure(measuredSecond * 1_000)
    }
    timer = setTimeout(tick, 1_000 - (Date.now() % 1_000))
  }

  return {
    stats,
    servers,
    start: () => {
      if (timer !== null) return
      measuredSecond = Math.floor(Date.now() / 1_000) - 1
      tick()
    },
    stop: async () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      const hosts = regions.flatMap((region) => region.hosts)
      await Promise.all(hosts.map(({ sender }) => sender.stop()))
      await Promise.all(hosts.map(({ pool }) => pool.destroy()))
    },
  }
}
