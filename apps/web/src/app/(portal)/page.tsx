import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { GuestOverview } from '../../features/overview/GuestOverview.tsx'
import { latestInput, waitingInput } from '../../features/overview/inputs.ts'
import { PlatformOverview } from '../../features/overview/PlatformOverview.tsx'
import { TenantOverview } from '../../features/overview/TenantOverview.tsx'
import { historyInput } from '../../features/quota/inputs.ts'
import { offeredTenant } from '../../frame/navigation.ts'
import { UntilTenantLost } from '../../frame/UntilTenantLost.tsx'
import { isPlatformPerson } from '../../lib/permissions.ts'
import { lastTenantCookie } from '../../lib/preferences.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { Scope } from '../../lib/trpc/Scope.tsx'
import { prefetched, whoIsSignedIn } from '../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Overview' }

export default async function Page() {
  const asked = await whoIsSignedIn()
  if ('fault' in asked) return null // the layout around it shows the fault
  const { me } = asked
  if (!isPlatformPerson(me)) {
    const tenant = offeredTenant(me, '/', (await cookies()).get(lastTenantCookie)?.value ?? null)
    return tenant === null ? <GuestOverview /> : <OverviewOfTenant tenant={tenant} />
  }
  const state = await prefetched(null, (trpc) => [
    trpc.gateway.fleet.queryOptions(),
    trpc.usage.nearLimit.queryOptions(),
    trpc.policy.drift.queryOptions(),
    trpc.policy.versions.queryOptions(latestInput),
    trpc.changeRequest.pendingCount.queryOptions(),
    trpc.changeRequest.list.queryOptions(waitingInput),
  ])
  return (
    <HydrationBoundary state={state}>
      <PlatformOverview />
    </HydrationBoundary>
  )
}

/** The same page as `/t/<tenant>`, for people without a role on the platform. */
async function OverviewOfTenant({ tenant }: { tenant: string }) {
  const state = await prefetched(
    tenant,
    (trpc) => [trpc.quota.current.queryOptions(), trpc.quota.history.queryOptions(historyInput(null))],
    (trpc) => [trpc.usage.now.queryOptions(undefined, { trpc: alone })],
  )
  return (
    <Scope key={tenant} tenantId={tenant}>
      <HydrationBoundary state={state}>
        <UntilTenantLost tenantId={tenant}>
          <TenantOverview tenantId={tenant} />
        </UntilTenantLost>
      </HydrationBoundary>
    </Scope>
  )
}
