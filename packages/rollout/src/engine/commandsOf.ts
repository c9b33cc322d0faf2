import type { Plan, Wave } from '../plan/plan.ts'
import type { Command } from './commands.ts'
import { back, type Course, forward, stop, unread } from './group.ts'
import type { Observed } from './observed.ts'
import type { State } from './state.ts'

/** The wave of each group that the rollout may have changed: those whose way back it has stored. */
export const begun = (plan: Plan, state: State): [group: string, wave: Wave, previous: string][] =>
  plan.waves.flatMap((wave) =>
    wave.groups.flatMap((group): [string, Wave, string][] => {
      const previous = state.previous[group]
      return previous === undefined ? [] : [[group, wave, previous]]
    }),
  )

/** Where each begun group is on its way back. A group that could not be read is moving. */
export const backCourses = (plan: Plan, state: State, { groups }: Observed): Course[] =>
  begun(plan, state).map(([name, wave, previous]) => {
    const group = groups.get(name)
    return group ? back(name, group, wave, previous) : unread
  })

/** The same for those of the wave that is under way, if the rollout stops where it is. */
export const stopCourses = (plan: Plan, state: State, { groups }: Observed): Course[] =>
  (plan.waves[state.wave]?.groups ?? [])
    .filter((name) => state.previous[name] !== undefined)
    .map((name) => {
      const group = groups.get(name)
      return group ? stop(name, group) : unread
    })

/** The calls to make in this state. While a rollout is paused or its wave has not begun there are none. */
export function commandsOf(id: string, plan: Plan, state: State, observed: Observed): Command[] {
  return coursesOf(id, plan, state, observed).flatMap(({ command }) => command ?? [])
}

function coursesOf(id: string, plan: Plan, state: State, observed: Observed): Course[] {
  switch (state.phase) {
    case 'running':
      return state.paused ? [] : forwardCourses(id, plan, state, observed)
    case 'rolling back':
      return backCourses(plan, state, observed)
    case 'aborting':
      return stopCourses(plan, state, observed)
    default:
      return []
  }
}

/** Where each group of the wave that is under way is on its way to the candidate, if it was begun and could be read. */
export function forwardCourses(id: string, plan: Plan, state: State, { groups }: Observed): Course[] {
  const wave = plan.waves[state.wave]
  return (wave?.groups ?? []).flatMap((name) => {
    const group = groups.get(name)
    return wave && group && state.previous[name] !== undefined ? forward(name, group, wave, id) : []
  })
}
