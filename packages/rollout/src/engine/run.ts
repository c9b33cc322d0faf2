import type { Plan, Wave } from '../plan/plan.ts'
import { nextMove } from '../waves/nextMove.ts'
import { forwardCourses } from './commandsOf.ts'
import { countedInstances } from './group.ts'
import type { Change, Observed } from './observed.ts'
import { heldBy, isBegun, readGroups, readyOf, standingOf, standings } from './standing.ts'
import type { State } from './state.ts'
import { completeWords, succeededWords } from './words.ts'

/** What changes in a rollout that runs, one thing at a time. Null if nothing does. */
export function run(plan: Plan, state: State, observed: Observed, nowMs: number): Change | null {
  const wave = plan.waves[state.wave]
  if (!wave) return succeed(plan)
  const standing = standingOf(plan, wave, state, observed)
  // What is seen is noted first: an instance that just got ready is progress, and a deadline counts from there.
  const noted = standing.is === 'failed' ? null : note(plan, wave, state, observed, nowMs)
  if (noted !== null) return noted
  const move = nextMove(standings(plan, state, standing), nowMs)
  switch (move.step) {
    case 'stop':
      return startBack(move.failure)
    case 'wait':
      return hold(state, move.waits)
    case 'begin':
      return move.wave === state.wave ? beginWave(wave, state, observed) : turnTo(move.wave)
    case 'finish':
      return succeed(plan)
  }
}

/** To the previous version, because of this. */
export const startBack = (reason: string, by: string | null = null): Change => ({
  state: { phase: 'rolling back', ending: { by, reason }, paused: null, holding: null, progress: null },
  events: [{ kind: 'rolling back', words: by === null ? reason : `${by} rolls back: ${reason}` }],
})

/** The words may change while it holds, for example with each verdict; that it holds is one event. A pause was one already. */
function hold(state: State, words: string | null): Change | null {
  if (state.holding === words) return null
  const isEvent = words !== null && state.holding === null && state.paused === null
  return { state: { holding: words }, events: isEvent ? [{ kind: 'holding', words }] : [] }
}

/** From now on the rollout is about this wave, which begins if nothing holds it. */
const turnTo = (wave: number): Change => ({
  state: { wave, bakeStartedMs: null, progress: null, holding: null, silent: [] },
  events: [],
})

function beginWave(wave: Wave, state: State, { groups }: Observed): Change {
  const previous = { ...state.previous }
  for (const name of wave.groups) previous[name] ??= groups.get(name)?.templateVersion ?? ''
  const words = `The wave ${wave.name} starts: ${wave.groups.join(', ')}.`
  return { state: { previous, holding: null }, events: [{ kind: 'wave started', words }] }
}

/** What is seen of a wave that is under way and was not noted yet. */
function note(plan: Plan, wave: Wave, state: State, observed: Observed, nowMs: number): Change | null {
  if (!isBegun(wave, state) || heldBy(wave, state, observed) !== null) return null
  return silence(wave, state, observed) ?? progress(plan, wave, state, observed, nowMs)
}

/** Says once of each instance that it went silent; one that comes back counts again. */
function silence(wave: Wave, state: State, observed: Observed): Change | null {
  const silent = readGroups(wave, observed)
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
function progress(plan: Plan, wave: Wave, state: State, observed: Observed, nowMs: number): Change | null {
  const groups = readGroups(wave, observed)
  if (forwardCourses('', plan, state, observed).every(({ status }) => status === 'arrived')) {
    if (state.bakeStartedMs !== null) return state.progress === null ? null : { state: { progress: null }, events: [] }
    const count = groups.reduce((sum, group) => sum + countedInstances(group).length, 0)
    return {
      state: { bakeStartedMs: nowMs, progress: null, holding: null },
      events: [{ kind: 'wave complete', words: completeWords(wave, count, state.silent.length) }],
    }
  }
  const ready = readyOf(groups)
  if (state.progress !== null && ready <= state.progress.ready) return null
  return { state: { progress: { ready, atMs: nowMs }, holding: null }, events: [] }
}

const succeed = ({ waves }: Plan): Change => ({
  state: { phase: 'succeeded', holding: null },
  events: [{ kind: 'succeeded', words: succeededWords(waves) }],
})
