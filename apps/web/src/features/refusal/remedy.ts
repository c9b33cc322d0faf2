import type { QueryRefusalReason, RefusalReason } from '@tickwatch/policy'
import type { Outputs } from '../../lib/trpc/client.ts'

export type RefusalCauses = NonNullable<Outputs['refusal']['causes']>
export type RefusalCause = RefusalCauses['causes'][number]
export type QueryRefusalCause = RefusalCauses['queries'][number]

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

type Cause = Pick<RefusalCause, 'metrics' | 'labels'>

/** What helps against each reason. None may be missing: what helps against one does not help against another. */
const remedies: Record<RefusalReason, string | ((cause: Cause) => Remedy)> = {
  'active-series': ({ metrics, labels }) => {
    const most = named(labels)[0]
    if (!most || most.values < manyValues) return orDrop('', metrics)
    return orDrop(
      `The label ${most.name} has the most values. Take it out where the metric is made; to drop only the label on the way would merge series. `,
      metrics,
    )
  },
  rate: ({ metrics }) => orDrop('Scrape less often, or raise the samples per second. ', metrics),
  burst: ({ metrics }) => orDrop('Send smaller batches, or raise the burst. ', metrics),
  'label-name': dropped,
  'label-reserved': dropped,
  'label-value': ({ labels }) => ({
    words: labels.some(({ name }) => name === '__replica__')
      ? 'If the sender is one of a pair, set its label cluster to the tenant’s id, a colon and a digit from 1 to 9, the same in both senders of the pair. If it is not, let it send no __replica__.'
      : 'The answer to the writer names the label of its first series, and which values it may have.',
    snippet: null,
  }),
  'label-count': 'Send fewer labels with each series, or raise the labels per series.',
  'label-name-bytes': 'Shorten the label name where the metric is made, or raise the label name size.',
  'label-value-bytes': 'Shorten the label value where the metric is made, or raise the label value size.',
  'label-invalid':
    'Each series needs a metric name, each label only once, and texts in UTF-8. If names have other characters than letters, digits and _, let the sender escape them: in Prometheus 3 set metric_name_escaping_scheme: underscores, in the OpenTelemetry Collector translation_strategy: UnderscoreEscapingWithSuffixes.',
  'histogram-invalid':
    'Fix the program that makes the native histogram: the answer to the writer says how its first one contradicts itself. If it has too many custom buckets, use fewer.',
  'exemplar-invalid':
    'Fix the program that sets the exemplar: it has a label that is not UTF-8 or that the request does not contain. No sample is refused because of it.',
  'metadata-invalid':
    'Fix the program that describes the metric: its description or unit is not UTF-8, or the request does not contain it. No sample is refused because of it.',
  'request-rate': 'Send larger batches, from fewer connections at the same time, or raise the requests per second.',
  'in-flight':
    'Send fewer requests at the same time, and fewer bytes for each sample: fewer or shorter labels. The answer to the writer says which of the two was too much. The sender sends the request again.',
  'request-bytes': 'Send smaller batches, or raise the request size.',
  'too-old': 'Send samples within an hour: look at the sender’s clock and at its backlog.',
  'too-new':
    'Send samples at most 10 minutes ahead: look at the sender’s clock, and at timestamps that its targets set.',
  upstream:
    'The storage did not accept the samples. If it was busy or away (429, 529 or 503), senders send them again and need not change. If it refused them for good (400), its own words are in the answer to the writer: often a second value for one time, or an older sample after a newer one.',
  malformed:
    'What arrives is not remote write of the version that its content type names. Configure the sender as a Prometheus remote-write client.',
  suspended: 'Ask the platform team why the tenant is suspended.',
}

/** What helps against one cause of refusals. */
export function remedyOf({ reason, ...cause }: Cause & { reason: string }): Remedy {
  const found = Object.entries(remedies).find(([known]) => known === reason)?.[1]
  if (typeof found === 'function') return found(cause)
  // The reason of a later version of the gateway.
  return { words: found ?? 'The answer to the writer names what is wrong.', snippet: null }
}

export const queryRemedies: Record<QueryRefusalReason, string> = {
  'query-rate': 'Refresh dashboards less often, or raise the queries per minute.',
  'query-concurrent': 'Show fewer panels at the same time, or raise the concurrent queries.',
  'query-busy': 'The storage runs as many queries as it can. Send fewer at the same time, or try again later.',
  'query-range': 'Query a shorter range or window, or raise the query range.',
  'query-lookback': 'Query newer data, or raise the query lookback.',
  'query-points': 'Query a longer step or a shorter range, or raise the points per series.',
  'query-samples': 'Query fewer series or a shorter range, or raise the samples per query.',
  'query-timeout': 'Query fewer series or a shorter range, or raise the query timeout.',
  'query-invalid': 'Fix the query: the answer to the reader says what is wrong with it.',
  suspended: 'Ask the platform team why the tenant is suspended.',
  upstream: 'The storage refused the query or was away. Its own words, if any, are in the answer to the reader.',
}

function dropped({ labels }: Cause): Remedy {
  const names = named(labels).map(({ name }) => name)
  return {
    words: 'Drop the labels that the schema does not allow, if the series stay different without them.',
    snippet: names.length > 0 ? dropLabels(names) : null,
  }
}

/** @param words what helps otherwise */
function orDrop(words: string, metrics: Cause['metrics']): Remedy {
  const metric = named(metrics)[0]?.name
  if (metric === undefined) return { words: `${words}Send fewer label combinations.`, snippet: null }
  return { words: `${words}If nobody needs ${metric}, drop it in the sender:`, snippet: dropMetric(metric) }
}
