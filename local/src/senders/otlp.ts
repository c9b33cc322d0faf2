/** The points of one round, in OTLP's JSON. Each round has new values, so that a lost or doubled one shows. */
export function otlpRound(n: number, instance: string, startMs: number): string {
  const timeUnixNano = `${startMs + n * 10}000000`
  const startTimeUnixNano = `${startMs}000000`
  const times = { startTimeUnixNano, timeUnixNano }
  const cumulative = 2
  return requestOf(instance, [
    { name: 'game.players', gauge: { dataPoints: [{ timeUnixNano, asDouble: n + 0.5 }] } },
    {
      name: 'game.ticks',
      sum: {
        aggregationTemporality: cumulative,
        isMonotonic: true,
        dataPoints: shards.map((shard) => ({ ...times, asInt: `${n}`, attributes: [attribute('shard.id', shard)] })),
      },
    },
    {
      name: 'game.frame',
      unit: 's',
      exponentialHistogram: {
        aggregationTemporality: cumulative,
        dataPoints: [
          { ...times, count: `${3 * n}`, sum: n, scale: 0, positive: { bucketCounts: [`${n}`, `${2 * n}`] } },
        ],
      },
    },
  ])
}

/** So many points of one metric, each of a series of its own. As remote write they take about 200 bytes each. */
export function largeOtlp(points: number, instance: string): string {
  const timeUnixNano = `${Date.now()}000000`
  const dataPoints = Array.from({ length: points }, (_, shard) => ({
    timeUnixNano,
    asDouble: shard,
    attributes: [attribute('shard.id', `s${shard}`)],
  }))
  return requestOf(instance, [{ name: 'game.load', gauge: { dataPoints } }])
}

function requestOf(instance: string, metrics: readonly object[]): string {
  const attributes = [
    attribute('service.name', 'game-server'),
    attribute('service.instance.id', instance),
    attribute('host.name', 'not-a-label'),
  ]
  const scope = { name: otlpScope.name, version: otlpScope.version }
  return JSON.stringify({ resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope, metrics }] }] })
}

/** So many that a sender of rounds is soon over its limit. */
const shards = Array.from({ length: 20 }, (_, shard) => `s${shard}`)
const otlpScope = { name: 'github.com/studio/game', version: '1.4.0' }
const scopeLabels = `otel_scope_name="${otlpScope.name}",otel_scope_version="${otlpScope.version}"`

/** The series of these rounds, and the values of each. */
export function otlpSeries(rounds: number): Record<string, string[]> {
  const all = (value: (n: number) => number) => Array.from({ length: rounds }, (_, i) => String(value(i + 1)))
  return {
    [`game_players{${scopeLabels}}`]: all((n) => n + 0.5),
    ...Object.fromEntries(
      shards.map((shard) => [`game_ticks_total{${scopeLabels},shard_id="${shard}"}`, all((n) => n)]),
    ),
    [`game_frame_seconds{${scopeLabels}}`]: all((n) => 3 * n),
  }
}

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })
