import type { Group } from '../plan/fleet.ts'
import type { Plan, Wave } from '../plan/plan.ts'
import { nextMove, type WaveStanding } from '../waves/nextMove.ts'
import { forwardCourses } from './commandsOf.ts'
import { countedInstances, forwardRefresh, readyCount } from './group.ts'
import type { Observed } from './observed.ts'
import { secondsMax } from './progress.ts'
import type { State } from './state.ts'
import { stuckWords } from './words.ts'

/** It waits and fails for reasons that are sentences. Null: what it waits for need not be said. */
type ImageWave = WaveStanding<string | null, null, string>

const passed = { is: 'passed', because: null } as const
const waitsFor = (waits: string | null) => ({ is: 'under way', waits, deadline: null }) as const

/** A wave has begun if the way back of each of its groups is stored. */
export const isBegun = ({ groups }: Pick<Wave, 'groups'>, { previous }: Pick<State, 'previous'>): boolean =>
  groups.every((name) => previous[name] !== undefined)

/** The groups of a wave that could be read. */
export const readGroups = (wave: Wave, { groups }: Observed): Group[] =>
  wave.groups.flatMap((name) => groups.get(name) ?? [])

/** All waves of a plan. @param current where the wave with the index of the state stands */
export const standings = ({ waves }: Plan, { wave }: State, current: ImageWave): ImageWave[] =>
  waves.map((_, i) => (i < wave ? passed : i === wave ? current : { is: 'not begun', held: null }))

/** Where the wave stands that is under way, or that is the next to begin. */
export function standingOf(plan: Plan, wave: Wave, state: State, observed: Observed): ImageWave {
  const courses = forwardCourses('', plan, state, observed)
  // The judge and Auto Scaling are heard also while the rollout is paused: harm does not wait for a person.
  const failure = judgedBad(state, observed) ?? courses.find(({ status }) => status === 'failed')?.reason ?? null
  if (failure !== null) return { is: 'failed', failure }
  const held = heldBy(wave, state, observed)
  if (!isBegun(wave, state)) return { is: 'not begun', held: held ?? blockedBy(observed) }
  if (held !== null) return waitsFor(held)
  const groups = readGroups(wave, observed)
  if (courses.every(({ status }) => status === 'arrived')) {
    const isDone = groups.every((group) => forwardRefresh(group)?.status === 'Successful')
    return complete(wave, state, observed.verdict, isDone)
  }
  const waits = courses.flatMap((course) => course.waits ?? [])
  return {
    is: 'under way',
    waits: waits.length > 0 ? waits.join(' ') : null,
    deadline: patience(wave, state, groups, [...waits, observed.fault ?? []].flat()),
  }
}

const judgedBad = ({ wave }: State, { verdict }: Observed): string | null =>
  verdict?.wave === wave && verdict.verdict.outcome === 'fail' ? verdict.verdict.words : null

/** What holds a wave, whether it has begun or not. */
export function heldBy(wave: Wave, { paused }: State, { groups }: Observed): string | null {
  if (paused) return `${paused.by} paused it: ${paused.reason}`
  const unread = wave.groups.filter((name) => !groups.has(name))
  return unread.length > 0 ? `Could not read ${unread.join(', ')} from Auto Scaling.` : null
}

const blockedBy = ({ blocks }: Observed): string | null =>
  blocks.length > 0 ? blocks.map(({ reason, remedy }) => `${reason} ${remedy}`).join(' ') : null

/** How many instances of these groups run the candidate and are ready. */
export const readyOf = (groups: readonly Group[]): number =>
  groups.reduce((sum, group) => sum + readyCount(group, group.candidateVersion), 0)

/** The wave fails if for too long no further instance got ready. @param also what it waited for meanwhile, as sentences */
function patience(wave: Wave, { progress }: State, groups: readonly Group[], also: readonly string[]) {
  if (progress === null) return null
  const seconds = secondsMax(wave)
  const all = groups.reduce((sum, group) => sum + countedInstances(group).length, 0)
  const failure = [stuckWords(seconds, readyOf(groups), all, 'candidate'), ...also].join(' ')
  return { atMs: progress.atMs + seconds * 1_000, becomes: { is: 'failed', failure } as const }
}

/** All instances run the candidate. When the wave has baked and Auto Scaling is done with it, the judge must pass it. */
function complete(wave: Wave, state: State, verdict: Observed['verdict'], isDone: boolean): ImageWave {
  if (state.bakeStartedMs === null) return waitsFor(null)
  const atMs = state.bakeStartedMs + wave.bakeSeconds * 1_000
  return {
    is: 'under way',
    waits: null,
    deadline: { atMs, becomes: isDone ? judged(wave, state, verdict) : waitsFor(null) },
  }
}

function judged({ judge }: Wave, state: State, verdict: Observed['verdict']) {
  if (judge === null) return passed
  const own = verdict?.wave === state.wave ? verdict.verdict : null
  return own?.outcome === 'pass' ? passed : waitsFor(own?.words ?? 'Nobody has judged this wave yet.')
}

/**
 * The index of the wave that the state machine may begin in its next step, so that it needs to know what blocks that. Null if it
 * can begin none, whatever Auto Scaling says: the wave that is under way has not baked yet, or the judge does not pass it.
 */
export function startsNext(
  plan: Plan,
  state: State,
  { approval, verdict }: Pick<Observed, 'approval' | 'verdict'>,
  nowMs: number,
): number | null {
  if (state.phase === 'waiting') return approval === 'approved' ? 0 : null
  const wave = plan.waves[state.wave]
  if (state.phase !== 'running' || state.paused || !wave) return null
  const current = isBegun(wave, state)
    ? complete(wave, state, verdict, true)
    : ({ is: 'not begun', held: null } as const)
  const move = nextMove(standings(plan, state, current), nowMs)
  return move.step === 'begin' ? move.wave : null
}
