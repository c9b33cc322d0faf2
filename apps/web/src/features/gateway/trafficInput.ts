import type { Range, RangePreset } from '../../lib/range.ts'

export const trafficRange: RangePreset = '1h'

/** The API input for a range, shared by the page and the server that prefetches for it. */
export const trafficInput = (gatewayId: string | null, range: Pick<Range, 'fromMs' | 'toMs'>) => ({
  gatewayId,
  from: new Date(range.fromMs).toISOString(),
  to: new Date(range.toMs).toISOString(),
})
