import type { Plan } from '../plan/plan.ts'
import { backCourses, begun, stopCourses } from './commandsOf.ts'
import { countedInstances, readyCount } from './group.ts'
import type { Change, Observed } from './observed.ts'
import { secondsMax } from './progress.ts'
import type { State } from './state.ts'

/** What changes in a rollout that rolls back. One group that can't go back does not keep the others from it. */
export function rollBack(plan: Plan, state: State, observed: Observed, nowMs: number): Change | null {
  const courses = backCourses(plan, state, observed)
  const reason = state.ending?.reason ?? ''
  if (courses.every(({ status }) => status === 'arrived')) {
    const words = `Every instance runs the previous version. ${reason}`
    return { state: { phase: 'rolled back', progress: null }, events: [{ kind: 'rolled back', words }] }
  }
  const failures = courses.flatMap((course) => (course.status === 'failed' ? [course.reason] : []))
  if (courses.every(({ status }) => status !== 'moving')) return fail(failures.join(' '))
  const all = begun(plan, state)
  const ready = all.reduce((sum, [name, , previous]) => {
    const group = observed.groups.get(name)
    return sum + (group ? readyCount(group, previous) : 0)
  }, 0)
  if (state.progress === null || ready > state.progress.ready) {
    return { state: { progress: { ready, atMs: nowMs } }, events: [] }
  }
  const seconds = Math.max(...all.map(([, wave]) => secondsMax(wave)))
  if (nowMs - state.progress.atMs < seconds * 1_000) return null
  const stuck = `For ${seconds} s no further instance got ready with the previous version: ${ready} are.`
  return fail([...failures, stuck].join(' '))
}

/** Nobody touches it any more: another rollout, with its approval, leads forward. */
const fail = (words: string): Change => ({
  state: { phase: 'rollback failed', progress: null },
  events: [{ kind: 'rollback failed', words: `The rollback failed. ${words}` }],
})

/** What changes in a rollout that stops where it is. */
export function abort(plan: Plan, state: State, observed: Observed): Change | null {
  if (stopCourses(plan, state, observed).some(({ status }) => status === 'moving')) return null
  const groups = begun(plan, state).flatMap(([name]) => observed.groups.get(name) ?? [])
  const instances = groups.flatMap((group) =>
    countedInstances(group).map(({ templateVersion }) => templateVersion === group.candidateVersion),
  )
  const candidates = instances.filter(Boolean).length
  const words = `Aborted where it was: ${candidates} of ${instances.length} instances of the begun waves run the candidate.`
  return { state: { phase: 'aborted' }, events: [{ kind: 'aborted', words }] }
}
