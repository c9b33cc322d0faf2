import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../components/Guarded.tsx'
import { tenantListInput } from '../../../features/tenant/listInput.ts'
import { TenantsPage } from '../../../features/tenant/TenantsPage.tsx'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Tenants' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(null, (trpc) => [trpc.tenant.list.queryOptions(tenantListInput(get))])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="tenant:read" title="Tenants" what="all tenants">
        <TenantsPage />
      </Guarded>
    </HydrationBoundary>
  )
}
