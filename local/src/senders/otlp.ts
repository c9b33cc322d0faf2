/** The points of one round, in OTLP's JSON. Each round has new values, so that a lost or doubled one shows. */
export function otlpRound(n: number, instance: string, startMs: number): string {
  const timeUnixNano = `${startMs + n * 100}000000`
  const startTimeUnixNano = `${startMs}000000`
  const times = { startTimeUnixNano, timeUnixNano }
  const cumulative = 2
  return JSON.stringify({
    resourceMetrics: [
      {
        resource: {
          attributes: [
            attribute('service.name', 'game-server'),
            attribute('service.instance.id', instance),
            attribute('host.name', 'not-a-label'),
          ],
        },
        scopeMetrics: [
          {
            scope: { name: otlpScope.name, version: otlpScope.version },
            metrics: [
              { name: 'game.players', gauge: { dataPoints: [{ timeUnixNano, asDouble: n + 0.5 }] } },
              {
                name: 'game.ticks',
                sum: {
                  aggregationTemporality: cumulative,
                  isMonotonic: true,
                  dataPoints: [{ ...times, asInt: `${n}`, attributes: [attribute('shard.id', 's0')] }],
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
            ],
          },
        ],
      },
    ],
  })
}

const otlpScope = { name: 'github.com/studio/game', version: '1.4.0' }
const scopeLabels = `otel_scope_name="${otlpScope.name}",otel_scope_version="${otlpScope.version}"`

/** The series of these rounds, and the values of each. */
export function otlpSeries(rounds: number): Record<string, string[]> {
  const all = (value: (n: number) => number) => Array.from({ length: rounds }, (_, i) => String(value(i + 1)))
  return {
    [`game_players{${scopeLabels}}`]: all((n) => n + 0.5),
    [`game_ticks_total{${scopeLabels},shard_id="s0"}`]: all((n) => n),
    [`game_frame_seconds{${scopeLabels}}`]: all((n) => 3 * n),
  }
}

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })
