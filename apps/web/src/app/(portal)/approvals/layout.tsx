import { HydrationBoundary } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Guarded } from '../../../components/Guarded.tsx'
import { Approvals } from '../../../features/changeRequest/Approvals.tsx'
import { requestsInput } from '../../../features/changeRequest/listInput.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

/** The list stays in place while a person opens one request after the other. */
export default async function Layout({ children }: { children: ReactNode }) {
  // A layout does not get the query string, so this loads the list as most people open it.
  const state = await prefetched(null, (trpc) => [trpc.changeRequest.list.queryOptions(requestsInput(() => null))])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="change-request:read" title="Approvals" what="requests for approval">
        <Approvals>{children}</Approvals>
      </Guarded>
    </HydrationBoundary>
  )
}
