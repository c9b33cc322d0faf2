import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { TenantOverview } from '../../../../features/overview/TenantOverview.tsx'
import { historyInput } from '../../../../features/quota/historyInput.ts'
import { prefetched } from '../../../../lib/trpc/server.ts'

export async function generateMetadata({ params }: { params: Promise<{ tenant: string }> }): Promise<Metadata> {
  return { title: `Overview of ${(await params).tenant}` }
}

export default async function Page({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant } = await params
  const state = await prefetched(tenant, (trpc) => [trpc.quota.history.queryOptions(historyInput(null))])
  return (
    <HydrationBoundary state={state}>
      <TenantOverview tenantId={tenant} />
    </HydrationBoundary>
  )
}
