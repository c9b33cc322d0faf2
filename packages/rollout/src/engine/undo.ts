import type { Plan } from '../plan/plan.ts'
import { backCourses, begun, stopCourses } from './commandsOf.ts'
import { countedInstances, readyCount } from './group.ts'
import type { Change, Observed } from './observed.ts'
import { secondsMax } from './progress.ts'
import type { State } from './state.ts'
import { abortedWords, rolledBackWords, stuckWords } from './words.ts'

/** What changes in a rollout that rolls back. One group that can't go back does not keep the others from it. */
export function rollBack(plan: Plan, state: State, observed: Observed, nowMs: number): Change | null {
  const courses = backCourses(plan, state, observed)
  const all = begun(plan, state)
  const groups = all.flatMap(([name]) => observed.groups.get(name) ?? [])
  if (courses.every(({ status }) => status === 'arrived')) {
    const silent = groups.flatMap(({ instances }) => instances.filter(({ isSilent }) => isSilent)).length
    const words = `${rolledBackWords({ waves: wavesOf(all), silent })} ${whyOf(state)}`
    return { state: { phase: 'rolled back', progress: null }, events: [{ kind: 'rolled back', words }] }
  }
  const failures = courses.flatMap((course) => (course.status === 'failed' ? [course.reason] : []))
  if (courses.every(({ status }) => status !== 'moving')) return fail(failures.join(' '))
  const ready = all.reduce((sum, [name, , previous]) => {
    const group = observed.groups.get(name)
    return sum + (group ? readyCount(group, previous) : 0)
  }, 0)
  if (state.progress === null || ready > state.progress.ready) {
    return { state: { progress: { ready, atMs: nowMs } }, events: [] }
  }
  const seconds = Math.max(...all.map(([, wave]) => secondsMax(wave)))
  if (nowMs - state.progress.atMs < seconds * 1_000) return null
  const counted = groups.reduce((sum, group) => sum + countedInstances(group).length, 0)
  const stuck = stuckWords(seconds, ready, counted, 'previous version')
  return fail([...failures, stuck, observed.fault ?? []].flat().join(' '))
}

const wavesOf = (all: ReturnType<typeof begun>) => new Set(all.map(([, wave]) => wave)).size
/** A person's reason is not a sentence of ours. */
const whyOf = ({ ending }: State) => (ending?.by ? `${ending.by}: ${ending.reason}` : (ending?.reason ?? ''))

/** Nobody touches it any more: another rollout, with its approval, leads forward. */
const fail = (words: string): Change => ({
  state: { phase: 'rollback failed', progress: null },
  events: [{ kind: 'rollback failed', words: `The rollback failed. ${words}` }],
})

/** What changes in a rollout that stops where it is. */
export function abort(plan: Plan, state: State, observed: Observed): Change | null {
  if (stopCourses(plan, state, observed).some(({ status }) => status === 'moving')) return null
  const all = begun(plan, state)
  const instances = all.flatMap(([name]) => {
    const group = observed.groups.get(name)
    return group ? countedInstances(group).map((each) => each.templateVersion === group.candidateVersion) : []
  })
  const words = abortedWords({
    ...{ waves: wavesOf(all), candidates: instances.filter(Boolean).length, all: instances.length },
    unread: all.flatMap(([name]) => (observed.groups.has(name) ? [] : name)),
  })
  return { state: { phase: 'aborted' }, events: [{ kind: 'aborted', words }] }
}
