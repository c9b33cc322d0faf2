import type { MetricsQuery, Series } from '@tickwatch/aws'
import { createCache } from '../../shared/cached.ts'
import type { Bucket, Sample } from './usage.calculations.ts'
import { type OverTime, over } from './usage.queries.ts'

/** A function over the values of a query. */
export type Over = { fn: OverTime; promql: string }

/** AMP, and what it answered about steps whose values are final. */
export type Steps = { amp: MetricsQuery; kept: KeptSteps }

/**
 * Gateways and AMP refuse samples older than an hour, so the values of an older step are final. The rest is for clocks that
 * differ and for a write that is under way.
 */
const finalAfterSeconds = 3_600 + 600
const keptMs = 86_400_000
/** A tenant can have 160 of them: four for each limit and each length of a step. All of them, with all steps, take 60 MB. */
const queriesKeptMax = 1_000
/** A chart has about 300, and an open one moves on. */
const stepsKeptMax = 600

/** By the reason of the series ('' without one) and by the end of a step. */
type Values = Map<string, Map<number, number>>
/** `ends` also has the steps without a value. */
type Kept = { ends: Set<number>; values: Values }

export const createKeptSteps = () => createCache<Kept>(keptMs, queriesKeptMax)
type KeptSteps = ReturnType<typeof createKeptSteps>

/**
 * Prometheus answers with at most 11,000 points per series, and a query reads each scrape of each gateway. So a long
 * range is asked for in parts.
 */
const partPointsMax = 10_000
const partSecondsMax = 3.5 * 86_400

export const scalar = async (amp: MetricsQuery, promql: string, atSeconds?: number): Promise<number | null> =>
  (await amp.instant(promql, atSeconds))[0]?.points[0]?.[1] ?? null

type Times = { from: number; to: number; step: number }

async function series(amp: MetricsQuery, promql: string, { from, to, step }: Times): Promise<Series[]> {
  const points = Math.min(partPointsMax, Math.floor(partSecondsMax / step))
  const starts = Array.from(
    { length: Math.ceil(((to - from) / step + 1) / points) },
    (_, i) => from + i * points * step,
  )
  const parts = starts.map((start) => amp.range(promql, start, Math.min(to, start + (points - 1) * step), step))
  return (await Promise.all(parts)).flat()
}

/** For a query that returns at most one series, because it is a sum. */
export const line = async (...query: Parameters<typeof series>): Promise<Sample[]> =>
  (await series(...query)).flatMap(({ points }) => points)

/**
 * A function over the values in each bucket, by reason; null for a bucket without any. AMP is asked only for steps that may
 * have changed since it was asked last.
 */
export async function overBucketsByReason(
  { amp, kept }: Steps,
  { fn, promql }: Over,
  buckets: readonly Bucket[],
  step: number,
): Promise<Map<string, (number | null)[]>> {
  const finalUntil = Date.now() / 1_000 - finalAfterSeconds
  const ofStep = over(fn, promql, step)
  const known = await kept.get(`${step} ${ofStep}`, async () => ({ ends: new Set(), values: new Map() }))
  const isKnown = ({ end, seconds }: Bucket) => seconds === step && known.ends.has(end)
  const asked = buckets.filter((bucket) => !isKnown(bucket))
  const found: Values = new Map()
  // Now, because others may change what is known while this waits for AMP.
  copy(known.values, buckets.filter(isKnown).map(endOf), found)

  const whole = asked.filter(({ seconds }) => seconds === step).map(endOf)
  const odd = asked.filter(({ seconds }) => seconds !== step)
  const answers = await Promise.all([
    ...inTwoParts(whole, step).map((times) => series(amp, ofStep, times)),
    ...odd.map(({ end, seconds }) => amp.instant(over(fn, promql, seconds), end)),
  ])
  const fresh = valuesOf(answers.flat())
  copy(fresh, asked.map(endOf), found)

  const final = whole.filter((end) => end <= finalUntil)
  if (known.ends.size + final.length > stepsKeptMax) {
    known.ends.clear()
    known.values.clear()
  }
  for (const end of final) known.ends.add(end)
  copy(fresh, final, known.values)
  return new Map([...found].map(([reason, values]) => [reason, buckets.map(({ end }) => values.get(end) ?? null)]))
}

/** The same for a query that returns at most one series. */
export const overBuckets = async (...query: Parameters<typeof overBucketsByReason>): Promise<(number | null)[]> =>
  (await overBucketsByReason(...query)).get('') ?? query[2].map(() => null)

const endOf = ({ end }: Bucket) => end

/** Two ranges that have all these steps: what is not known of a chart is at its beginning and at its end. */
function inTwoParts(ends: readonly number[], step: number): Times[] {
  const gaps = ends.map((end, i) => end - (ends[i - 1] ?? end))
  const second = gaps.indexOf(Math.max(step + 1, ...gaps))
  const parts = second < 0 ? [ends] : [ends.slice(0, second), ends.slice(second)]
  return parts.flatMap((part) => {
    const [from, to] = [part[0], part.at(-1)]
    return from === undefined || to === undefined ? [] : [{ from, to, step }]
  })
}

function valuesOf(all: readonly Series[]): Values {
  const found: Values = new Map()
  for (const { labels, points } of all) {
    for (const [t, value] of points) if (value !== null) put(found, labels.reason ?? '', Math.round(t), value)
  }
  return found
}

function copy(from: Values, ends: readonly number[], to: Values): void {
  for (const [reason, values] of from) {
    for (const end of ends) {
      const value = values.get(end)
      if (value !== undefined) put(to, reason, end, value)
    }
  }
}

function put(to: Values, reason: string, end: number, value: number): void {
  const values = to.get(reason) ?? new Map<number, number>()
  to.set(reason, values.set(end, value))
}
