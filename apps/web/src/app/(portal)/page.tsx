import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { GuestOverview } from '../../features/overview/GuestOverview.tsx'
import { PlatformOverview } from '../../features/overview/PlatformOverview.tsx'
import { homeOf, offeredTenant } from '../../frame/navigation.ts'
import { can, isPlatformPerson } from '../../lib/permissions.ts'
import { lastTenantCookie } from '../../lib/preferences.ts'
import { prefetched, whoIsSignedIn } from '../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Overview' }

export default async function Page() {
  const asked = await whoIsSignedIn()
  if ('fault' in asked) return null // the layout around it says so
  const { me } = asked
  if (!isPlatformPerson(me)) {
    const home = homeOf(me, offeredTenant(me, '/', (await cookies()).get(lastTenantCookie)?.value ?? null))
    if (home !== '/') redirect(home)
    return <GuestOverview />
  }
  const state = await prefetched(null, (trpc) => [
    trpc.gateway.fleet.queryOptions(),
    trpc.usage.nearLimit.queryOptions(),
    trpc.policy.drift.queryOptions(),
    ...(can(me, 'change-request:read') ? [trpc.changeRequest.pendingCount.queryOptions()] : []),
  ])
  return (
    <HydrationBoundary state={state}>
      <PlatformOverview />
    </HydrationBoundary>
  )
}
