import type { Exclusion } from '@tickwatch/db'
import { groupKey, isExcluded, type Span, type Step } from '@tickwatch/slo'
import { type Block, blockSizes, blocksOf } from './slo.tallies.ts'

type Labels = Readonly<Record<string, string>>
type Exclusions = readonly Exclusion[]

/** The time of a window in whole steps: a step of which any part is excluded is excluded as a whole. */
function inSteps({ startsAt, until }: Exclusion, stepSeconds: number): Span {
  return {
    startSeconds: Math.floor(startsAt.getTime() / 1_000 / stepSeconds) * stepSeconds,
    endSeconds: Math.ceil(until.getTime() / 1_000 / stepSeconds) * stepSeconds,
  }
}

/** @param labels of a group; null for all groups together, which only a window of the whole SLO concerns */
export const concerns = (window: Exclusion, sloId: string, labels: Labels | null): boolean =>
  (window.sloId === null || window.sloId === sloId) &&
  (window.labels === null || (labels !== null && groupKey(window.labels) === groupKey(labels)))

export const holdsAt = ({ startsAt, until }: Exclusion, nowMs: number): boolean =>
  startsAt.getTime() <= nowMs && nowMs < until.getTime()

/** The time that is excluded of a group, in whole steps, the earliest first and without overlaps; `labels` as for {@link concerns}. */
export const excludedSpans = (windows: Exclusions, sloId: string, labels: Labels | null, stepSeconds: number): Span[] =>
  merged(windows.flatMap((window) => (concerns(window, sloId, labels) ? [inSteps(window, stepSeconds)] : [])))

function merged(spans: readonly Span[]): Span[] {
  const whole: Span[] = []
  for (const span of spans.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
    const last = whole.at(-1)
    if (last && span.startSeconds <= last.endSeconds) last.endSeconds = Math.max(last.endSeconds, span.endSeconds)
    else whole.push({ ...span })
  }
  return whole
}

/** Whether a step of a group is excluded. */
export const isOut = (
  windows: Exclusions,
  { sloId, labels, endSeconds }: { sloId: string; labels: Labels; endSeconds: number },
  stepSeconds: number,
): boolean =>
  windows.some(
    (window) => isExcluded(endSeconds, stepSeconds, [inSteps(window, stepSeconds)]) && concerns(window, sloId, labels),
  )

/** A time of which the events of all SLOs, of one, or of some of its groups are excluded. */
export type Cut = Span & { sloId: string | null; groupKeys: ReadonlySet<string> | null }

/**
 * Cuts the time of windows, which may overlap, so that each excluded step of each group is in exactly one cut that has
 * the group, and no other step is in one.
 */
export function cutsOf(windows: Exclusions, stepSeconds: number): Cut[] {
  const ofAll = merged(windows.flatMap((one) => (one.sloId === null ? [inSteps(one, stepSeconds)] : [])))
  const sloIds = [...new Set(windows.flatMap(({ sloId }) => sloId ?? []))]
  return [
    ...ofAll.map((span) => ({ ...span, sloId: null, groupKeys: null })),
    ...sloIds.flatMap((sloId) => {
      const own = windows.filter((window) => window.sloId === sloId)
      const timed = own.map(({ labels, ...window }) => ({ labels, span: inSteps({ ...window, labels }, stepSeconds) }))
      return cutsOfOne(timed, ofAll).map((cut) => ({ ...cut, sloId }))
    }),
  ]
}

function cutsOfOne(
  own: readonly { labels: Labels | null; span: Span }[],
  ofAll: readonly Span[],
): Omit<Cut, 'sloId'>[] {
  const spans = [...own.map(({ span }) => span), ...ofAll]
  const edges = [...new Set(spans.flatMap((span) => [span.startSeconds, span.endSeconds]))].sort((a, b) => a - b)
  return edges.slice(1).flatMap((endSeconds, i) => {
    const startSeconds = edges[i] as number
    const covers = (span: Span) => span.startSeconds <= startSeconds && span.endSeconds >= endSeconds
    const here = own.filter(({ span }) => covers(span))
    if (here.length === 0 || ofAll.some(covers)) return []
    const isWhole = here.some(({ labels }) => labels === null)
    const groupKeys = isWhole ? null : new Set(here.map(({ labels }) => groupKey(labels ?? {})))
    return [{ startSeconds, endSeconds, groupKeys }]
  })
}

/** Whether a cut has a group. */
export const cutHas = ({ sloId, groupKeys }: Cut, of: { sloId: string; labels: Labels }): boolean =>
  (sloId === null || sloId === of.sloId) && (groupKeys === null || groupKeys.has(groupKey(of.labels)))

/**
 * The blocks in which the part of a cut that is in a range is read, each within one day. Where the range cuts it, which moves
 * on with each step, they are as small as those of the range itself, so that most of them can be kept.
 */
export function blocksOfCut(cut: Span, range: Span, stepSeconds: number): Block[] {
  const { large: day } = blockSizes(stepSeconds)
  const blocks: Block[] = []
  const end = Math.min(cut.endSeconds, range.endSeconds)
  for (let at = Math.max(cut.startSeconds, range.startSeconds); at < end; ) {
    const next = Math.min(end, (Math.floor(at / day) + 1) * day)
    const isAtEdge = at === range.startSeconds || next === range.endSeconds
    blocks.push(...(isAtEdge ? blocksOf(at, next, stepSeconds) : [{ endSeconds: next, seconds: next - at }]))
    at = next
  }
  return blocks
}

/** The groups of an SLO that have windows of their own, and the time of those. */
export function groupsOut(
  windows: Exclusions,
  sloId: string,
  stepSeconds: number,
): { labels: Labels; spans: Span[] }[] {
  const own = new Map<string, Labels>()
  for (const window of windows)
    if (window.sloId === sloId && window.labels !== null) own.set(groupKey(window.labels), window.labels)
  return [...own.values()].map((labels) => ({
    labels,
    spans: excludedSpans(
      windows.filter((window) => window.labels !== null),
      sloId,
      labels,
      stepSeconds,
    ),
  }))
}

/**
 * The steps that count for a budget.
 * @param spans of which nothing counts
 * @param groups the steps of single groups that do not count, if `steps` are of all groups together
 */
export function countedSteps(
  steps: readonly Step[],
  spans: readonly Span[],
  stepSeconds: number,
  groups: readonly (readonly Step[])[] = [],
): readonly Step[] {
  const kept = spans.length === 0 ? steps : steps.filter((step) => !isExcluded(step.endSeconds, stepSeconds, spans))
  if (groups.length === 0) return kept
  const out = new Map<number, { bad: number; total: number }>()
  for (const { endSeconds, bad, total } of groups.flat()) {
    const sum = out.get(endSeconds) ?? { bad: 0, total: 0 }
    out.set(endSeconds, { bad: sum.bad + bad, total: sum.total + total })
  }
  return kept.map((step) => {
    const less = out.get(step.endSeconds)
    return less ? { ...step, bad: step.bad - less.bad, total: step.total - less.total } : step
  })
}
