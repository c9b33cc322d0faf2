import type { Outputs } from '../../lib/trpc/client.ts'

export type RefusalCauses = NonNullable<Outputs['refusal']['causes']>
export type RefusalCause = RefusalCauses['causes'][number]

/** What the owner of the sender can do. `snippet` goes under `remote_write` in Prometheus' configuration. */
export type Remedy = { words: string; snippet: string | null }

const { raw } = String
/** A part of a masked name (`#`) matches any id. */
const regexOf = (name: string) => name.replace(/[.*+?^${}()|[\]\\]/g, raw`\$&`).replaceAll('#', '.*')
const named = <T extends { name: string }>(names: readonly T[]) => names.filter(({ name }) => !name.startsWith('('))

const dropMetric = (name: string) =>
  `write_relabel_configs:\n  - source_labels: [__name__]\n    regex: '${regexOf(name)}'\n    action: drop`
const dropLabels = (names: readonly string[]) =>
  `write_relabel_configs:\n  - regex: '${names.map(regexOf).join('|')}'\n    action: labeldrop`

/** From so many values on, a label is called the reason for the number of series. */
const manyValues = 50

/** What helps against one cause of refusals. */
export function remedyOf(cause: Pick<RefusalCause, 'reason' | 'metrics' | 'labels'>): Remedy {
  const metric = named(cause.metrics)[0]?.name
  const labels = named(cause.labels)
  const drop = metric ? dropMetric(metric) : null
  switch (cause.reason) {
    case 'active-series': {
      const most = labels[0]
      if (!most || most.values < manyValues) return { words: dropWords(metric), snippet: drop }
      return {
        words: `The label ${most.name} has the most values. Take it out where the metric is made; to drop only the label on the way would merge series. ${dropWords(metric)}`,
        snippet: drop,
      }
    }
    case 'rate':
    case 'burst':
      return { words: `Scrape less often, or send smaller batches. ${dropWords(metric)}`, snippet: drop }
    case 'label-name':
    case 'label-reserved':
      return {
        words: 'Drop the labels that the schema does not allow, if the series stay different without them.',
        snippet: labels.length > 0 ? dropLabels(labels.map(({ name }) => name)) : null,
      }
    case 'label-value':
      if (!labels.some(({ name }) => name === '__replica__')) return firstSeries
      return {
        words:
          'If the sender is one of a pair, set its label cluster to the tenant’s id, a colon and a digit from 1 to 9, the same in both senders of the pair. If it is not, let it send no __replica__.',
        snippet: null,
      }
    case 'request-rate':
    case 'in-flight':
      return { words: 'Send larger batches, from fewer connections at the same time.', snippet: null }
    case 'request-bytes':
      return { words: 'Send smaller batches.', snippet: null }
    case 'too-old':
      return { words: 'Send samples within an hour: look at the sender’s clock and at its backlog.', snippet: null }
    case 'too-new':
      return {
        words:
          'Send samples at most 10 minutes ahead: look at the sender’s clock, and at timestamps that its targets set.',
        snippet: null,
      }
    case 'suspended':
      return { words: 'Ask the platform team why the tenant is suspended.', snippet: null }
    default:
      return firstSeries
  }
}

const firstSeries: Remedy = {
  words: 'The answer to the writer names what is wrong in its first series.',
  snippet: null,
}

const dropWords = (metric: string | undefined) =>
  metric ? `If nobody needs ${metric}, drop it in the sender:` : 'Send fewer label combinations.'
