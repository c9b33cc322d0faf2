import { formatDuration } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { either } from '../../lib/words.ts'

export type PropagationView = Outputs['policy']['propagation']

export type Step = {
  key: 'saved' | 'compiled' | 'canary' | 'fleet'
  /** `Fleet enforces 2 of 2 (2.9 s)` */
  words: string
  state: 'done' | 'running' | 'waiting' | 'stopped'
}

const timed = (words: string, ...parts: (string | null)[]) => {
  const inside = parts.filter((p) => p !== null).join(', ')
  return inside ? `${words} (${inside})` : words
}

const after = (ms: number | null) => (ms === null ? null : formatDuration(ms))

/** The way of one version from the click to the last gateway, in the words of the portal. */
export function propagationSteps(view: PropagationView): Step[] {
  const stopped = view.state === 'refused'
  const canaries = view.gateways.filter((g) => g.ring === 'canary')
  const enforcing = view.gateways.filter((g) => g.enforcedMs !== null).length
  const arrived = view.enforcedMs !== null
  const beyondCanary = arrived || view.fleetPublishedMs !== null

  const steps: Step[] = [{ key: 'saved', words: 'Saved', state: 'done' }]
  const compiled = view.compiledMs !== null
  steps.push({
    key: 'compiled',
    words: compiled
      ? timed(`Compiled${view.version === null ? '' : ` v${view.version}`}`, after(view.compiledMs))
      : 'Compiling',
    state: compiled ? 'done' : 'running',
  })
  if (canaries.length > 0) {
    const names = canaries.map((g) => g.gatewayId).join(', ')
    if (view.canaryEnforcedMs !== null) {
      steps.push({ key: 'canary', words: timed('Canary enforces', names, after(view.canaryEnforcedMs)), state: 'done' })
    } else if (beyondCanary) {
      steps.push({ key: 'canary', words: timed('Went on without the canary', names), state: 'stopped' })
    } else {
      const state = stopped ? 'stopped' : compiled ? 'running' : 'waiting'
      steps.push({
        key: 'canary',
        words: timed(stopped ? 'Canary refused' : 'Canary enforces', names),
        state,
      })
    }
  }
  const first = canaries.length === 0 && compiled
  steps.push({
    key: 'fleet',
    words: timed(`Fleet enforces ${enforcing} of ${view.gateways.length}`, arrived ? after(view.enforcedMs) : null),
    state: arrived ? 'done' : stopped ? 'stopped' : beyondCanary || first ? 'running' : 'waiting',
  })
  return steps
}

/** Gateways that hold the version up or are not there, one sentence each; what `held` says is not said again. */
export function laggards(view: PropagationView): { gatewayId: string; words: string; bad: boolean }[] {
  const saidByHeld = view.held === null ? null : view.state === 'refused' ? 'refused' : 'away'
  const told = (ring: 'canary' | 'fleet') =>
    (ring === 'canary' ? view.canaryPublishedMs : view.fleetPublishedMs) !== null
  return view.gateways
    .filter((g) => g.enforcedMs === null && g.state !== 'in-sync' && g.state !== saidByHeld)
    .filter((g) => g.state !== 'behind' || (g.detail !== null && told(g.ring)))
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
  disagrees: 'enforces something else',
  away: 'is away',
} as const

const missing = (view: PropagationView) => view.gateways.filter((g) => g.enforcedMs === null)

/** Nothing more will happen to this version: also the gateways that were away when all others enforced it do now. */
export const isSettled = (view: PropagationView) =>
  (view.enforcedMs !== null && missing(view).length === 0) || view.state === 'superseded' || view.state === 'refused'

/** One sentence about where it is, for live regions. */
export function progressSentence(view: PropagationView): string {
  if (view.enforcedMs !== null) {
    const took = `${formatDuration(view.enforcedMs)} after it was saved`
    const absent = missing(view).map((g) => g.gatewayId)
    if (absent.length === 0) return `Enforced on every gateway, ${took}.`
    return `Enforced on every gateway but ${either(absent, 'and')}, ${took}.`
  }
  if (view.held) return view.held
  if (view.canaryEnforcedMs !== null) return 'The canary enforces it; the fleet follows.'
  if (view.compiledMs !== null) return 'Compiled; the canary is next.'
  return 'Saved; compiling.'
}
