import type { Range, RangePreset } from '../../lib/range.ts'
import { type MeteredLimit, meteredLimits } from './usage.ts'

// What the page and the server that prefetches for it ask alike.

/** One question for all who look at the history's pages, so that they share one answer. */
export const historyInput = (cursor: string | null) => ({ cursor, pageSize: 20 })

/** The metered limit that a URL chooses; the first unless it names another. */
export const chosenLimit = (get: (key: string) => string | null): MeteredLimit =>
  meteredLimits.find((limit) => limit === get('limit')) ?? meteredLimits[0]

export const defaultRange: RangePreset = '1h'

export const usageHistoryInput = (limit: MeteredLimit, range: Range) => ({
  limit,
  from: new Date(range.fromMs).toISOString(),
  to: new Date(range.toMs).toISOString(),
})
