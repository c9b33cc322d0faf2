import { compareFigure } from './compare.ts'
import { limitFindings } from './limits.ts'
import { notesOf, trafficFinding } from './notes.ts'
import { pointsOf, type Sides } from './points.ts'
import type { JudgePolicy } from './policy.ts'
import { type Finding, outcomeOf, type Verdict } from './verdict.ts'

export type JudgeContext = {
  /** How many waves of the rollout are compared: they share the chance of a false rollback. */
  comparedWaves: number
  nowSeconds: number
}

/**
 * Judges the instances with the candidate (the canary) beside those without it (the baseline), over the same intervals. It can be
 * asked after every interval: between two looks the answer of the statistics stays the same. *Fail* wins over *inconclusive*, and
 * that over *pass*.
 */
export function judge(sides: Sides, policy: JudgePolicy, { comparedWaves, nowSeconds }: JudgeContext): Verdict {
  const points = pointsOf(sides, policy)
  const limits = limitFindings(sides, points, policy)
  const beyond = new Set(limits.map(({ about }) => about))
  const compared = policy.compares ? policy.figures.filter((name) => !beyond.has(name)) : []
  const findings = [
    trafficFinding(sides, points, policy, nowSeconds),
    ...limits,
    ...compared.map((name) => compareFigure(name, points, policy, comparedWaves)),
  ]
  const outcome = outcomeOf(findings)
  return {
    outcome,
    words: wordsOf(outcome, findings, policy),
    findings,
    notes: notesOf(sides, policy, nowSeconds),
    points: points.length,
    fromSeconds: points[0] ? points[0].endSeconds - policy.intervalSeconds : null,
    toSeconds: points.at(-1)?.endSeconds ?? null,
  }
}

function wordsOf(outcome: Verdict['outcome'], findings: readonly Finding[], policy: JudgePolicy): string {
  if (outcome === 'pass') {
    return policy.compares ? 'The canary is no worse than the baseline.' : 'The canary is within the hard limits.'
  }
  const reasons = findings.filter((finding) => finding.outcome === outcome).map(({ words }) => words)
  return `${outcome === 'fail' ? 'The canary fails.' : 'Not decided yet.'} ${reasons.join(' ')}`
}
