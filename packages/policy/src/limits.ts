/** The limits, each in the unit that ends its name. `default` applies if neither tenant nor platform sets a value. */
export const limitDefinitions = {
  'ingest.samplesPerSecond': {
    title: 'Samples per second',
    unit: 'samples/s',
    default: 10_000,
    min: 1,
    max: 1_600_000,
    help: 'Samples and histograms accepted each second, over all gateways together. Above it a request gets 429 or 529 with a Retry-After.',
  },
  'ingest.burstSamples': {
    title: 'Burst',
    unit: 'samples',
    // The Collector's largest request by default, 3 MB, if a sample takes 60 bytes with its labels.
    default: 50_000,
    min: 1,
    max: 16_000_000,
    help: 'Samples that may arrive at once after a quiet period. A request with more is refused for good: its samples, histograms, exemplars and metadata count. By default senders put up to 10,000 into one request, the OpenTelemetry Collector up to about 50,000.',
  },
  'ingest.requestsPerSecond': {
    title: 'Requests per second',
    unit: 'requests/s',
    default: 100,
    min: 1,
    max: 20_000,
    help: 'Write requests accepted each second, over all gateways together. After a quiet second twice as many may come at once.',
  },
  'ingest.requestBytesMax': {
    title: 'Request size',
    unit: 'bytes',
    // vmagent's largest request by default. Prometheus and the Collector send smaller ones.
    default: 8_388_608,
    min: 16_384,
    max: 16_777_216,
    help: 'Largest write request, compressed or decompressed. A larger one is refused for good.',
  },
  'series.activeMax': {
    title: 'Active series',
    unit: 'series',
    default: 100_000,
    min: 1,
    max: 50_000_000,
    help: 'Distinct series that received a sample within the idle timeout. Above the limit new series are refused, and known ones are still accepted. A series that moves to another gateway appears at both until the first one forgets it, but counts once.',
  },
  'series.idleTimeoutSeconds': {
    title: 'Series idle timeout',
    unit: 's',
    default: 600,
    min: 60,
    max: 3_600,
    help: 'How long a series counts as active after its last sample.',
  },
  'labels.namesPerSeriesMax': {
    title: 'Labels per series',
    unit: 'labels',
    default: 20,
    min: 1,
    max: 70,
    help: 'Labels that one series may have, including its metric name.',
  },
  'labels.nameBytesMax': {
    title: 'Label name size',
    unit: 'bytes',
    default: 64,
    min: 8,
    max: 1_024,
    help: 'Longest label name in UTF-8 bytes.',
  },
  'labels.valueBytesMax': {
    title: 'Label value size',
    unit: 'bytes',
    default: 256,
    min: 8,
    max: 2_048,
    help: 'Longest label value in UTF-8 bytes.',
  },
  'query.rangeHoursMax': {
    title: 'Query range',
    unit: 'h',
    default: 768,
    min: 1,
    max: 26_280,
    help: 'Longest span of data that one query may read: from start to end, plus the windows of its selectors.',
  },
  'query.lookbackDaysMax': {
    title: 'Query lookback',
    unit: 'd',
    default: 150,
    min: 1,
    max: 1_095,
    help: 'How far back from now a query may read.',
  },
  'query.samplesMax': {
    title: 'Samples per query',
    unit: 'samples',
    default: 50_000_000,
    min: 10_000,
    max: 1_000_000_000,
    help: 'Samples that one query may process. Above it the storage stops the query.',
  },
  'query.pointsPerSeriesMax': {
    title: 'Points per series',
    unit: 'points',
    default: 50_000,
    min: 100,
    max: 1_000_000,
    help: 'Points that one query may compute for each series: the range divided by the step, of the query and of each subquery. A subquery without a step counts as one point a minute. The samples per query limit how many series there may be.',
  },
  'query.concurrentMax': {
    title: 'Concurrent queries',
    unit: 'queries',
    default: 10,
    min: 1,
    max: 1_000,
    help: 'Queries that may run at the same time, over all gateways together. A query counts until the storage has answered it, even if nobody waits for it any more. Above the limit a query waits for 2 s and then gets 429. Each gateway may run one, and for some seconds more may run than the limit, until the gateways know of each other’s. One tenant gets at most half of what the storage runs at the same time.',
  },
  'query.requestsPerMinute': {
    title: 'Queries per minute',
    unit: 'queries/min',
    default: 1_200,
    min: 1,
    max: 60_000,
    help: 'Queries accepted each minute, over all gateways together. Above it a query gets 429 with a Retry-After.',
  },
  'query.timeoutSeconds': {
    title: 'Query timeout',
    unit: 's',
    default: 30,
    min: 1,
    max: 60,
    help: 'Longest time that one query may take. The storage stops every query at 60 s.',
  },
} as const satisfies Record<string, LimitDefinition>

export type LimitDefinition = {
  title: string
  unit: string
  default: number
  /** The least and the most that the platform can carry. Every envelope is within them. */
  min: number
  max: number
  help: string
}

export type LimitName = keyof typeof limitDefinitions
export const limitNames = Object.keys(limitDefinitions) as LimitName[]

/** The limits whose use is measured, in the order of the portal. By default it shows the first one. */
export const meteredLimits = [
  'ingest.samplesPerSecond',
  'series.activeMax',
  'ingest.requestsPerSecond',
] as const satisfies LimitName[]
export type MeteredLimit = (typeof meteredLimits)[number]

/** A tenant's own values; `null` (or absent) means the platform's default. */
export type Limits = Partial<Record<LimitName, number | null>>
export type ResolvedLimits = Record<LimitName, number>

export const isLimitName = (name: string): name is LimitName => Object.hasOwn(limitDefinitions, name)

/** A tenant's effective limits: its own value, else the platform's default, else the definition's. */
export function resolveLimits(own: Limits, platformDefaults: Limits = {}): ResolvedLimits {
  const resolved = {} as ResolvedLimits
  for (const name of limitNames) {
    resolved[name] = own[name] ?? platformDefaults[name] ?? limitDefinitions[name].default
  }
  return resolved
}

export type LimitChange = { limit: LimitName; from: number; to: number }

/** The limits whose effective value differs, in the order of {@link limitNames}. */
export function diffLimits(before: ResolvedLimits, after: ResolvedLimits): LimitChange[] {
  return limitNames
    .filter((limit) => before[limit] !== after[limit])
    .map((limit) => ({ limit, from: before[limit], to: after[limit] }))
}

/** Why a limit can't have this value, worded to follow the limit's name or title. Null if it can. */
export function limitFault(limit: LimitName, value: unknown): string | null {
  const { min, max, unit } = limitDefinitions[limit]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return null
  return `must be a whole number from ${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')} ${unit}`
}

/** Why these values can't be a tenant's limits, one sentence per fault. Empty if they can. `null` means the default. */
export function limitFaults(limits: Readonly<Record<string, unknown>>): string[] {
  const faults: string[] = []
  for (const name of Object.keys(limits)) {
    const value = limits[name]
    if (!isLimitName(name)) {
      faults.push(`${name} is not a limit; the limits are ${limitNames.join(', ')}`)
      continue
    }
    if (value === null || value === undefined) continue
    const fault = limitFault(name, value)
    if (fault) faults.push(`${name} ${fault}`)
  }
  return faults
}
