'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Range } from '../../lib/range.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { historyInput } from './inputs.ts'

/** The incidents of an SLO and what changed, in the range that its charts show. */
export function useMarks(sloId: string, group: string | null, range: Pick<Range, 'fromMs' | 'toMs'>) {
  const trpc = useTRPC()
  const get = (key: string) => (key === 'group' ? group : null)
  return useQuery(
    trpc.incident.marksOfSlo.queryOptions(historyInput(sloId, get, range), {
      placeholderData: keepPreviousData,
      staleTime: 15_000,
      refetchInterval: 30_000,
      trpc: alone,
    }),
  )
}
