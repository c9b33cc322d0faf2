import type { Range, RangePreset } from '../../lib/range.ts'

type Get = (key: string) => string | null

export const sloRange: RangePreset = '30d'
// The inputs of the API, shared by the pages and the server that prefetches for them.
export const listInput = (get: Get) => ({ tenantId: get('tenant')?.trim() || null })
export const sloInput = (sloId: string, get: Get) => ({ sloId, group: get('group') })
export const historyInput = (sloId: string, get: Get, range: Pick<Range, 'fromMs' | 'toMs'>) => ({
  ...sloInput(sloId, get),
  from: new Date(range.fromMs).toISOString(),
  to: new Date(range.toMs).toISOString(),
})

/** The page of an SLO, or of one of its groups. */
export const sloHref = (sloId: string, groupKey: string | null): string =>
  `/slos/${encodeURIComponent(sloId)}${groupKey === null ? '' : `?group=${encodeURIComponent(groupKey)}`}`

/** How often a page asks again: the rules count once a minute. */
const everyMs = 15_000
/** While figures are missing, or Postgres is away. */
const soonMs = 3_000
type Shown = { missing: string | null; databaseAway: object | null }
export const askAgain = ({ state }: { state: { data?: Shown | undefined } }): number =>
  state.data?.missing || state.data?.databaseAway ? soonMs : everyMs
