import { plural } from '../words.ts'
import { type FigureName, figures, isHarm, pairsOf } from './figures.ts'
import { known, sum } from './interval.ts'
import type { JudgedInstance, Point, Sides } from './points.ts'
import { type JudgePolicy, limitPoints } from './policy.ts'
import type { Finding } from './verdict.ts'

/** Fewer 5xx responses than this say nothing, whatever part of the requests they are. */
const errorsMin = 5
/** The part of requests that may be answered with 5xx more often than twice as often as the baseline does. */
const errorRatioMax = 0.01

/**
 * Harm that is so rare that a rank test does not see it, or so large that nobody needs statistics. These count every interval,
 * also of the warm-up: a sample that is lost then is lost too.
 */
export function limitFindings(sides: Sides, points: readonly Point[], policy: JudgePolicy): Finding[] {
  const errors = errorFinding(sides, policy)
  const times = policy.compares ? policy.figures.flatMap((name) => timesFinding(name, points, policy) ?? []) : []
  return [countFinding('samplesLost', sides), countFinding('restarts', sides), ...(errors ? [errors] : []), ...times]
}

const counted = {
  samplesLost: {
    title: 'Samples lost',
    fails: (n: number, by: string) => `The canary lost ${plural(n, 'sample')} (${by}). One lost sample is too many.`,
    unknown: 'lost samples',
  },
  restarts: {
    title: 'Restarts',
    fails: (n: number, by: string) => `The canary’s process ended and began again ${plural(n, 'time')} (${by}).`,
    unknown: 'restarted',
  },
}

function countFinding(about: 'samplesLost' | 'restarts', { canary, baseline }: Sides): Finding {
  const { title, fails, unknown } = counted[about]
  // One that never reported anything is not counted: the notes name it.
  const heard = canary.filter(({ intervals }) => intervals.length > 0)
  const sums = heard.map(({ id, intervals }) => ({ id, sum: sum(intervals, about) }))
  const total = sums.reduce((all, each) => all + (each.sum ?? 0), 0)
  const numbers = {
    canary: sums.every((each) => each.sum === null) ? null : total,
    baseline: sum(allIntervals(baseline), about),
    tests: null,
  }
  if (total > 0) {
    const by = sums
      .filter((each) => (each.sum ?? 0) > 0)
      .map((each) => `${each.id}: ${each.sum?.toLocaleString('en-US')}`)
    return { about, outcome: 'fail', words: fails(total, by.join(', ')), ...numbers }
  }
  const silent = sums.filter((each) => each.sum === null).map(({ id }) => id)
  if (silent.length > 0 || sums.length === 0) {
    const who = silent.length > 1 ? 'do not report whether they' : 'does not report whether it'
    const words = `${silent.join(', ') || 'The canary'} ${who} ${unknown}.`
    return { about, outcome: 'inconclusive', words, ...numbers }
  }
  return { about, outcome: 'pass', words: `${title}: none.`, ...numbers }
}

const allIntervals = (instances: readonly JudgedInstance[]) => instances.flatMap(({ intervals }) => intervals)

/** Many 5xx responses within a few intervals. They are not judged if the baseline had no requests at that time. */
function errorFinding({ canary, baseline }: Sides, policy: JudgePolicy): Finding | null {
  const [own, others] = [errorsByEnd(canary), errorsByEnd(baseline)]
  const seconds = limitPoints * policy.intervalSeconds
  let undecided: Finding | null = null
  for (const end of [...own.keys()].sort((a, b) => a - b)) {
    const { errors, requests } = errorsUntil(own, end, policy)
    const ofRequests = errors / requests
    if (errors < errorsMin || !(ofRequests > errorRatioMax)) continue
    const baselineErrors = errorsUntil(others, end, policy)
    const beside = baselineErrors.requests > 0 ? baselineErrors.errors / baselineErrors.requests : null
    if (ofRequests <= errorRatioMax + 2 * (beside ?? 0)) continue
    const { words } = figures.responses5xxRatio
    const compared =
      beside === null ? 'The baseline had no requests to compare with.' : `Of the baseline’s it was ${words(beside)}.`
    const finding: Finding = {
      about: 'responses5xxRatio',
      outcome: policy.compares && beside === null ? 'inconclusive' : 'fail',
      words: `Within ${seconds} s the canary answered ${plural(errors, 'request')} with 5xx: ${words(ofRequests)}. ${compared}`,
      canary: ofRequests,
      baseline: beside,
      tests: null,
    }
    if (finding.outcome === 'fail') return finding
    undecided ??= finding
  }
  return undecided
}

type Errors = { errors: number; requests: number }

/** Of all instances of a side that report both counts, by the end of the interval. */
function errorsByEnd(instances: readonly JudgedInstance[]): Map<number, Errors> {
  const found = new Map<number, Errors>()
  for (const interval of allIntervals(instances)) {
    const [errors, requests] = [known(interval, 'responses5xx'), known(interval, 'requests')]
    if (errors === null || requests === null) continue
    const before = found.get(interval.endSeconds)
    found.set(interval.endSeconds, {
      errors: errors + (before?.errors ?? 0),
      requests: requests + (before?.requests ?? 0),
    })
  }
  return found
}

/** Of the few intervals until this end. */
function errorsUntil(byEnd: ReadonlyMap<number, Errors>, end: number, { intervalSeconds }: JudgePolicy): Errors {
  const all: Errors = { errors: 0, requests: 0 }
  for (let i = 0; i < limitPoints; i++) {
    const { errors, requests } = byEnd.get(end - i * intervalSeconds) ?? { errors: 0, requests: 0 }
    all.errors += errors
    all.requests += requests
  }
  return all
}

/** So many times the baseline, in all but one of a few intervals in a row. */
function timesFinding(name: FigureName, points: readonly Point[], policy: JudgePolicy): Finding | null {
  const figure = figures[name]
  const beyondMin = limitPoints - 1
  let recent: boolean[] = []
  for (const pair of pairsOf(figure, points, policy.intervalSeconds)) {
    const isBad = pair !== null && pair.canary >= pair.baseline * figure.limitTimes && isHarm(figure, pair)
    recent = [...recent, isBad].slice(-limitPoints)
    const count = recent.filter(Boolean).length
    if (!isBad || count < beyondMin) continue
    const { canary: own, baseline: other } = pair
    const last = `at last ${figure.words(own)} beside ${figure.words(other)}`
    const words = `In ${count} of ${recent.length} intervals in a row the canary’s ${figure.title} was at least ${figure.limitTimes} times the baseline’s${figure.withTraffic?.words ?? ''}, ${last}.`
    return { about: name, outcome: 'fail', words, canary: own, baseline: other, tests: null }
  }
  return null
}
