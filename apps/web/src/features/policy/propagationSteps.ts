import { namesText } from '@tickwatch/policy'
import { formatDuration, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { capitalised } from '../../lib/words.ts'

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

/** When this page first showed each finished step, by its key, in milliseconds since the person pressed the button. */
export type Seen = Readonly<Record<string, number>>

/**
 * The steps of one version, from the click to the last gateway.
 * @param seen for a change that was made in this page. Without it, times count from when the change was saved.
 */
export function propagationSteps(view: PropagationView, seen?: Seen): Step[] {
  const compiled = view.compiledMs !== null
  const version = view.version === null ? '' : ` v${view.version}`
  const steps: (Step & { tookMs: number | null })[] = [
    { key: 'saved', words: 'Saved', state: 'done', tookMs: null },
    {
      key: 'compiled',
      words: compiled ? `Compiled${version}` : 'Compiling',
      state: compiled ? 'done' : 'running',
      tookMs: view.compiledMs,
    },
    ...waveSteps(view),
  ]
  return steps.map(({ tookMs, ...step }) => {
    if (step.key === 'saved' || step.state !== 'done') return step
    return { ...step, words: timed(step.words, seen ? (seen[step.key] ?? null) : tookMs) }
  })
}

/** What the times of {@link propagationSteps} are. */
export function timesSentence(view: PropagationView, seen?: Seen): string {
  if (!seen) return 'Times count from when the change was saved.'
  const ms = enforcedMsOf(view)
  const enforced = ms === null ? '' : ` The gateways enforced it ${formatDuration(ms)} after it was saved.`
  return `Times count from your click until this page showed the step.${enforced}`
}

/** One step for each wave; a ring without gateways has none, unless it is the last. */
function waveSteps(view: PropagationView): (Step & { tookMs: number | null })[] {
  const membersOf = (ring: string) => view.gateways.filter((g) => g.ring === ring)
  const waves = view.waves.filter(({ ring }, i) => membersOf(ring).length > 0 || i === view.waves.length - 1)
  const lastPublished = waves.findLastIndex((wave) => wave.publishedMs !== null)
  const current = view.compiledMs === null ? -1 : Math.max(0, lastPublished)
  return waves.map(({ ring, enforcedMs }, index) => {
    const members = membersOf(ring)
    const missing = members.filter((g) => g.enforcedMs === null)
    const title = capitalised(ring)
    const words = `${title} enforces ${members.length - missing.length} of ${members.length}`
    const step = (text: string, state: Step['state'], tookMs: number | null = null) => ({
      ...{ key: `wave ${ring}`, ring, words: text, state, tookMs },
    })
    const tookMs = members.length === 0 ? view.enforcedMs : missing.length === 0 ? lastOf(members) : null
    if (tookMs !== null) return step(words, 'done', tookMs)
    // All of them that were there enforce it. It goes on until the others are back.
    if (enforcedMs !== null) return step(words, 'running')
    if (index < lastPublished) {
      const without = missing.filter((g) => !isOnTime(g)).map((g) => g.gatewayId)
      if (without.length > 0) return step(`Continued without the ${ring} ring (${namesText(without)})`, 'stopped')
      return step(words, 'running')
    }
    if (view.state === 'refused') return step(index === lastPublished ? `${title} refused` : words, 'stopped')
    return step(words, index === current ? 'running' : 'waiting')
  })
}

type Member = PropagationView['gateways'][number]
const lastOf = (members: readonly Member[]) => Math.max(...members.map((g) => g.enforcedMs ?? 0))

/**
 * When the last gateway began to enforce it; null if not all do. The API records this time a moment after the last
 * gateway reported, so the gateways' own times count until then.
 */
function enforcedMsOf(view: PropagationView): number | null {
  const all = view.gateways.length > 0 && missing(view).length === 0
  return view.enforcedMs ?? (all ? lastOf(view.gateways) : null)
}

/** The change has not had the time to reach it. */
const isOnTime = (g: Member) => g.state === 'behind' && g.detail === null

const laggardsShown = 5

/**
 * Gateways that delay the version or are away, one sentence each, without those that `held` already names. The bad ones
 * come first; after the first five, one sentence counts the others.
 */
export function laggards(view: PropagationView): { gatewayId: string; words: string; bad: boolean }[] {
  const saidByHeld = view.held === null ? null : view.state === 'refused' ? 'refused' : 'away'
  const all = view.gateways
    .filter((g) => g.enforcedMs === null && g.state !== 'in-sync' && g.state !== saidByHeld && !isOnTime(g))
    .map((g) => ({
      gatewayId: g.gatewayId,
      words: `${g.gatewayId} ${stateWords[g.state]}${g.detail ? `: ${g.detail}` : ''}`,
      bad: g.state === 'refused' || g.state === 'disagrees',
    }))
    .sort((a, b) => Number(b.bad) - Number(a.bad))
  if (all.length <= laggardsShown + 1) return all
  const others = all.slice(laggardsShown)
  const words = `${plural(others.length, 'other gateway')} delay it or are away`
  return [...all.slice(0, laggardsShown), { gatewayId: 'others', words, bad: others.some(({ bad }) => bad) }]
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
  const enforcedMs = enforcedMsOf(view)
  if (enforcedMs !== null) {
    const took = `${formatDuration(enforcedMs)} after it was saved`
    const absent = missing(view).map((g) => g.gatewayId)
    if (absent.length === 0) return `Enforced on every gateway, ${took}.`
    return `Enforced on every gateway but ${namesText(absent)}, ${took}.`
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
