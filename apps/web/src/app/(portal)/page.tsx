import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { GuestOverview } from '../../features/overview/GuestOverview.tsx'
import { PlatformOverview } from '../../features/overview/PlatformOverview.tsx'
import { TenantOverview } from '../../features/overview/TenantOverview.tsx'
import { historyInput } from '../../features/quota/historyInput.ts'
import { offeredTenant } from '../../frame/navigation.ts'
import { can, isPlatformPerson } from '../../lib/permissions.ts'
import { lastTenantCookie } from '../../lib/preferences.ts'
import { Scope } from '../../lib/trpc/Scope.tsx'
import { prefetched, whoIsSignedIn } from '../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Overview' }

export default async function Page() {
  const asked = await whoIsSignedIn()
  if ('fault' in asked) return null // the layout around it says so
  const { me } = asked
  if (!isPlatformPerson(me)) {
    const tenant = offeredTenant(me, '/', (await cookies()).get(lastTenantCookie)?.value ?? null)
    return tenant === null ? <GuestOverview /> : <OverviewOfTenant tenant={tenant} />
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

/** The same as `/t/<tenant>`, for who has nothing else. */
async function OverviewOfTenant({ tenant }: { tenant: string }) {
  const state = await prefetched(tenant, (trpc) => [
    trpc.quota.current.queryOptions(),
    trpc.quota.history.queryOptions(historyInput(null)),
  ])
  return (
    <Scope key={tenant} tenantId={tenant}>
      <HydrationBoundary state={state}>
        <TenantOverview tenantId={tenant} />
      </HydrationBoundary>
    </Scope>
  )
}
