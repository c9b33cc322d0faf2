import { createServer } from 'node:http'
import type { How } from './documented.ts'

/** What a sender scrapes. Each scrape has a new value for every series, so that a lost or doubled sample shows. */
export type Target = {
  /** `host:port` */
  address: string
  /** How many scrapes were answered. */
  scrapes(): number
  /** The value of each of its series at scrape `n`. Those of the first series tell the scrapes apart. */
  series: Readonly<Record<string, (n: number) => number>>
  stop(): Promise<void>
  /** In Unix milliseconds. */
  stoppedAtMs(): number
}

const shards = 20

const textSeries: Target['series'] = {
  game_scrapes: (n) => n,
  ...Object.fromEntries(
    Array.from({ length: shards }, (_, shard) => [
      `game_players{shard_id="s${shard}"}`,
      (n: number) => n + shard / 100,
    ]),
  ),
  'game_ticks_total{shard_id="s0"}': (n) => 100 * n,
  'game_tick_seconds_bucket{le="0.1"}': (n) => n,
  'game_tick_seconds_bucket{le="1.0"}': (n) => 2 * n,
  'game_tick_seconds_bucket{le="+Inf"}': (n) => 3 * n,
  game_tick_seconds_sum: (n) => n / 2,
  game_tick_seconds_count: (n) => 3 * n,
}

const typesOf = `# TYPE game_scrapes gauge
# TYPE game_players gauge
# TYPE game_ticks_total counter
# TYPE game_tick_seconds histogram
`
/** @param more labels of each series, with a comma after each */
const text = (n: number, series: Target['series'], more: string) =>
  typesOf +
  Object.entries(series)
    .sort(([a], [b]) => (family(a) < family(b) ? -1 : 1))
    .map(([each, value]) => {
      const [name, labels = '}'] = each.split('{')
      return `${name}{${more}${labels} ${value(n)}\n`
    })
    .join('')
const family = (series: string) => series.replace(/(_bucket|_sum|_count)?(\{.*)?$/, '')

/**
 * A target with the text format. One of its labels is empty. If the sender is configured as documented, it also has what that
 * configuration takes care of: a label that is not allowed, and a name with a dot, which client libraries escape unless
 * the sender allows UTF-8.
 */
export const startTarget = (how: How) =>
  how === 'as documented'
    ? serve(textType, { ...textSeries, game_latency: (n) => 7 * n }, (n, series, accept) => {
        const lines = text(n, series, 'queue="",pod="p",')
        return accept.includes('escaping=allow-utf-8') ? lines.replace('game_latency{', '{"game.latency",') : lines
      })
    : serve(textType, textSeries, (n, series) => text(n, series, 'queue="",'))

/** A target with this many series, in the text format. */
export function startLargeTarget(count: number): Promise<Target> {
  const loads = Array.from({ length: count - 1 }, (_, shard) => [`game_load{shard_id="s${shard}"}`, (n: number) => n])
  return serve(textType, { game_scrapes: (n) => n, ...Object.fromEntries(loads) }, (n, series) =>
    Object.keys(series)
      .map((each) => `${each} ${n}\n`)
      .join(''),
  )
}

const textType = 'text/plain; version=0.0.4'

/** A target with one native histogram, `game_frame_seconds`, in the protobuf format, the only one that has them. */
export const startNativeTarget = () =>
  serve(
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
    { game_frame_seconds: (n) => 3 * n },
    native,
  )

async function serve(
  type: string,
  series: Target['series'],
  body: (n: number, series: Target['series'], accept: string) => string | Uint8Array,
): Promise<Target> {
  let scrapes = 0
  let stoppedAtMs = Number.POSITIVE_INFINITY
  const server = createServer((request, response) => {
    scrapes++
    response.writeHead(200, { 'content-type': type }).end(body(scrapes, series, request.headers.accept ?? ''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return {
    address: `127.0.0.1:${address.port}`,
    scrapes: () => scrapes,
    series,
    stoppedAtMs: () => stoppedAtMs,
    stop: () =>
      new Promise((resolve) => {
        stoppedAtMs = Date.now()
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

/** https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto */
function native(n: number): Uint8Array {
  const histogram = [
    ...field(1, varint(3 * n)), // sample_count
    ...field(2, double(n / 2)), // sample_sum
    ...field(5, varint(0)), // schema
    ...field(6, double(1e-9)), // zero_threshold
    ...field(7, varint(0)), // zero_count
    ...field(12, bytes([...field(1, varint(0)), ...field(2, varint(2))])), // positive_span: offset, length
    ...field(13, varint(2 * n)), // positive_delta n, zigzag
    ...field(13, varint(2 * n)), // positive_delta n more
  ]
  const metricFamily = [
    ...field(1, bytes([...Buffer.from('game_frame_seconds')])),
    ...field(3, varint(4)), // HISTOGRAM
    ...field(4, bytes(field(7, bytes(histogram)))),
  ]
  return Uint8Array.from(bytes(metricFamily).value)
}

type Encoded = { wire: 0 | 1 | 2; value: number[] }
const field = (number: number, { wire, value }: Encoded) => [...varint((number << 3) | wire).value, ...value]
function varint(value: number): Encoded {
  const all: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) all.push((rest % 128) | 128)
  return { wire: 0, value: [...all, rest] }
}
function double(value: number): Encoded {
  const buffer = Buffer.alloc(8)
  buffer.writeDoubleLE(value)
  return { wire: 1, value: [...buffer] }
}
const bytes = (value: number[]): Encoded => ({ wire: 2, value: [...varint(value.length).value, ...value] })
