import type { Change } from './observed.ts'
import { startBack } from './run.ts'
import { isOver, type RolloutEvent, type State } from './state.ts'

export const actions = ['pause', 'resume', 'abort', 'roll back'] as const
export type Action = { kind: (typeof actions)[number]; by: string; reason: string }

export type Acted = { state: State; events: RolloutEvent[]; refusal: null } | { refusal: string }

/** What a person wants of a rollout, with a reason that everyone can read later. A refusal says why and what to do. */
export function byHand(state: State, action: Action, nowMs: number): Acted {
  if (action.reason.trim() === '') return { refusal: 'Enter a reason.' }
  const change = changeFor(state, action, nowMs)
  if (typeof change === 'string') return { refusal: change }
  const events = change.events.map((event) => ({ ...event, atMs: nowMs }))
  return { state: { ...state, ...change.state }, events, refusal: null }
}

function changeFor(state: State, { kind, by, reason }: Action, nowMs: number): Change | string {
  if (isOver(state)) return `The rollout is over (${state.phase}). To go back, roll out the previous image.`
  const isRunning = state.phase === 'running'
  const words = `${by}: ${reason}`
  switch (kind) {
    case 'pause':
      if (!isRunning) return 'Only a rollout that runs can be paused.'
      if (state.paused) return `${state.paused.by} paused it already.`
      return { state: { paused: { by, reason, atMs: nowMs } }, events: [{ kind: 'paused', words }] }
    case 'resume':
      if (!state.paused) return 'It is not paused.'
      // The time of the pause is no time without progress.
      return { state: { paused: null, holding: null, progress: null }, events: [{ kind: 'resumed', words }] }
    case 'abort': {
      if (state.phase === 'rolling back') return 'It rolls back already. Wait until that has ended.'
      if (state.phase === 'aborting') return 'It is being aborted already.'
      const ending = { by, reason }
      return {
        state: { phase: 'aborting', ending, paused: null, holding: null },
        events: [{ kind: 'aborting', words }],
      }
    }
    case 'roll back':
      if (state.phase === 'waiting') return 'It has not started. Abort it instead.'
      if (state.phase === 'rolling back') return 'It rolls back already.'
      return startBack(reason, by)
  }
}
