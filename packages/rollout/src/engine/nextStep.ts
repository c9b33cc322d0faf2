import type { Plan } from '../plan/plan.ts'
import { commandsOf } from './commandsOf.ts'
import type { Change, Observed, Step } from './observed.ts'
import { run } from './run.ts'
import { isOver, type RolloutEvent, type State } from './state.ts'
import { abort, rollBack } from './undo.ts'

/** More changes than any rollout has at one moment: each wave has a few. */
const changesMax = 1_000

/**
 * What to do next. It is a pure function of what was stored and what is seen: asked again with the state that it returned,
 * it answers with the same state, the same commands and no events. So it does not matter where a process ends.
 * @param id names the rollout in what it creates; other rollouts must not have it
 */
export function nextStep(id: string, plan: Plan, state: State, observed: Observed, nowMs: number): Step {
  const events: RolloutEvent[] = []
  let now = state
  for (let i = 0; i < changesMax; i++) {
    const change = changeOf(plan, now, observed, nowMs)
    if (change === null) break
    now = { ...now, ...change.state }
    events.push(...change.events.map((event) => ({ ...event, atMs: nowMs })))
  }
  return { state: now, commands: commandsOf(id, plan, now, observed), events }
}

function changeOf(plan: Plan, state: State, observed: Observed, nowMs: number): Change | null {
  if (isOver(state)) return null
  switch (state.phase) {
    case 'waiting':
      return begin(observed)
    case 'running':
      return run(plan, state, observed, nowMs)
    case 'aborting':
      return abort(plan, state, observed)
    default:
      return rollBack(plan, state, observed, nowMs)
  }
}

function begin({ approval }: Observed): Change | null {
  switch (approval) {
    case 'waiting':
      return null
    case 'approved':
      return {
        state: { phase: 'running' },
        events: [{ kind: 'started', words: 'The rollout was approved and starts.' }],
      }
    case 'declined':
      return { state: { phase: 'declined' }, events: [{ kind: 'declined', words: 'The rollout was declined.' }] }
    case 'expired': {
      const words = 'Nobody decided in time, so the request expired. Ask again.'
      return { state: { phase: 'expired' }, events: [{ kind: 'expired', words }] }
    }
  }
}
