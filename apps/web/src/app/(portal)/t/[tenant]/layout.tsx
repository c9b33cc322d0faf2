import { HydrationBoundary } from '@tanstack/react-query'
import { idForms } from '@tickwatch/policy'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { RememberTenant } from '../../../../frame/RememberTenant.tsx'
import { UntilTenantLost } from '../../../../frame/UntilTenantLost.tsx'
import { describeFault } from '../../../../lib/errors.ts'
import { Scope } from '../../../../lib/trpc/Scope.tsx'
import { prefetched, serverTrpc } from '../../../../lib/trpc/server.ts'

/** Everything about one tenant. The URL names the tenant; the API decides whether this person may open it. */
export default async function TenantLayout({
  params,
  children,
}: {
  params: Promise<{ tenant: string }>
  children: ReactNode
}) {
  const { tenant } = await params
  if (!idForms.tenant.pattern.test(tenant)) notFound()
  const state = await prefetched(tenant, (trpc) => [trpc.quota.current.queryOptions()])
  const { queryClient, trpc } = await serverTrpc(tenant)
  const failure = queryClient.getQueryState(trpc.quota.current.queryKey())?.error
  if (failure && describeFault(failure).notFound) notFound()
  return (
    <Scope key={tenant} tenantId={tenant}>
      <HydrationBoundary state={state}>
        <RememberTenant tenantId={tenant} />
        <UntilTenantLost tenantId={tenant}>{children}</UntilTenantLost>
      </HydrationBoundary>
    </Scope>
  )
}
