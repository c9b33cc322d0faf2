'use client'

import type { CompletionContext } from '@codemirror/autocomplete'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { describeFault } from '../../lib/errors.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { completePromql, type PromqlKind } from './promqlCompletion.ts'
import { type NamesInput, namesFor, noticeOf } from './promqlNames.ts'

const keptMs = 15_000
/** While the metrics store is away, a word that is begun after this time asks again. */
const missingKeptMs = 5_000

/** Completes what a person types into a field with the names that the platform's series have. */
export function usePromqlNames(kind: PromqlKind) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [notice, setNotice] = useState('')
  const ask = async (input: NamesInput): Promise<string[]> => {
    try {
      const answer = await queryClient.fetchQuery({
        ...trpc.slo.names.queryOptions(input, { trpc: alone }),
        staleTime: ({ state }) => (state.data?.missing === null ? keptMs : missingKeptMs),
      })
      setNotice(noticeOf(answer))
      return answer.names
    } catch (error) {
      setNotice(noticeOf({ missing: `No names can be offered. ${describeFault(error).sentence}`, more: false }))
      return []
    }
  }
  return {
    complete: (context: CompletionContext) => completePromql(kind, namesFor(kind, ask), context),
    notice,
  }
}
