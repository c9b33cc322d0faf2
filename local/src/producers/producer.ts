import type { RemoteWriteVersion } from '@tickwatch/remote-write'
import {
  createEncoder,
  newSenderStats,
  Sender,
  type SenderState,
  type SenderStats,
} from '@tickwatch/remote-write/sender'
import { Pool } from 'undici'
import { measureEverySeconds, Region, seriesPerServer } from './fleet.ts'
import { metrics } from './metrics.ts'

export type ProducerOptions = {
  tenant: string
  /**
   * Part of the series' cluster label: two producers of one tenant need different names. The certificate has the
   * identity.
   */
  writer: string
  /** `https://localhost:9443/api/v1/write` */
  url: string
  /** PEM text, as for `node:tls`. */
  ca: string | Buffer
  cert: string | Buffer
  key: string | Buffer
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
  const pool = new Pool(target.origin, {
    connections: regionNames.length,
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    connect: { ca: options.ca, cert: options.cert, key: options.key, timeout: 5_000 },
  })
  const encoder = createEncoder(version, metrics)
  const servers = Math.max(1, Math.round((samplesPerSecond * measureEverySeconds) / seriesPerServer))
  let state: SenderState | null = null
  const onState = (next: SenderState, why: string) => {
    if (next === state) return
    state = next
    options.onState?.(next, why)
  }
  const regions = regionNames.map((name, i) => ({
    region: new Region(
      name,
      `${tenant}-${writer}`,
      Math.floor((servers + regionNames.length - 1 - i) / regionNames.length),
      options.noisyShard === true && i === 0,
    ),
    sender: new Sender({ pool, path: target.pathname, version, ...keeping, stats, onState }),
  }))

  let timer: NodeJS.Timeout | null = null
  let metadataDueMs = 0
  let measuredSecond = 0

  const measure = (nowMs: number) => {
    if (nowMs >= metadataDueMs) {
      metadataDueMs = nowMs + metadataEverySeconds * 1_000
      const metadata = encoder.metadata(nowMs)
      if (metadata) regions[0]?.sender.offer(metadata)
    }
    for (const { region, sender } of regions) {
      const turn = region.turn(nowMs)
      for (let i = 0; i < turn.length; i += serversPerRequest) {
        const servers = turn.slice(i, i + serversPerRequest)
        const batch = encoder.measurements(nowMs, (sink) => {
          for (const server of servers) server.write(sink)
        })
        sender.offer(batch)
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
      await Promise.all(regions.map(({ sender }) => sender.stop()))
      await pool.destroy()
    },
  }
}
