import {
  type BadByCause,
  blindSteps,
  budgetOf,
  burnRate,
  type Definition,
  splitBad,
  windowDays,
  windowSpan,
} from '@tickwatch/slo'
import type { Firing } from './slo.snapshot.ts'
import type { Counts } from './slo.tallies.ts'

/** The budget of one group, or of all groups together. */
export type Figures = {
  /** Events of the window so far, without the excluded ones. */
  bad: number
  total: number
  /** The bad events by who must act on them; their sum is `bad`. Null if the SLI has no label that says it. */
  badByCause: BadByCause | null
  /** What is left of the budget: 1 is all, negative is more than all. Null if no event of the window counts. */
  leftRatio: number | null
  /** How many times as fast as the objective allows it burnt in the last hour; null if no traffic of it counts. */
  burn: number | null
  /** How long the rest lasts if it burns on as in the last hour; null if it lasts to the end of the window. */
  lastsSeconds: number | null
  /** `unmeasured`: the window has no data at all. `blind`: it had, and for too long nothing came. */
  state: 'measured' | 'withoutTraffic' | 'blind' | 'unmeasured'
  /** The end of the newest step with data, as far back as the page looks. */
  lastDataSeconds: number | null
  /** The part of the window so far, without what is excluded, that has data. */
  measuredRatio: number
  /** What of the window so far maintenance windows exclude. */
  excludedSeconds: number
}

export type Counted = {
  /** Without what is excluded, like the last hour. */
  window: Counts
  lastHour: Counts
  /** What maintenance windows exclude of both, and how long they were in the window so far. */
  excluded: { window: Counts; lastHour: Counts; seconds: number }
  lastDataSeconds: number | null
  /** The end of the newest step that is counted. */
  asOfSeconds: number
}

type Policy = Pick<Definition, 'objective' | 'window' | 'sli'>

/** The beginning of the window that contains a step: the end of the step before its first one. */
export const windowStart = (window: Definition['window'], asOfSeconds: number, stepSeconds: number): number =>
  Math.floor(windowSpan(window, asOfSeconds).startSeconds / stepSeconds) * stepSeconds

const saysCause = (sli: Definition['sli']) => sli.kind === 'ratio' && sli.causeLabel !== undefined

export function figuresOf(policy: Policy, counted: Counted, stepSeconds: number): Figures {
  const { window, lastHour, excluded, lastDataSeconds, asOfSeconds } = counted
  const { objective } = policy
  // A sum of steps is a sum of events, whichever step has them.
  const asStep = ({ bad, total }: Counts) => [{ endSeconds: asOfSeconds, bad, total }]
  const { leftRatio, span } = budgetOf({
    ...{ steps: asStep(window), objective, window: policy.window, nowSeconds: asOfSeconds, stepSeconds },
    // The excluded steps are not in the sum.
    ...{ settledUntilSeconds: asOfSeconds, excluded: [] },
  })
  const burn = lastHour.steps === 0 ? null : burnRate(asStep(lastHour), asOfSeconds, 1, objective, stepSeconds)
  const left = window.total > 0 ? leftRatio : null
  const secondsSoFar = asOfSeconds - windowStart(policy.window, asOfSeconds, stepSeconds)
  const stepsSoFar = (secondsSoFar - excluded.seconds) / stepSeconds
  return {
    bad: window.bad,
    total: window.total,
    badByCause: saysCause(policy.sli) ? splitBad(window.bad, window.told) : null,
    leftRatio: left,
    burn,
    lastsSeconds: lastsSeconds(policy.window, left, burn, span.endSeconds - asOfSeconds),
    state: stateOf(policy, counted, stepSeconds),
    lastDataSeconds,
    measuredRatio: stepsSoFar <= 0 ? Number(excluded.seconds > 0) : Math.min(1, window.steps / stepsSoFar),
    excludedSeconds: excluded.seconds,
  }
}

/** Old bad events leave a rolling window, so there only a burn above 1 uses the budget up. */
function lastsSeconds(window: Policy['window'], left: number | null, burn: number | null, remainingSeconds: number) {
  if (left === null || burn === null || burn <= 0) return null
  const seconds = (Math.max(0, left) * windowDays(window) * 86_400) / burn
  const goesOn = 'days' in window ? burn > 1 : seconds < remainingSeconds
  return goesOn ? seconds : null
}

/** Whether there is data. Maintenance does not change that. */
function stateOf(
  policy: Pick<Policy, 'objective' | 'window'>,
  { window, lastHour, excluded, lastDataSeconds, asOfSeconds }: Counted,
  stepSeconds: number,
): Figures['state'] {
  const since = asOfSeconds - blindSteps(policy) * stepSeconds
  if (lastDataSeconds !== null && lastDataSeconds > since)
    return lastHour.total + excluded.lastHour.total > 0 ? 'measured' : 'withoutTraffic'
  return window.steps + excluded.window.steps > 0 ? 'blind' : 'unmeasured'
}

/** The order of the list: what fires first, then what runs out soonest, then what has least left, and last what is unknown. */
export function byUrgency(a: Urgency, b: Urgency): number {
  const rank = ({ firing }: Urgency) => Math.min(3, ...(firing ?? []).map(({ severity }) => severityRank[severity]))
  const lasts = ({ figures }: Urgency) => figures?.lastsSeconds ?? Number.POSITIVE_INFINITY
  const left = ({ figures }: Urgency) => figures?.leftRatio ?? Number.POSITIVE_INFINITY
  const orders = [rank(a) - rank(b), compare(lasts(a), lasts(b)), compare(left(a), left(b))]
  return orders.find((order) => order !== 0) ?? compare(a.name, b.name)
}
/** A budget of an SLO, and what fires for it. */
export type Urgency = { name: string; figures: Figures | null; firing: readonly Pick<Firing, 'severity'>[] | null }

const severityRank = { page: 0, ticket: 1, blind: 2 } as const
const compare = <T extends string | number>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)
