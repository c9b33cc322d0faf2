import { batchCallsMax } from '@tickwatch/policy'
import type { AppRouter } from '../router.ts'

type Path = {
  [Feature in keyof AppRouter['_def']['record']]: `${Feature & string}.${keyof AppRouter['_def']['record'][Feature] & string}`
}[keyof AppRouter['_def']['record']]

/** Calls that ask AMP, or read a whole policy bundle or the whole audit log. Each counts as this many; the portal sends them alone. */
export const costs: Partial<Record<Path, number>> = {
  'audit.export': batchCallsMax,
  'audit.verify': batchCallsMax,
  'policy.bundle': 5,
  'policy.content': 5,
  'usage.history': 5,
  'usage.now': 5,
  'usage.preview': 5,
  'usage.traffic': 5,
}

const costOf = new Map<string, number>(Object.entries(costs))

/** The calls that a call counts as. */
export const costOfCall = (path: string): number => costOf.get(path) ?? 1

/**
 * Why the calls of one HTTP request may not be made, as a sentence; null if they may.
 * @param procedures the path's last segment: one procedure, or several joined by commas
 */
export function batchFault(procedures: string): string | null {
  const paths = procedures.split(',', batchCallsMax + 1)
  if (paths.length > batchCallsMax) return `Send at most ${batchCallsMax} calls in one request.`
  const cost = paths.reduce((sum, path) => sum + costOfCall(path), 0)
  if (paths.length === 1 || cost <= batchCallsMax) return null
  const costly = paths.filter((path) => costOf.has(path))
  return `These calls count as ${cost}, and one request may have ${batchCallsMax}. Send ${[...new Set(costly)].join(' and ')} alone.`
}
