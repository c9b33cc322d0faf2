'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { AppRouter } from '@tickwatch/api/router'
import { TRPCClientError } from '@trpc/client'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'

type Failure = TRPCClientError<AppRouter>
/** What someone else changed meanwhile. */
export type Conflict = NonNullable<NonNullable<NonNullable<Failure['data']>['tickwatch']>['conflict']>

/** The other edit, if the failure is a conflict; otherwise null. */
export function conflictOf(error: unknown): Conflict | null {
  if (!(error instanceof TRPCClientError)) return null
  const data: Failure['data'] = error.data
  return data?.tickwatch?.conflict ?? null
}

/** Proposes limits. After success or failure, the page's quota, history and use are loaded again. */
export function usePropose(onDone: (result: Outputs['quota']['propose']) => void) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  return useMutation(
    trpc.quota.propose.mutationOptions({
      onSuccess: onDone,
      onSettled: async () => {
        await Promise.all([
          queryClient.invalidateQueries(trpc.quota.pathFilter()),
          queryClient.invalidateQueries(trpc.usage.pathFilter()),
        ])
      },
    }),
  )
}
