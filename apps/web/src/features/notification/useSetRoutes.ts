import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { describeFault } from '../../lib/errors.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { type RouteChange, type RoutesVersion, withRouteChange } from './notifications.ts'

/**
 * Changes one route of the version that the person saw when they began. If somebody else set another version meanwhile,
 * nothing is changed: `conflict` is that version, and the next `save` changes that one.
 */
export function useSetRoutes(begun: RoutesVersion, onDone: () => void) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [base, setBase] = useState(begun)
  const set = useMutation(
    trpc.notification.setRoutes.mutationOptions({
      onSuccess: async (next) => {
        queryClient.setQueryData(trpc.notification.routes.queryKey(), next)
        await queryClient.invalidateQueries({ queryKey: trpc.notification.pathKey() })
        onDone()
      },
      onError: async (error) => {
        if (isConflict(error)) {
          setBase(await queryClient.fetchQuery(trpc.notification.routes.queryOptions(undefined, { staleTime: 0 })))
        }
      },
    }),
  )
  return {
    save: (change: RouteChange, reason: string) =>
      set.mutate({ baseVersion: base.version, routes: withRouteChange(base.routes, change), reason }),
    isSaving: set.isPending,
    error: isConflict(set.error) ? null : set.error,
    conflict: isConflict(set.error) && base.version !== set.variables?.baseVersion ? base : null,
  }
}

const isConflict = (error: unknown) => error !== null && describeFault(error).code === 'routes-changed'
