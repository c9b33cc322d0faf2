import { countedInstances, type Group, isBegun, type State } from '@tickwatch/rollout'
import type { KnownRollout, SeenGroup } from './rollout.stored.ts'
import type { WaveState } from './rollout.types.ts'

export type WaveProgress = {
  state: WaveState
  /** Instances that are ready with what they shall run. */
  ready: number
  total: number
  /** Epoch milliseconds; null unless all of the wave run the candidate. */
  bakeEndsAt: number | null
}

type Known = Pick<KnownRollout, 'plan' | 'state' | 'seen'>

/** How far the wave with this index is. */
export function waveProgress({ plan, state, seen }: Known, index: number, nowMs: number): WaveProgress {
  const wave = plan.waves[index]
  const names = wave?.groups ?? []
  const isCurrent = index === state.wave
  const bakeEndsAt =
    wave && isCurrent && state.bakeStartedMs !== null ? state.bakeStartedMs + wave.bakeSeconds * 1_000 : null
  const goesBack = state.phase === 'rolling back' || state.phase === 'rolled back' || state.phase === 'rollback failed'
  const groups = names.flatMap((name): [string, SeenGroup][] => {
    const group = seen.groups[name]
    return group ? [[name, group]] : []
  })
  const sum = (count: (name: string, group: SeenGroup) => number) =>
    groups.reduce((total, [name, group]) => total + count(name, group), 0)
  return {
    state: stateOf(
      {
        state,
        hasBegun: wave !== undefined && isBegun(wave, state),
        isCurrent,
        isJudged: wave?.judge !== null,
        hasBaked: bakeEndsAt !== null && nowMs >= bakeEndsAt,
      },
      index,
    ),
    ready: sum((name, group) => readyWith(group, goesBack ? (state.previous[name] ?? null) : group.candidateVersion)),
    total: sum((_, group) => Math.max(group.desired, counted(group).length)),
    bakeEndsAt,
  }
}

const counted = (group: SeenGroup) => countedInstances({ ...group, refreshes: [] } satisfies Group)

const readyWith = (group: SeenGroup, templateVersion: string | null): number =>
  counted(group).filter((instance) => instance.isReady && instance.templateVersion === templateVersion).length

type About = { state: State; hasBegun: boolean; isCurrent: boolean; isJudged: boolean; hasBaked: boolean }

function stateOf({ state, hasBegun, isCurrent, isJudged, hasBaked }: About, index: number): WaveState {
  if (!hasBegun) return 'waiting'
  switch (state.phase) {
    case 'rolling back':
      return 'rolling back'
    case 'rolled back':
      return 'rolled back'
    case 'rollback failed':
      return 'failed'
    case 'succeeded':
      return 'complete'
    default:
      break
  }
  if (!isCurrent) return index < state.wave ? 'complete' : 'waiting'
  if (state.phase !== 'running') return 'failed'
  if (state.bakeStartedMs === null || state.progress !== null) return 'running'
  return hasBaked && isJudged ? 'judging' : 'baking'
}
