import { triedAgain } from './callFaults.ts'
import type { KnownRollout } from './rollout.stored.ts'
import { waveProgress } from './waves.ts'

const timeOf = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** Where a rollout stands, one sentence. */
export function standing(rollout: Pick<KnownRollout, 'plan' | 'state' | 'seen' | 'expiresAt'>, nowMs: number): string {
  const { plan, state, expiresAt } = rollout
  const why = state.ending ? `: ${withoutStop(state.ending.reason)}.` : '.'
  const by = state.ending?.by ? ` by ${state.ending.by}` : ''
  const refused = rollout.seen.refused === null ? '' : ` ${rollout.seen.refused} ${triedAgain}`
  switch (state.phase) {
    case 'waiting':
      return `It waits for approval, at most until ${timeOf(expiresAt.getTime())}.`
    case 'running':
      return running(rollout, nowMs)
    case 'rolling back':
      return `It rolls back${why}${refused}`
    case 'aborting':
      return `It is being aborted${by}${why}${refused}`
    case 'succeeded':
      return plan.waves.length === 1
        ? 'Its wave runs the candidate.'
        : `All ${plan.waves.length} waves run the candidate.`
    case 'rolled back':
      return `It was rolled back${by}${why}`
    case 'aborted':
      return `It was aborted${by}${why}`
    case 'rollback failed':
      return `Its rollback failed, and nothing touches its groups any more. It rolled back${by}${why}`
    case 'declined':
      return 'It was not approved.'
    case 'expired':
      return 'Nobody approved it in time.'
  }
}

function running({ plan, state, seen }: Pick<KnownRollout, 'plan' | 'state' | 'seen'>, nowMs: number): string {
  const wave = plan.waves[state.wave]
  if (state.paused) return `${state.paused.by} paused it: ${withoutStop(state.paused.reason)}.`
  if (seen.refused !== null) return `${seen.refused} ${triedAgain}`
  if (state.holding !== null) return `It holds. ${state.holding}`
  if (!wave) return 'Its last wave has ended.'
  const { state: stage, ready, total, bakeEndsAt } = waveProgress({ plan, state, seen }, state.wave, nowMs)
  if (stage === 'waiting') return `The wave ${wave.name} is about to start.`
  if (stage === 'baking') {
    return bakeEndsAt !== null && nowMs < bakeEndsAt
      ? `The wave ${wave.name} runs the candidate and bakes until ${timeOf(bakeEndsAt)}.`
      : `The wave ${wave.name} runs the candidate and has baked. Auto Scaling ends its instance refresh.`
  }
  if (stage === 'judging') return `The wave ${wave.name} has baked, and the judge decides.`
  if (total === 0) return `Of the wave ${wave.name} no instance is known yet.`
  const run = ready === 1 ? 'runs the candidate and is' : 'run the candidate and are'
  return `In the wave ${wave.name} ${ready} of ${total} ${total === 1 ? 'instance' : 'instances'} ${run} ready.`
}

/** Groups that can't be read, a sentence for each reason. */
export function unreadWords(unread: Readonly<Record<string, string>>): string[] {
  const byReason = Map.groupBy(Object.keys(unread).sort(), (name) => unread[name] ?? '')
  return [...byReason].map(([why, names]) => `${names.join(', ')} could not be read. ${why}`)
}

const withoutStop = (text: string) => text.replace(/[.\s]+$/, '')
