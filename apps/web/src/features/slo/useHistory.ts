'use client'

import { useQuery } from '@tanstack/react-query'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useKept } from '../../lib/useKept.ts'
import { useRange } from '../../lib/useRange.ts'
import { historyInput, sloRange } from './inputs.ts'

/** The history of an SLO in the page’s range, and the range that is shown. All parts of the page that use it ask once. */
export function useHistory(sloId: string, group: string | null, renderedAtMs: number) {
  const trpc = useTRPC()
  const ranged = useRange(sloRange, renderedAtMs)
  const get = (key: string) => (key === 'group' ? group : null)
  const asked = useQuery(
    trpc.sloReads.history.queryOptions(historyInput(sloId, get, ranged.range), {
      staleTime: 15_000,
      refetchInterval: 30_000,
      trpc: alone,
    }),
  )
  const { shown, shownRange } = useKept(asked, `${sloId} ${group}`, ranged.range)
  return { ...ranged, history: shown, shownRange }
}
