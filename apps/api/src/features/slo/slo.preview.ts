import type { MetricsQuery, Series } from '@tickwatch/aws'
import {
  countQuery,
  type Definition,
  type Fault,
  platformTenant,
  readDefinition,
  replay,
  type Sli,
  type Step,
  seriesQuery,
} from '@tickwatch/slo'
import type { FastifyBaseLogger } from 'fastify'
import type { z } from 'zod'
import { createCache } from '../../shared/cached.ts'
import type { FairSlots } from '../../shared/fairSlots.ts'
import { createAsk, inTurn } from '../../shared/storageAnswers.ts'
import { episodesView } from './slo.episodes.ts'
import { definitionInvalid } from './slo.errors.ts'
import { bucketSeconds, pointsOf } from './slo.history.ts'
import { newestStep } from './slo.queries.ts'
import { stepsByGroup } from './slo.samples.ts'
import type { judgeInput, PreviewView } from './slo.types.ts'

/** A week of minutes. */
const stepsMax = 10_080
/** One core counts so many steps of single series in some 5 s, so that a person may wait for it. */
const seriesStepsMax = 30_000
/** The storage has some seconds for each query, so one counts a part of the time. */
const partSeriesStepsMax = 8_000
/** With more series a preview would be of less than 10 steps. */
const seriesMax = 3_000
const keptMs = 60_000
const worstGroupsMax = 10

/** Previews have a turn of their own, so that they do not delay the pages of SLOs. No tenant has this name. */
const turn = 'previews of SLOs'

type Counted = {
  fromSeconds: number
  toSeconds: number
  series: number
  faults: Fault[]
  groups: ReadonlyMap<string, readonly Step[]>
}

export type SloPreview = ReturnType<typeof createSloPreview>

/**
 * What a definition that is not saved yet would have counted in the last days, and which of its alerts would have fired. It
 * asks the same query as the rule that counts, so it needs no rule to have run.
 */
export function createSloPreview(parts: {
  storage: MetricsQuery
  slots: FairSlots
  stepSeconds: number
  log: Pick<FastifyBaseLogger, 'warn'>
}) {
  const { stepSeconds } = parts
  const amp = inTurn(parts.slots, turn, parts.storage)
  const ask = createAsk('There is no preview', parts.log)
  const askSeries = createAsk('It is unknown whether this measures anything', parts.log)
  // Another objective or other alerts need no new count.
  const counts = createCache<Counted>(keptMs, 20)

  return {
    /** @throws slo-invalid */
    async preview(sent: z.output<typeof judgeInput>['definition']): Promise<PreviewView> {
      const { definition, faults } = readDefinition(sent)
      if (!definition) throw definitionInvalid(faults)
      const { sli, groupBy } = definition
      const { value, missing } = await ask(() =>
        counts.get(JSON.stringify([sli, groupBy]), () => count(amp, definition, stepSeconds)),
      )
      return value ? previewView(definition, value, stepSeconds) : { ...nothing, missing }
    },

    /** Why there can be no preview of an SLI now, with the field; empty if there can. */
    async faultsOf(sli: Sli): Promise<Fault[]> {
      const { value, missing } = await askSeries(() => amp.instant(seriesQuery(sli, platformTenant)))
      return value ? readSeries(sli, value).faults : [{ path: ['sli'], message: missing }]
    },
  }
}

async function count(amp: MetricsQuery, definition: Definition, stepSeconds: number): Promise<Counted> {
  const { sli } = definition
  const toSeconds = newestStep(Date.now() / 1_000, stepSeconds)
  const { series, faults } = readSeries(sli, await amp.instant(seriesQuery(sli, platformTenant)))
  const steps = Math.min(stepsMax, Math.floor(seriesStepsMax / Math.max(1, series)))
  const fromSeconds = toSeconds - steps * stepSeconds
  const answer: Series[] = []
  if (faults.length === 0) {
    const query = countQuery(definition, platformTenant, stepSeconds)
    const partSeconds = Math.max(1, Math.floor(partSeriesStepsMax / series)) * stepSeconds
    for (let start = fromSeconds; start < toSeconds; start += partSeconds) {
      const end = Math.min(toSeconds, start + partSeconds)
      answer.push(...(await amp.range(query, start + stepSeconds, end, stepSeconds)))
    }
  }
  return {
    fromSeconds,
    toSeconds,
    series,
    faults,
    groups: new Map([...stepsByGroup(answer, (end) => end)].map(([key, { steps }]) => [key, steps])),
  }
}

/** How many series an SLI reads, and why nothing could be measured with them. */
export function readSeries(sli: Sli, answer: readonly Series[]): { series: number; faults: Fault[] } {
  const countOf = ({ points }: Series) => points[0]?.[1] ?? 0
  const of = (part: string) => answer.filter(({ labels }) => labels.part === part)
  const sum = (found: readonly Series[]) => found.reduce((all, one) => all + countOf(one), 0)
  const fault = (field: string, message: string) => ({ path: ['sli', field], message })
  const field = sli.kind === 'ratio' ? 'total' : sli.kind === 'latency' ? 'histogram' : 'promql'
  const read = sum(of(field))
  const faults: Fault[] = []
  if (read === 0) {
    const what =
      sli.kind === 'condition'
        ? 'This reads no series of the platform now'
        : 'This matched no series of the platform in the last hour'
    faults.push(fault(field, `${what}, so nothing would be measured. Correct it, or wait until the series are there.`))
  }
  let series = read + sum(of('bad')) + sum(of('good'))
  if (sli.kind === 'latency' && sli.nativeSchema === null && read > 0) {
    const bounds = of('bucket').map((one) => ({ bound: Number(one.labels.le), series: countOf(one) }))
    const own = bounds.find(({ bound }) => bound === sli.thresholdSeconds)
    series += own?.series ?? 0
    const known = bounds.flatMap(({ bound }) => (Number.isFinite(bound) ? [bound] : [])).sort((a, b) => a - b)
    if (!own)
      faults.push(
        fault(
          'thresholdSeconds',
          `The histogram has no bucket with this bound, so each event would be bad. Its bounds are ${known.length > 0 ? `${known.join(', ')} s` : 'not known'}.`,
        ),
      )
  }
  if (series > seriesMax)
    faults.push(
      fault(
        field,
        `This reads ${series} series, too many for a preview, which reads at most ${seriesMax}. The rules would read all of them each minute: use a narrower selector.`,
      ),
    )
  return { series, faults }
}

const nothing: PreviewView = {
  ...{ span: null, series: null, faults: [], bad: 0, total: 0, points: [], bucketSeconds: 60, groups: null },
  ...{ episodes: { newest: [], byAlert: [] }, missing: null },
}

export function previewView(definition: Definition, counted: Counted, stepSeconds: number): PreviewView {
  const { fromSeconds, toSeconds, groups, series, faults } = counted
  if (faults.length > 0) return { ...nothing, series, faults }
  const together = addedUp([...groups.values()])
  const steps = { steps: together, counted: together, excluded: [] }
  const chart = { policy: definition, ...steps, asOfSeconds: toSeconds, stepSeconds }
  const points = pointsOf(chart, { from: fromSeconds, to: toSeconds })
  const episodes = replay(definition, groups, { startSeconds: fromSeconds, endSeconds: toSeconds }, stepSeconds)
  const worst = [...groups]
    .map(([key, steps]) => ({
      ...{ key, ...sumOf(steps), labels: Object.fromEntries(JSON.parse(key) as [string, string][]) },
      fired: episodes.filter(({ group }) => group === key).length,
    }))
    .sort((a, b) => b.fired - a.fired || ratioOf(b) - ratioOf(a) || (a.key < b.key ? -1 : 1))
  return {
    ...{ series, faults, ...sumOf(together), missing: null },
    span: { from: new Date(fromSeconds * 1_000).toISOString(), to: new Date(toSeconds * 1_000).toISOString() },
    points: points.map(({ t, bad, total }) => ({ t, bad, total })),
    bucketSeconds: bucketSeconds(toSeconds - fromSeconds, stepSeconds),
    groups: definition.groupBy.length === 0 ? null : { count: groups.size, worst: worst.slice(0, worstGroupsMax) },
    episodes: episodesView(episodes, toSeconds),
  }
}

type Events = { bad: number; total: number }
const ratioOf = ({ bad, total }: Events) => (total > 0 ? bad / total : 0)
const sumOf = (steps: readonly Step[]): Events =>
  steps.reduce((sum, { bad, total }) => ({ bad: sum.bad + bad, total: sum.total + total }), { bad: 0, total: 0 })

function addedUp(groups: readonly (readonly Step[])[]): Step[] {
  const byEnd = new Map<number, Step>()
  for (const { endSeconds, bad, total } of groups.flat()) {
    const step = byEnd.get(endSeconds) ?? { endSeconds, bad: 0, total: 0 }
    byEnd.set(endSeconds, { endSeconds, bad: step.bad + bad, total: step.total + total })
  }
  return [...byEnd.values()].sort((a, b) => a.endSeconds - b.endSeconds)
}
