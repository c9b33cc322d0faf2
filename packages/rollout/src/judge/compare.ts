import { designEffect } from './designEffect.ts'
import { type FigureName, figures, isHarm, knownOf, lessHarmless, pairsOf } from './figures.ts'
import { median } from './median.ts'
import type { Point } from './points.ts'
import { failBelow, firstLook, type JudgePolicy, lookAt, pointsMax } from './policy.ts'
import { rankTest } from './rankTest.ts'
import { shapeTest } from './shapeTest.ts'
import type { Finding, Tests } from './verdict.ts'

/** From this on Cliff's δ is called medium (Romano 2006). A smaller effect is no reason to roll back, however sure it is. */
const cliffsDeltaMin = 0.33

/** If the canary is ahead of the baseline in more than this share of intervals, by more than is harmless, it can't pass. */
const worseShareMax = 0.25

/** Compares one figure. `comparedWaves` is how many waves of the rollout are compared. */
export function compareFigure(
  name: FigureName,
  points: readonly Point[],
  policy: JudgePolicy,
  comparedWaves: number,
): Finding {
  const figure = figures[name]
  const known = knownOf(figure, points)
  const look = lookAt(known.length, policy)
  if (look === null) {
    const words = `${capital(figure.title)}: ${known.length} of the ${firstLook(policy)} intervals that a comparison needs.`
    return { about: name, outcome: 'inconclusive', words, canary: null, baseline: null, tests: null }
  }
  const looked = known.slice(0, look.points).slice(-pointsMax)
  const compared = pairsOf(figure, looked, policy.intervalSeconds).filter((pair) => pair !== null)
  const canary = compared.map((pair) => pair.canary)
  const baseline = compared.map((pair) => pair.baseline)
  const [own, other] = [median(canary) ?? 0, median(baseline) ?? 0]
  const effect = designEffect(canary, baseline)
  const rank = rankTest(canary, baseline, effect)
  const shape = shapeTest(
    compared.map((pair) => lessHarmless(figure, pair)),
    baseline,
    effect,
  )
  const harmful = compared.filter((pair) => isHarm(figure, pair)).length
  const tests: Tests = {
    points: compared.length,
    harmShare: harmful / compared.length,
    harmShareMin: 0.5 + Math.sqrt(effect / compared.length) / 2,
    cliffsDelta: rank.cliffsDelta,
    rankPValue: rank.pValue,
    worseShare: shape.worseShare,
    shapePValue: shape.pValue,
    failBelow: failBelow(look.number, policy, comparedWaves),
  }
  const verdict = decide(tests, known.length < policy.passPointsMin ? policy.passPointsMin : null)
  const beside = `${figure.words(other)}${figure.withTraffic?.words ?? ''}`
  const medians = `${figure.words(own)} beside the baseline’s ${beside}${change(own, other)}`
  const words = `${capital(figure.title)}: ${medians}, over ${compared.length} intervals. ${verdict.words}`
  return { about: name, outcome: verdict.outcome, words, canary: own, baseline: other, tests }
}

/** `passPointsMin` if there are not so many intervals yet. */
function decide(tests: Tests, passPointsMin: number | null): Pick<Finding, 'outcome' | 'words'> {
  // Within one interval both sides have the same traffic, so its rise and fall does not matter here.
  const looksWorse = tests.harmShare > 0.5
  const often = `in ${percent(tests.harmShare)} of the intervals by more than is harmless`
  const limit = `below the ${short(tests.failBelow)} at which the canary fails`
  const isSure = tests.harmShare >= tests.harmShareMin && tests.cliffsDelta >= cliffsDeltaMin
  if (isSure && tests.rankPValue < tests.failBelow) {
    const test = `Mann–Whitney p = ${short(tests.rankPValue)}, ${limit}; Cliff’s δ = ${short(tests.cliffsDelta)}`
    return { outcome: 'fail', words: `It is worse, ${often} (${test}).` }
  }
  const ahead = `In ${percent(tests.worseShare)} of the intervals it is worse than the baseline ever is at that rank`
  if (tests.shapePValue < tests.failBelow) {
    return { outcome: 'fail', words: `${ahead} (Kolmogorov–Smirnov p = ${short(tests.shapePValue)}, ${limit}).` }
  }
  if (looksWorse)
    return {
      outcome: 'inconclusive',
      words: `It looks worse, ${often}, but that may be chance: more intervals decide.`,
    }
  if (tests.worseShare > worseShareMax) {
    return { outcome: 'inconclusive', words: `${ahead}: the two are not comparable yet.` }
  }
  if (passPointsMin !== null) {
    return { outcome: 'inconclusive', words: `So far it is no worse; from ${passPointsMin} intervals it can pass.` }
  }
  return { outcome: 'pass', words: 'It is no worse.' }
}

const percent = (share: number) => `${Math.round(share * 100)} %`
const short = (value: number) => String(Number(value.toPrecision(2)))
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function change(canary: number, baseline: number): string {
  if (baseline === 0 || canary === baseline) return ''
  const ratio = canary / baseline - 1
  return ` (${ratio < 0 ? '−' : '+'}${percent(Math.abs(ratio))})`
}
