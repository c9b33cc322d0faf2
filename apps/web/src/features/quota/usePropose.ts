'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { AppRouter } from '@tickwatch/api/router'
import { TRPCClientError } from '@trpc/client'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { rememberChange } from '../policy/ownChange.ts'

type Failure = TRPCClientError<AppRouter>
/** What someone else changed meanwhile. */
export type Conflict = NonNullable<NonNullable<NonNullable<Failure['data']>['tickwatch']>['conflict']>

/** The other edit, if the failure is a conflict; otherwise null. */
export function conflictOf(error: unknown): Conflict | null {
  if (!(error instanceof TRPCClientError)) return null
  const data: Failure['data'] = error.data
  return data?.tickwatch?.conflict ?? null
}

/**
 * Proposes limits. After success or failure, the page's quota, history and use are loaded again.
 * @param title what changes, in words: the page shows it before the history has the change
 */
export function usePropose(title: string, onDone: (result: Outputs['quota']['propose']) => void) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  return useMutation(
    trpc.quota.propose.mutationOptions({
      onMutate: () => ({ pressedAtMs: Date.now(), title }),
      onSuccess: (result, _input, own) => {
        if (result.outcome === 'applied') rememberChange(queryClient, { revision: result.revision }, own)
        onDone(result)
      },
      onSettled: async () => {
        await Promise.all([
          queryClient.invalidateQueries(trpc.quota.pathFilter()),
          queryClient.invalidateQueries(trpc.usage.pathFilter()),
        ])
      },
    }),
  )
}
