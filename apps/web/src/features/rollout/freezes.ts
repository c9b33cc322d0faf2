import { reasonFault } from '@tickwatch/policy'
import type { Outputs } from '../../lib/trpc/client.ts'
import { either } from '../../lib/words.ts'

export type Freeze = Outputs['freezeWindow']['list']['items'][number]

/** The input of the API, shared by the page and the server that prefetches for it. */
export const freezesInput = (get: (key: string) => string | null) => ({ cursor: get('cursor'), pageSize: 50 })

/** Which environments a window is of. */
export const environmentWords = ({ environments }: Pick<Freeze, 'environments'>): string =>
  environments.length === 0 ? 'all environments' : environments.join(', ')

/** The sentence under the title. */
export function freezeSentence(current: readonly Freeze[]): string {
  const holding = current.filter(({ state }) => state === 'holds')
  if (holding.length > 0) {
    const all = holding.some(({ environments }) => environments.length === 0)
    const names = [...new Set(holding.flatMap(({ environments }) => environments))].sort()
    return `No wave of a rollout starts now in ${all ? 'any environment' : either(names, 'and')}.`
  }
  const coming = current.length
  return coming === 0
    ? 'Nothing is frozen.'
    : `Nothing is frozen now; ${coming} ${coming === 1 ? 'window is' : 'windows are'} coming.`
}

/** What is typed into the drawer. No environment is all of them. */
export type FreezeTexts = { startMs: number; endMs: number; environments: string[]; reason: string }
type Faults = { start: string | null; end: string | null; reason: string | null }

/** Reads the drawer. How long a window may be, the API says. */
export function readFreeze({ startMs, endMs, environments, reason }: FreezeTexts): {
  freeze: { startsAt: string; endsAt: string; environments: string[]; reason: string } | null
  faults: Faults
} {
  const faults: Faults = {
    start: Number.isFinite(startMs) ? null : 'Enter a time.',
    end: Number.isFinite(endMs) ? (endMs <= startMs ? 'Enter a time after the beginning.' : null) : 'Enter a time.',
    reason: reasonFault(reason),
  }
  if (faults.start !== null || faults.end !== null || faults.reason !== null) return { freeze: null, faults }
  const [startsAt, endsAt] = [new Date(startMs).toISOString(), new Date(endMs).toISOString()]
  return { freeze: { startsAt, endsAt, environments, reason: reason.trim() }, faults }
}
