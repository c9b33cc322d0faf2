import {
  comparedWaves,
  judge,
  newRollout,
  nextStep,
  type Observed,
  type Plan,
  type State,
  type Verdict,
} from '@tickwatch/rollout'
import { type Fault, fleet, usualNoise } from '../../packages/rollout/src/testing/fleet.ts'
import { planOf, sizes } from '../../packages/rollout/src/testing/plans.ts'
import type { Random } from '../../packages/rollout/src/testing/random.ts'
import { until, usualPolicy } from '../../packages/rollout/src/testing/simulate.ts'
import { World } from '../../packages/rollout/src/testing/world.ts'

const intervalSeconds = 15
const pollSeconds = 5
const afterFaultIntervals = 60

/**
 * A canary that bakes and becomes bad at some moment after there are enough intervals. The rollout is asked every few seconds, as a
 * worker would.
 * @returns the seconds from the end of the first bad interval until the state machine wants the refresh rolled back. Infinite
 * if it does not within 15 min.
 */
export function decisionSeconds(random: Random, fault: Fault): number {
  const from = usualPolicy.failPointsMin + Math.floor(random() * 60)
  const intervals = from + afterFaultIntervals
  const sides = fleet(random, intervals, usualNoise, { ...fault, from })
  const plan = planOf({ bakeSeconds: 7_200 })
  const { state, world } = baking(plan)
  const firstBad = (from + 1) * intervalSeconds
  for (let now = firstBad + random() * pollSeconds; now < intervals * intervalSeconds; now += pollSeconds) {
    const seen = until(sides, Math.floor(now / intervalSeconds))
    const verdict = judge(seen, usualPolicy, { comparedWaves: comparedWaves(plan), nowSeconds: now })
    const { commands } = nextStep('bench', plan, state, observe(world, verdict), now * 1_000)
    if (commands.some(({ kind }) => kind === 'roll back refresh')) return now - firstBad
  }
  return Number.POSITIVE_INFINITY
}

/** The canary's wave is complete, at time 0. */
function baking(plan: Plan): { state: State; world: World } {
  const world = new World(sizes)
  let state = newRollout()
  while (state.bakeStartedMs === null) {
    const step = nextStep('bench', plan, state, observe(world, null), 0)
    for (const command of step.commands) world.call(command)
    state = step.state
    world.pass(intervalSeconds)
  }
  return { state, world }
}

const observe = (world: World, verdict: Verdict | null): Observed =>
  world.observe({ verdict: verdict === null ? null : { wave: 0, verdict } })
