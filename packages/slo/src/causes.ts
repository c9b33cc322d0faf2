/** Who must act on a bad event. */
export const causes = ['platform', 'tenant', 'aws', 'unknown'] as const
export type Cause = (typeof causes)[number]

/** The cause of each value of a label `reason` or `code` that says it alone. Others are unknown. */
const causeOfValue: ReadonlyMap<string, Cause> = new Map(
  Object.entries({
    // A tenant over its quota, or with a request that can't be stored or answered.
    rate: 'tenant',
    'request-rate': 'tenant',
    'in-flight': 'tenant',
    burst: 'tenant',
    'request-bytes': 'tenant',
    'label-name': 'tenant',
    'label-value': 'tenant',
    'label-reserved': 'tenant',
    'label-count': 'tenant',
    'label-name-bytes': 'tenant',
    'label-value-bytes': 'tenant',
    'label-invalid': 'tenant',
    'histogram-invalid': 'tenant',
    'exemplar-invalid': 'tenant',
    'metadata-invalid': 'tenant',
    'too-new': 'tenant',
    malformed: 'tenant',
    suspended: 'tenant',
    'query-rate': 'tenant',
    'query-concurrent': 'tenant',
    'query-range': 'tenant',
    'query-lookback': 'tenant',
    'query-points': 'tenant',
    'query-samples': 'tenant',
    'query-invalid': 'tenant',
    // The limit, or a gateway that waits for its share of it; a sender that was off, or an outage of ours that it waited out;
    // a large query, or a slow storage.
    'active-series': 'unknown',
    'too-old': 'unknown',
    'query-timeout': 'unknown',
    'not-ready': 'platform',
    'share-missing': 'platform',
    fault: 'platform',
    'query-busy': 'platform',
    // AMP refused it or did not answer.
    upstream: 'aws',
  } satisfies Record<string, Cause>),
)

export const causeOf = (value: string): Cause => causeOfValue.get(value) ?? 'unknown'

/** Bad events by cause. */
export type BadByCause = Readonly<Record<Cause, number>>
export const noCauses: BadByCause = { platform: 0, tenant: 0, aws: 0, unknown: 0 }

export const addCauses = (a: BadByCause, b: BadByCause): BadByCause =>
  b === noCauses ? a : eachCause((cause) => a[cause] + b[cause])
export const subtractCauses = (a: BadByCause, b: BadByCause): BadByCause =>
  b === noCauses ? a : eachCause((cause) => a[cause] - b[cause])

/**
 * All bad events by cause. Those of which the metric did not say it are unknown: they were counted later, or before the rules
 * counted causes. If the metric said it of more, because a later count found fewer, each cause is that much smaller.
 * @returns numbers of which none is negative and whose sum is `bad`, or 0 if that is negative
 */
export function splitBad(bad: number, told: BadByCause): BadByCause {
  const known = eachCause((cause) => Math.max(0, told[cause]))
  const sum = causes.reduce((all, cause) => all + known[cause], 0)
  const all = Math.max(0, bad)
  if (sum <= all) return { ...known, unknown: known.unknown + all - sum }
  return eachCause((cause) => (known[cause] / sum) * all)
}

const eachCause = (count: (cause: Cause) => number): BadByCause => ({
  platform: count('platform'),
  tenant: count('tenant'),
  aws: count('aws'),
  unknown: count('unknown'),
})
