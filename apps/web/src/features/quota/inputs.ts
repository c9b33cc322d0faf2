import { type MeteredLimit, meteredLimits } from '@tickwatch/policy'
import type { Range, RangePreset } from '../../lib/range.ts'

// API inputs, shared by the page and the server that prefetches for it: both must ask for the same.

/** The same input for all components that show a page of the history, so that they share one query. */
export const historyInput = (cursor: string | null) => ({ cursor, pageSize: 20 })

/** The metered limit in the URL; by default the first. */
export const chosenLimit = (get: (key: string) => string | null): MeteredLimit =>
  meteredLimits.find((limit) => limit === get('limit')) ?? meteredLimits[0]

export const defaultRange: RangePreset = '1h'

export const usageHistoryInput = (limit: MeteredLimit, range: Range) => ({
  limit,
  from: new Date(range.fromMs).toISOString(),
  to: new Date(range.toMs).toISOString(),
})

export const decidedInput = (cursor: string | null) => ({ cursor, pageSize: 10 })
