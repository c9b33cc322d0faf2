import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const file = join(root, 'docs/metrics.md')

/** As prom-client has it, and as the files of other processes write it. Without `le`, which every histogram has. */
type Metric = {
  name: string
  help: string
  type: string
  labelNames: readonly string[]
  /** Of a histogram. */
  upperBounds?: readonly number[]
}
/** A process, and what it exports. */
type Exported = { by: string; metrics: readonly Metric[] }

/**
 * What every process exports. A room takes part if a file of it whose name ends with `metrics.ts` exports a function
 * `exportedMetrics`, which gives its process a name and lists its metrics.
 */
async function everyProcess(): Promise<Exported[]> {
  const files = ['apps/*', 'agents/*', 'local'].flatMap((room) => globSync(`${room}/src/**/*etrics.ts`, { cwd: root }))
  const own = files
    .sort()
    .filter((path) => /^export .*\bexportedMetrics\b/m.test(readFileSync(join(root, path), 'utf8')))
  return Promise.all(
    own.map(async (path) => {
      const { exportedMetrics } = (await import(join(root, path))) as { exportedMetrics: () => Exported }
      return exportedMetrics()
    }),
  )
}

const units: Readonly<Record<string, string>> = { seconds: 's', timestamp_seconds: 'Unix time in s', bytes: 'bytes' }

function unitOf({ name, upperBounds }: Metric): string {
  const [, end = ''] =
    /_(timestamp_seconds|seconds|bytes|ratio|version|samples|requests|series)(?:_total)?$/.exec(name) ?? []
  const unit = units[end] ?? (end === '' ? 'count' : end)
  return upperBounds === undefined ? unit : `${unit}; bounds ${upperBounds.join(' ')}`
}

const row = (metric: Metric, by: readonly string[]) =>
  `| \`${metric.name}\` | ${metric.type} | ${unitOf(metric)} | ${metric.labelNames.map((label) => `\`${label}\``).join(', ')} | ${by.join(', ')} | ${metric.help.replaceAll('|', '\\|')} |`

function rowsOf(processes: readonly Exported[], isShown: (name: string) => boolean): string {
  const rows = new Map<string, { metric: Metric; by: string[] }>()
  for (const { by, metrics } of processes) {
    for (const metric of metrics.filter(({ name }) => isShown(name))) {
      const key = `${metric.name}\n${metric.help}`
      rows.set(key, { metric, by: [...(rows.get(key)?.by ?? []), by] })
    }
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    '| metric | type | unit | labels | exported by | meaning |',
    '| --- | --- | --- | --- | --- | --- |',
    ...sorted.map(([, { metric, by }]) => row(metric, by)),
  ].join('\n')
}

/** The text of docs/metrics.md. */
export async function metricsPage(): Promise<string> {
  const processes = await everyProcess()
  const isOwn = (name: string) => name.startsWith('tickwatch_')
  return `# Metrics

Every metric that the platform exports. The page is generated from the code by \`node scripts/metricsPage.ts\`; tests fail if it
is not up to date, and if a process exports a metric or a label that is not in it.

The platform's Prometheus agent scrapes the processes every 5 s and writes the metrics through Envoy as the tenant \`tickwatch\`,
so query them as that tenant. In AWS the agent of each instance writes them to AMP itself, with the
same labels. The agent adds \`job\`, \`instance\`, \`region\`, \`az\` and \`cluster\`, and in AWS \`tenant\` too, which the gateway adds here. A label without a value is not there. A counter counts since its process started, and a histogram also has
\`_count\`, \`_bucket\` with the label \`le\`, and \`_sum\`.

How many days the next certificate lasts, by what it is for:

\`\`\`promql
sort((min by (job, resource) (tickwatch_certificate_expiry_timestamp_seconds) - time()) / 86400)
\`\`\`

## Of Tickwatch

${rowsOf(processes, isOwn)}

## Of the runtime and the agent

${rowsOf(processes, (name) => !isOwn(name))}
`
}

if (import.meta.main) {
  writeFileSync(file, await metricsPage())
  // What the metrics of a process watch would keep this one alive.
  process.exit()
}
