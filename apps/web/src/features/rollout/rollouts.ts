import type { StatusKind } from '../../components/Status.tsx'
import { formatInteger, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type RolloutRow = Outputs['rollout']['list']['items'][number]
export type Rollout = Outputs['rollout']['get']
export type RolloutEvent = Outputs['rollout']['events']['items'][number]
export type ActionKind = Rollout['actions'][number]['kind']
export type Phase = RolloutRow['phase']

/** The inputs of the API, shared by the pages and the server that prefetches for them. */
export const openInput = { show: 'open' as const, pageSize: 200 }
export const endedInput = (get: (key: string) => string | null) => ({
  show: 'ended' as const,
  cursor: get('cursor'),
  pageSize: 50,
})
export const eventsInput = (number: number, get: (key: string) => string | null) => ({
  number,
  cursor: get('ecursor'),
  pageSize: 50,
})

/** The number in a URL; 0, which no rollout has, if it is not one. */
export const rolloutNumberOf = (text: string): number => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0)

export const rolloutHref = (number: number): string => `/rollouts/${number}`

/** The page that asks for a rollout of this image. Without an environment the person chooses one. */
export const askHref = (imageId: string | null, environment: string | null = null): string => {
  const params = new URLSearchParams({
    ...(imageId === null ? {} : { image: imageId }),
    ...(environment === null ? {} : { environment }),
  }).toString()
  return params === '' ? '/rollouts/new' : `/rollouts/new?${params}`
}

export const imageWords = ({ name, version }: { name: string; version: string }): string => `${name} ${version}`

type State = { kind: StatusKind; words: string }
const phases: Record<Phase, State> = {
  waiting: { kind: 'info', words: 'waits to start' },
  running: { kind: 'info', words: 'runs' },
  'rolling back': { kind: 'warning', words: 'rolls back' },
  aborting: { kind: 'warning', words: 'is being aborted' },
  succeeded: { kind: 'good', words: 'succeeded' },
  'rolled back': { kind: 'warning', words: 'rolled back' },
  aborted: { kind: 'quiet', words: 'aborted' },
  'rollback failed': { kind: 'bad', words: 'rollback failed' },
  declined: { kind: 'quiet', words: 'declined' },
  expired: { kind: 'quiet', words: 'expired' },
}

/** Where a rollout stands. One that runs may be paused by a person, or hold because it is not sure. */
export function stateOf({ phase, paused, holding }: Pick<RolloutRow, 'phase' | 'paused' | 'holding'>): State {
  if (paused) return { kind: 'warning', words: 'paused' }
  if (phase === 'running' && holding !== null) return { kind: 'warning', words: 'holds' }
  // A newer release may know more phases.
  return phases[phase] ?? { kind: 'quiet', words: phase }
}

const ended: readonly Phase[] = ['succeeded', 'rolled back', 'aborted', 'rollback failed', 'declined', 'expired']
export const isOver = ({ phase }: Pick<RolloutRow, 'phase'>): boolean => ended.includes(phase)

/** `2 of 3: eu-central-1a` */
export const waveWords = ({ wave }: Pick<RolloutRow, 'wave'>): string =>
  wave === null ? '–' : `${formatInteger(wave.index + 1)} of ${formatInteger(wave.count)}: ${wave.name}`

/** The sentence under the title of the list. */
export function openSentence(open: readonly RolloutRow[]): string {
  if (open.length === 0) return 'No rollout is open.'
  const counts = new Map<string, number>()
  for (const row of open) {
    const { words } = stateOf(row)
    counts.set(words, (counts.get(words) ?? 0) + 1)
  }
  const parts = [...counts].map(([words, count]) => `${formatInteger(count)} ${count === 1 ? words : severally(words)}`)
  return `${plural(open.length, 'rollout')} ${open.length === 1 ? 'is' : 'are'} open: ${parts.join(', ')}.`
}

const severals: Record<string, string> = {
  'waits to start': 'wait to start',
  runs: 'run',
  holds: 'hold',
  'rolls back': 'roll back',
  'is being aborted': 'are being aborted',
}
const severally = (words: string): string => severals[words] ?? words

/** What the sentence under the title does not say of why it stands there, and who said so. The worst first. */
export type Notice = { kind: StatusKind; title: string; words: string; by: string | null; at: string | null }

export function noticesOf(rollout: Pick<Rollout, 'phase' | 'paused' | 'holding' | 'ending' | 'words'>): Notice[] {
  const { phase, paused, holding, ending, words } = rollout
  const notices: Notice[] = []
  const isIn = (text: string) => words.includes(text.replace(/[.\s]+$/, ''))
  if (phase === 'rollback failed') {
    notices.push({
      ...{ kind: 'bad', title: 'The rollback failed', by: null, at: null },
      words:
        'No rollout touches these groups any more. Read below which instances run what, bring the groups to a version that works, and roll out from there.',
    })
  }
  if (paused) {
    if (!isIn(paused.reason)) {
      notices.push({ kind: 'warning', title: 'Paused', words: paused.reason, by: paused.by, at: paused.at })
    }
  } else if (holding !== null && !isIn(holding)) {
    notices.push({ kind: 'warning', title: 'It holds', words: holding, by: null, at: null })
  }
  if (ending && !isIn(ending.reason)) {
    notices.push({
      ...{ kind: phase === 'aborted' || phase === 'aborting' ? 'quiet' : 'warning', at: null },
      ...{ title: phase.startsWith('abort') ? 'Why it was aborted' : 'Why it rolls back', by: ending.by },
      words: ending.reason,
    })
  }
  return notices
}

/** Data of Auto Scaling that is older than this may differ from what is there now. */
const observedFreshMs = 60_000

/** What is known of the groups: nothing yet, how they are, how they were when AWS answered last, how they were at the end. */
export function observation(
  { phase, observedAt }: Pick<Rollout, 'phase' | 'observedAt'>,
  nowMs: number,
): 'never' | 'now' | 'old' | 'then' {
  if (observedAt === null) return 'never'
  if (isOver({ phase })) return 'then'
  return nowMs - Date.parse(observedAt) > observedFreshMs ? 'old' : 'now'
}

/** `1 of 2 approved`, `declined`, `expired`. */
export function requestState(request: Pick<Rollout['request'], 'state' | 'approvals' | 'approversNeeded'>): State {
  const { state, approvals, approversNeeded } = request
  switch (state) {
    case 'pending':
      return { kind: 'info', words: `${approvals.length} of ${approversNeeded} approved` }
    case 'approved':
      return { kind: 'good', words: 'approved' }
    case 'declined':
      return { kind: 'bad', words: 'declined' }
    case 'withdrawn':
      return { kind: 'quiet', words: 'withdrawn by the requester' }
    case 'outdated':
      return { kind: 'quiet', words: 'closed without a decision' }
  }
}

/** How many people must approve, as the end of a sentence about the request. */
export const approversWords = (needed: number): string =>
  needed === 1 ? 'one other person must approve it' : `${needed} other people must approve it`

/** What happened, without the name of who did it, which stands beside it. */
export function eventWords({ words, by }: Pick<RolloutEvent, 'words' | 'by'>): string {
  const named = by === null ? '' : `${by.name}: `
  return named !== '' && words.startsWith(named) ? words.slice(named.length) : words
}

type ActionWords = { button: string; title: string; sentence: string; failed: string; dangerous: boolean }

/** What a person reads before they act on a rollout. */
export function actionWords(kind: ActionKind, { number, phase }: Pick<Rollout, 'number' | 'phase'>): ActionWords {
  const title = (verb: string) => `${verb} rollout ${number}?`
  switch (kind) {
    case 'pause':
      return {
        ...{
          button: 'Pause the rollout',
          title: title('Pause'),
          failed: 'The rollout was not paused',
          dangerous: false,
        },
        sentence:
          'Nothing new starts until somebody resumes it. Auto Scaling can’t be paused, so an instance refresh that is under way goes on. If it fails, or the judge finds harm, the rollout rolls back all the same.',
      }
    case 'resume':
      return {
        ...{ button: 'Resume the rollout', title: title('Resume'), failed: 'The rollout was not resumed' },
        ...{ dangerous: false, sentence: 'It goes on where it was paused.' },
      }
    case 'abort':
      return {
        ...{
          button: 'Abort the rollout',
          title: title('Abort'),
          failed: 'The rollout was not aborted',
          dangerous: true,
        },
        sentence:
          phase === 'waiting'
            ? 'It ends before it has changed anything.'
            : 'It stops where it is, and nothing goes back: some instances keep the candidate, the others the version before.',
      }
    case 'roll back':
      return {
        ...{ button: 'Roll back', title: title('Roll back'), failed: 'The rollback did not start', dangerous: true },
        sentence:
          'Every instance that has the candidate is replaced by one with the version that its group had before.',
      }
  }
}
