import type { MetricsQuery, Series } from '@tickwatch/aws'
import type { Interval, JudgedInstance, Sides } from '@tickwatch/rollout'
import { instanceQueries, samplesQuery } from './evidence.queries.ts'
import type { Member } from './rollout.stored.ts'

/** Whose figures are compared. */
export type Members = { canary: readonly Member[]; baseline: readonly Member[] }
export type Span = {
  /** Unix time, a multiple of the step. */
  fromSeconds: number
  toSeconds: number
  /** What the counts of an interval are of. */
  intervalSeconds: number
  /** From one interval to the next; the interval's length if none is left out. */
  stepSeconds: number
}

/** A scrape may be 5 s away, and writing takes a moment. */
const settledSeconds = 10

/** The end of the newest interval of which the store has everything, in Unix time. */
export const settledAt = (nowMs: number, intervalSeconds: number): number =>
  Math.floor((nowMs / 1_000 - settledSeconds) / intervalSeconds) * intervalSeconds

/** Reads the figures of gateways by their ids. @throws AwsUnavailable, AwsRefused, NoSlotInTime */
export async function readEvidence(
  storage: Pick<MetricsQuery, 'range'>,
  { canary, baseline }: Members,
  { fromSeconds, toSeconds, intervalSeconds, stepSeconds }: Span,
): Promise<Sides> {
  const range = (promql: string) => storage.range(promql, fromSeconds, toSeconds, stepSeconds)
  const ids = [...canary, ...baseline].map(({ id }) => id)
  // At first no interval since the canary was ready has settled, and the store refuses a range that ends before it begins.
  const samples = ids.length === 0 || toSeconds < fromSeconds ? [] : await range(samplesQuery(ids, intervalSeconds))
  const instances = [...new Set(samples.flatMap(({ labels }) => labels.instance ?? []))].sort()
  const found = instances.length === 0 ? null : await readFigures(range, instanceQueries(instances, intervalSeconds))
  const judged = ({ id, readySeconds }: Member): JudgedInstance => {
    const intervals = found === null ? [] : intervalsOf(samplesOf(samples, id), found, fromSeconds)
    const starts = intervals.flatMap(({ started }) => started ?? [])
    return {
      id,
      // Nobody knows how long an instance had been ready when the rollout began. It was not ready before its process started.
      readySeconds: starts.length === 0 ? readySeconds : Math.max(readySeconds, Math.min(...starts)),
      intervals: intervals.map(({ interval }) => interval),
    }
  }
  return { canary: canary.map(judged), baseline: baseline.map(judged) }
}

type Queries = ReturnType<typeof instanceQueries>
type Figures = { [Name in Exclude<keyof Queries, 'requests'>]: Table } & { requests: Table; codes: string[] }

/** Values by series and time. */
type Table = (key: string, atSeconds: number) => number | null | undefined

async function readFigures(range: (promql: string) => Promise<Series[]>, queries: Queries): Promise<Figures> {
  const [lostInAll, requests, firstByteP99Seconds, cpuSeconds, memoryBytes, startSeconds] = await Promise.all([
    range(queries.lostInAll),
    range(queries.requests),
    range(queries.firstByteP99Seconds),
    range(queries.cpuSeconds),
    range(queries.memoryBytes),
    range(queries.startSeconds),
  ])
  const byInstance = (series: Series[]) => tableOf(series, ({ instance = '' }) => instance)
  return {
    ...{ lostInAll: byInstance(lostInAll), firstByteP99Seconds: byInstance(firstByteP99Seconds) },
    ...{ cpuSeconds: byInstance(cpuSeconds), memoryBytes: byInstance(memoryBytes) },
    startSeconds: byInstance(startSeconds),
    requests: tableOf(requests, ({ instance = '', code = '' }) => keyOf(instance, code)),
    codes: [...new Set(requests.flatMap(({ labels }) => labels.code ?? []))],
  }
}

const keyOf = (instance: string, code: string) => `${code} ${instance}`

function tableOf(series: readonly Series[], key: (labels: Series['labels']) => string): Table {
  const values = new Map(series.map(({ labels, points }) => [key(labels), new Map(points)]))
  return (of, atSeconds) => values.get(of)?.get(atSeconds)
}

type Sample = { atSeconds: number; instance: string; samples: number | null }

/** Where a gateway was, and what it accepted there, in the order of time. */
const samplesOf = (all: readonly Series[], gatewayId: string): Sample[] =>
  all
    .filter(({ labels }) => labels.gateway === gatewayId)
    .flatMap(({ labels, points }) =>
      points.map(([atSeconds, samples]) => ({ atSeconds, instance: labels.instance ?? '', samples })),
    )
    .sort((a, b) => a.atSeconds - b.atSeconds)

const isRefusedForNow = (code: string) => code === '429' || code === '529'

/** @param fromSeconds the first step that was asked for: what a gateway counted before that is not known */
function intervalsOf(samples: readonly Sample[], figures: Figures, fromSeconds: number) {
  let before: number | null = null
  let lostBefore = samples[0]?.atSeconds === fromSeconds ? null : 0
  return samples.map(({ atSeconds, instance, samples: samplesAdmitted }) => {
    const at = (table: Table) => table(instance, atSeconds) ?? null
    // A counter begins with what it counts first. While a gateway reports, one that is missing counted nothing.
    const requests = (counts: (code: string) => boolean) =>
      figures.codes
        .filter(counts)
        .reduce((sum, code) => sum + Math.round(figures.requests(keyOf(instance, code), atSeconds) ?? 0), 0)
    const lost = at(figures.lostInAll) ?? 0
    const started = at(figures.startSeconds)
    const interval: Interval = {
      endSeconds: atSeconds,
      samplesAdmitted,
      // A process that began again counts from 0.
      samplesLost: lostBefore === null ? 0 : lost < lostBefore ? lost : lost - lostBefore,
      requests: requests(() => true),
      responses5xx: requests((code) => code.startsWith('5') && !isRefusedForNow(code)),
      responses429: requests(isRefusedForNow),
      firstByteP99Seconds: at(figures.firstByteP99Seconds),
      cpuSeconds: at(figures.cpuSeconds),
      memoryBytes: at(figures.memoryBytes),
      // A process that began again has another start, at whatever address.
      restarts: started === null ? null : Number(before !== null && before !== started),
    }
    before = started ?? before
    lostBefore = lost
    return { interval, started }
  })
}
