import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { StatusPage } from '../../features/status/StatusPage.tsx'
import { alone } from '../../lib/trpc/alone.ts'
import { Scope } from '../../lib/trpc/Scope.tsx'
import { prefetched, whoIsSignedIn } from '../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Status' }

/** Outside the portal's frame: people who have a link and no session see it too. */
export default async function Page() {
  const asked = await whoIsSignedIn()
  const isSignedIn = 'me' in asked || asked.fault.code !== 'sign-in-needed'
  const state = await prefetched(
    null,
    () => [],
    (trpc) => (isSignedIn ? [trpc.status.get.queryOptions(undefined, { trpc: alone })] : []),
  )
  return (
    <Scope tenantId={null}>
      <HydrationBoundary state={state}>
        <StatusPage isSignedIn={isSignedIn} />
      </HydrationBoundary>
    </Scope>
  )
}
