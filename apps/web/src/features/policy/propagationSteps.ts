import { formatDuration } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { capitalised, either } from '../../lib/words.ts'

export type PropagationView = Outputs['policy']['propagation']

export type Step = {
  key: string
  /** The ring of a wave. */
  ring?: string
  /** `Fleet enforces 2 of 2 (2.9 s)` */
  words: string
  state: 'done' | 'running' | 'waiting' | 'stopped'
}

const timed = (words: string, ms: number | null) => (ms === null ? words : `${words} (${formatDuration(ms)})`)

/** The steps of one version, from the click to the last gateway. */
export function propagationSteps(view: PropagationView): Step[] {
  const compiled = view.compiledMs !== null
  const version = view.version === null ? '' : ` v${view.version}`
  return [
    { key: 'saved', words: 'Saved', state: 'done' },
    {
      key: 'compiled',
      words: compiled ? timed(`Compiled${version}`, view.compiledMs) : 'Compiling',
      state: compiled ? 'done' : 'running',
    },
    ...waveSteps(view),
  ]
}

/** One step for each wave; a ring without gateways has none, unless it is the last. */
function waveSteps(view: PropagationView): Step[] {
  const membersOf = (ring: string) => view.gateways.filter((g) => g.ring === ring)
  const waves = view.waves.filter(({ ring }, i) => membersOf(ring).length > 0 || i === view.waves.length - 1)
  const lastPublished = waves.findLastIndex((wave) => wave.publishedMs !== null)
  const current = view.compiledMs === null ? -1 : Math.max(0, lastPublished)
  return waves.map(({ ring, enforcedMs }, index): Step => {
    const members = membersOf(ring)
    const missing = members.filter((g) => g.enforcedMs === null).map((g) => g.gatewayId)
    const title = capitalised(ring)
    const words = `${title} enforces ${members.length - missing.length} of ${members.length}`
    const step = (text: string, state: Step['state']) => ({ key: `wave ${ring}`, ring, words: text, state })
    const tookMs = members.length === 0 ? view.enforcedMs : enforcedMs
    if (tookMs !== null) return step(timed(words, tookMs), 'done')
    if (index < lastPublished) {
      return missing.length === 0
        ? step(words, 'done')
        : step(`Continued without the ${ring} ring (${missing.join(', ')})`, 'stopped')
    }
    if (view.state === 'refused') return step(index === lastPublished ? `${title} refused` : words, 'stopped')
    return step(words, index === current ? 'running' : 'waiting')
  })
}

/** Gateways that delay the version or are away, one sentence each, without those that `held` already names. */
export function laggards(view: PropagationView): { gatewayId: string; words: string; bad: boolean }[] {
  const saidByHeld = view.held === null ? null : view.state === 'refused' ? 'refused' : 'away'
  const published = (ring: string) => view.waves.some((wave) => wave.ring === ring && wave.publishedMs !== null)
  return view.gateways
    .filter((g) => g.enforcedMs === null && g.state !== 'in-sync' && g.state !== saidByHeld)
    .filter((g) => g.state !== 'behind' || (g.detail !== null && published(g.ring)))
    .map((g) => ({
      gatewayId: g.gatewayId,
      words: `${g.gatewayId} ${stateWords[g.state]}${g.detail ? `: ${g.detail}` : ''}`,
      bad: g.state === 'refused' || g.state === 'disagrees',
    }))
}

const stateWords = {
  'in-sync': 'is in sync',
  behind: 'is behind',
  refused: 'refuses this version',
  disagrees: 'enforces something different',
  away: 'is away',
} as const

const missing = (view: PropagationView) => view.gateways.filter((g) => g.enforcedMs === null)

/** True if nothing more will happen to this version: every gateway enforces it, including those that were away. */
export const isSettled = (view: PropagationView) =>
  (view.enforcedMs !== null && missing(view).length === 0) || view.state === 'superseded' || view.state === 'refused'

/** One sentence about the progress, for live regions. */
export function progressSentence(view: PropagationView): string {
  if (view.enforcedMs !== null) {
    const took = `${formatDuration(view.enforcedMs)} after it was saved`
    const absent = missing(view).map((g) => g.gatewayId)
    if (absent.length === 0) return `Enforced on every gateway, ${took}.`
    return `Enforced on every gateway but ${either(absent, 'and')}, ${took}.`
  }
  if (view.held) return view.held
  if (view.compiledMs === null) return 'Saved; compiling.'
  const next = view.waves.findIndex((wave) => wave.enforcedMs === null)
  const [before, ring] = [view.waves[next - 1]?.ring, view.waves[next]?.ring]
  if (ring === undefined) return 'Every ring enforces it.'
  return before === undefined
    ? `Compiled; the ${ring} ring is next.`
    : `The ${before} ring enforces it; the ${ring} ring follows.`
}
