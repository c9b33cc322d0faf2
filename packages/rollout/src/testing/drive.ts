import type { Command } from '../engine/commands.ts'
import { nextStep } from '../engine/nextStep.ts'
import type { Observed, Step } from '../engine/observed.ts'
import { isOver, newRollout, type RolloutEvent, type State } from '../engine/state.ts'
import type { Did } from './order.ts'
import { planOf, sizes } from './plans.ts'
import { type Trouble, World } from './world.ts'

const plan = planOf()
const tickSeconds = 15

/** Where a process ends in a step, and loses what it did not store or call. The next one begins with what was stored. */
export type End = 'never' | 'before anything' | 'after the calls' | 'after storing'

export type Run = { world: World; state: State; events: RolloutEvent[]; history: Did[] }

export type VerdictOf = (state: State, nowMs: number) => Observed['verdict']

/**
 * Drives a rollout of the usual plan until it is over, or for 300 steps. `ends` says for each step where the process ends; the next
 * one starts before anything else happens, so that all differences come from the end.
 * @param each gets every step, with what it was asked
 */
export function drive(
  trouble: Trouble,
  verdictOf: VerdictOf,
  ends: readonly End[] = [],
  each: (step: Step, observed: Observed, nowMs: number) => void = () => {},
): Run {
  const world = new World(sizes, trouble)
  const watch = new Watch(world)
  let state = newRollout()
  const events: RolloutEvent[] = []
  let nowMs = 0
  for (let i = 0; i < 300 && !isOver(state); i++) {
    const observed = world.observe({ verdict: verdictOf(state, nowMs) })
    watch.hear(state, observed)
    const step = nextStep('r-1', plan, state, observed, nowMs)
    each(step, observed, nowMs)
    const end = ends[i] ?? 'never'
    if (end === 'never' || end === 'after the calls') {
      for (const command of step.commands) {
        watch.see(command)
        world.call(command)
      }
    }
    if (end === 'never' || end === 'after storing') {
      state = JSON.parse(JSON.stringify(step.state)) as State
      events.push(...step.events)
    }
    if (end !== 'never') continue
    world.pass(tickSeconds)
    nowMs += tickSeconds * 1_000
  }
  return { world, state, events, history: watch.history }
}

/** Writes down which waves begin, and whether the earlier ones were done in that moment. */
class Watch {
  readonly history: Did[] = []
  readonly #world: World
  readonly #begun = new Set<number>()
  readonly #passed = new Set<number>()

  constructor(world: World) {
    this.#world = world
  }

  hear({ phase, wave }: State, { verdict }: Observed): void {
    if ((phase !== 'waiting' && phase !== 'running') || verdict?.wave !== wave) return
    if (verdict.verdict.outcome === 'fail') this.history.push({ did: 'hear of harm' })
    if (verdict.verdict.outcome === 'pass') this.#passed.add(wave)
  }

  /** A wave begins with the first call for one of its groups that leads forward. */
  see(command: Command): void {
    const wave = plan.waves.findIndex(({ groups }) => groups.includes(command.group))
    if (command.kind !== 'create template version' || this.#begun.has(wave)) return
    this.#begun.add(wave)
    const earlier = plan.waves.slice(0, wave).map((_, i) => i)
    this.history.push({ did: 'begin', wave, notDone: earlier.filter((i) => !this.#isDone(i)) })
  }

  #isDone(wave: number): boolean {
    const groups = plan.waves[wave]?.groups.map((name) => this.#world.group(name)) ?? []
    const run = groups.every(
      ({ templateVersion, instances }) =>
        templateVersion === '8' && instances.every((each) => each.templateVersion === '8' && each.isReady),
    )
    return run && this.#passed.has(wave)
  }
}
