import { createServer } from 'node:http'

/** What a sender scrapes. Each scrape has a new value for every series, so that a lost or doubled sample shows. */
export type Target = {
  /** `host:port` */
  address: string
  /** How many scrapes were answered. */
  scrapes(): number
  stop(): Promise<void>
}

const shards = 20

/** The series of each scrape, and the value of each at scrape `n`. */
export const textSeries: Readonly<Record<string, (n: number) => number>> = {
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
/** One of its labels is empty, and one is not allowed but dropped by the documented configuration. */
const text = (n: number) =>
  typesOf +
  Object.entries(textSeries)
    .sort(([a], [b]) => (family(a) < family(b) ? -1 : 1))
    .map(([series, value]) => {
      const [name, labels = '}'] = series.split('{')
      return `${name}{queue="",pod="p",${labels} ${value(n)}\n`
    })
    .join('')
const family = (series: string) => series.replace(/(_bucket|_sum|_count)?(\{.*)?$/, '')

/** A target with the text format. */
export const startTarget = () => serve('text/plain; version=0.0.4', text)

/** A target with one native histogram, `game_frame_seconds`, in the protobuf format, the only one that has them. */
export const startNativeTarget = () =>
  serve('application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited', native)

async function serve(type: string, body: (n: number) => string | Uint8Array): Promise<Target> {
  let scrapes = 0
  const server = createServer((_request, response) => {
    scrapes++
    response.writeHead(200, { 'content-type': type }).end(body(scrapes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return {
    address: `127.0.0.1:${address.port}`,
    scrapes: () => scrapes,
    stop: () =>
      new Promise((resolve) => {
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
