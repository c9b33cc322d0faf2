import type { StatusKind } from '../../components/Status.tsx'
import { formatDuration, formatPercent, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import type { Rollout } from './rollouts.ts'

export type Group = Rollout['groups'][number]
export type Instance = Group['instances'][number]
export type WaveView = Rollout['waves'][number]
export type Plan = Outputs['rollout']['draft']['plan']
export type PlannedWave = Plan['waves'][number]

type State = { kind: StatusKind; words: string }

/** What an instance does now. */
export function instanceState({ lifecycle, isSilent, isCandidate, isReady }: Instance): State {
  if (lifecycle === 'Terminating') return { kind: 'quiet', words: 'ends' }
  if (isSilent) return { kind: 'warning', words: 'reports nothing' }
  if (lifecycle === 'Standby') return { kind: 'quiet', words: 'in standby' }
  if (isCandidate) return isReady ? { kind: 'good', words: 'candidate' } : { kind: 'info', words: 'candidate, starts' }
  return isReady ? { kind: 'quiet', words: 'version before' } : { kind: 'warning', words: 'version before, not ready' }
}

/** The instances of a group by zone, in the order of their names. A zone of the group without an instance is there too. */
export function zonesOf({ zones, instances }: Pick<Group, 'zones' | 'instances'>): {
  zone: string
  instances: Instance[]
}[] {
  const names = [...new Set([...zones, ...instances.map(({ zone }) => zone)])].sort()
  return names.map((zone) => ({
    zone,
    instances: instances.filter((each) => each.zone === zone).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  }))
}

/** How far a group is: `2 of 3 run the candidate and are ready`. */
export function groupSentence({ instances }: Pick<Group, 'instances'>): string {
  const staying = instances.filter(({ lifecycle }) => lifecycle !== 'Terminating')
  if (staying.length === 0) return 'no instance'
  const ready = staying.filter(({ isCandidate, isReady, isSilent }) => isCandidate && isReady && !isSilent).length
  const all = staying.length
  if (ready === 0) return `none of ${all} ${all === 1 ? 'runs' : 'run'} the candidate`
  return `${ready} of ${all} ${ready === 1 ? 'runs' : 'run'} the candidate and ${ready === 1 ? 'is' : 'are'} ready`
}

const waveStates: Record<WaveView['state'], State> = {
  waiting: { kind: 'quiet', words: 'waits' },
  running: { kind: 'info', words: 'replaces instances' },
  baking: { kind: 'info', words: 'bakes' },
  judging: { kind: 'info', words: 'waits for the judge' },
  complete: { kind: 'good', words: 'complete' },
  'rolling back': { kind: 'warning', words: 'rolls back' },
  'rolled back': { kind: 'warning', words: 'rolled back' },
  failed: { kind: 'bad', words: 'failed' },
}
/** @param isRolloutOver then a wave that waits never begins */
export function waveState({ state }: Pick<WaveView, 'state'>, isRolloutOver: boolean): State {
  if (state === 'waiting' && isRolloutOver) return { kind: 'quiet', words: 'never began' }
  // A newer release may know more.
  return waveStates[state] ?? { kind: 'quiet', words: state }
}

const seconds = (value: number) => formatDuration(value * 1_000)

/** How a wave goes, a sentence each. */
export function waveRules(wave: PlannedWave): string[] {
  const { minHealthyPercent, maxHealthyPercent, checkpointPercents, checkpointSeconds, bakeSeconds, alarms } = wave
  const stops = checkpointSeconds === 0 ? [] : checkpointPercents.filter((percent) => percent < 100)
  return [
    `From ${minHealthyPercent} % to ${maxHealthyPercent} % of the instances are healthy meanwhile.`,
    ...(stops.length === 0
      ? []
      : [`At ${stops.map((percent) => `${percent} %`).join(', ')} it waits for ${seconds(checkpointSeconds)}.`]),
    bakeSeconds === 0 ? 'It does not bake.' : `When all are replaced it bakes for ${seconds(bakeSeconds)}.`,
    judgeRule(wave),
    ...(alarms.length === 0 ? [] : [`${plural(alarms.length, 'alarm')} can stop it: ${alarms.join(', ')}.`]),
  ]
}

function judgeRule({ judge }: PlannedWave): string {
  if (judge === null) return 'Nobody judges it.'
  return judge.compares
    ? `The judge compares it with the baseline over at least ${judge.passPointsMin} intervals of ${seconds(judge.intervalSeconds)}.`
    : 'The judge looks at the hard limits alone.'
}

/** Which part of the wave is ready, for a bar. */
export const readyRatio = ({ ready, total }: Pick<WaveView, 'ready' | 'total'>): number =>
  total === 0 ? 0 : Math.min(1, ready / total)

/** `3 of 4 run the candidate and are ready (75 %)`; of a wave that goes back, how many run the version before. */
export function readyWords({ state, ready, total }: Pick<WaveView, 'state' | 'ready' | 'total'>): string {
  if (total === 0) return 'No instance is known yet'
  const what = state === 'rolling back' || state === 'rolled back' ? 'the version before' : 'the candidate'
  const one = ready === 1
  return `${ready} of ${total} ${one ? 'runs' : 'run'} ${what} and ${one ? 'is' : 'are'} ready (${formatPercent(ready / total)})`
}
