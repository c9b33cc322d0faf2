import type { Group } from '../plan/fleet.ts'
import type { Plan, Wave } from '../plan/plan.ts'
import { forwardCourses } from './commandsOf.ts'
import { countedInstances, forwardRefresh, readyCount } from './group.ts'
import type { Change, Observed } from './observed.ts'
import { secondsMax } from './progress.ts'
import type { State } from './state.ts'
import { completeWords, stuckWords, succeededWords } from './words.ts'

/** What changes in a rollout that runs, one thing at a time. Null if nothing does. */
export function run(plan: Plan, state: State, observed: Observed, nowMs: number): Change | null {
  const wave = plan.waves[state.wave]
  if (!wave) return succeed(plan)
  const failure = failureOf(plan, state, observed)
  if (failure !== null) return startBack(failure)
  const groups = wave.groups.flatMap((name) => observed.groups.get(name) ?? [])
  const isBegun = wave.groups.every((name) => state.previous[name] !== undefined)
  if (state.paused) return hold(state, `${state.paused.by} paused it: ${state.paused.reason}`, false)
  if (groups.length < wave.groups.length) {
    const unread = wave.groups.filter((name) => !observed.groups.has(name))
    return hold(state, `Could not read ${unread.join(', ')} from Auto Scaling.`)
  }
  if (!isBegun) return beginWave(wave, state, observed)
  return (
    silence(state, groups) ??
    advance(plan, state, observed, groups, nowMs) ??
    finish(plan, wave, state, observed, nowMs)
  )
}

/** The judge and Auto Scaling are heard also while the rollout is paused: harm does not wait for a person. */
function failureOf(plan: Plan, state: State, observed: Observed): string | null {
  const { verdict } = observed
  if (verdict && verdict.wave === state.wave && verdict.verdict.outcome === 'fail') return verdict.verdict.words
  const failed = forwardCourses('', plan, state, observed).find(({ status }) => status === 'failed')
  return failed?.reason ?? null
}

/** To the previous version, because of this. */
export const startBack = (reason: string, by: string | null = null): Change => ({
  state: { phase: 'rolling back', ending: { by, reason }, paused: null, holding: null, progress: null },
  events: [{ kind: 'rolling back', words: by === null ? reason : `${by} rolls back: ${reason}` }],
})

/** The words may change while it holds, for example with each verdict; that it holds is one event. */
function hold(state: State, words: string, isEvent = true): Change | null {
  if (state.holding === words) return null
  return { state: { holding: words }, events: isEvent && state.holding === null ? [{ kind: 'holding', words }] : [] }
}

function beginWave(wave: Wave, state: State, { groups, blocks }: Observed): Change | null {
  if (blocks.length > 0) return hold(state, blocks.map(({ reason, remedy }) => `${reason} ${remedy}`).join(' '))
  const previous = { ...state.previous }
  for (const name of wave.groups) previous[name] ??= groups.get(name)?.templateVersion ?? ''
  const words = `The wave ${wave.name} starts: ${wave.groups.join(', ')}.`
  return { state: { previous, holding: null }, events: [{ kind: 'wave started', words }] }
}

/** Says once of each instance that it went silent; one that comes back counts again. */
function silence(state: State, groups: readonly Group[]): Change | null {
  const silent = groups
    .flatMap(({ instances }) => instances.filter(({ isSilent }) => isSilent).map(({ id }) => id))
    .sort()
  if (silent.join() === state.silent.join()) return null
  const added = silent.filter((id) => !state.silent.includes(id))
  return {
    state: { silent },
    events: added.map((id) => ({
      kind: 'instance silent',
      words: `${id} reports nothing, so the wave does not wait for it. It gets what its group gets when it is back.`,
    })),
  }
}

/** Follows the instances until all of the wave run the candidate. A crash loop is no progress: only a new maximum is. */
function advance(plan: Plan, state: State, observed: Observed, groups: readonly Group[], nowMs: number): Change | null {
  const wave = plan.waves[state.wave] as Wave
  const courses = forwardCourses('', plan, state, observed)
  if (courses.every(({ status }) => status === 'arrived')) {
    if (state.bakeStartedMs !== null) return state.progress === null ? null : { state: { progress: null }, events: [] }
    const count = groups.reduce((sum, group) => sum + countedInstances(group).length, 0)
    return {
      state: { bakeStartedMs: nowMs, progress: null, holding: null },
      events: [{ kind: 'wave complete', words: completeWords(wave, count, state.silent.length) }],
    }
  }
  const ready = groups.reduce((sum, group) => sum + readyCount(group, group.candidateVersion), 0)
  if (state.progress === null || ready > state.progress.ready) {
    return { state: { progress: { ready, atMs: nowMs }, holding: null }, events: [] }
  }
  const seconds = secondsMax(wave)
  const waits = courses.flatMap((course) => course.waits ?? [])
  if (nowMs - state.progress.atMs >= seconds * 1_000) {
    const all = groups.reduce((sum, group) => sum + countedInstances(group).length, 0)
    return startBack([stuckWords(seconds, ready, all, 'candidate'), ...waits, observed.fault ?? []].flat().join(' '))
  }
  if (waits.length > 0) return hold(state, waits.join(' '))
  return state.holding === null ? null : { state: { holding: null }, events: [] }
}

/** Ends the wave: it has baked, Auto Scaling is done with it, and the judge passes it. */
function finish(plan: Plan, wave: Wave, state: State, observed: Observed, nowMs: number): Change | null {
  if (state.bakeStartedMs === null || state.progress !== null) return null
  const groups = wave.groups.flatMap((name) => observed.groups.get(name) ?? [])
  const isBaking =
    nowMs < state.bakeStartedMs + wave.bakeSeconds * 1_000 ||
    groups.some((group) => forwardRefresh(group)?.status !== 'Successful')
  if (isBaking) return state.holding === null ? null : { state: { holding: null }, events: [] }
  if (wave.judge) {
    const judged = observed.verdict?.wave === state.wave ? observed.verdict.verdict : null
    if (judged?.outcome !== 'pass') return hold(state, judged?.words ?? 'Nobody has judged this wave yet.')
  }
  if (state.wave + 1 >= plan.waves.length) return succeed(plan)
  const next = { wave: state.wave + 1, bakeStartedMs: null, progress: null, holding: null, silent: [] }
  return { state: next, events: [] }
}

const succeed = ({ waves }: Plan): Change => ({
  state: { phase: 'succeeded', holding: null },
  events: [{ kind: 'succeeded', words: succeededWords(waves) }],
})
