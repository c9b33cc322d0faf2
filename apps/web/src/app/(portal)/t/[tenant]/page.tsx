import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { TenantOverview } from '../../../../features/overview/TenantOverview.tsx'
import { decidedInput, historyInput } from '../../../../features/quota/inputs.ts'
import { alone } from '../../../../lib/trpc/alone.ts'
import { prefetched } from '../../../../lib/trpc/server.ts'

export async function generateMetadata({ params }: { params: Promise<{ tenant: string }> }): Promise<Metadata> {
  return { title: `Overview of ${(await params).tenant}` }
}

export default async function Page({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant } = await params
  const state = await prefetched(
    tenant,
    (trpc) => [
      trpc.quota.history.queryOptions(historyInput(null)),
      trpc.quota.decided.queryOptions(decidedInput(null)),
      trpc.refusal.causes.queryOptions(),
    ],
    (trpc) => [trpc.usage.now.queryOptions(undefined, { trpc: alone })],
  )
  return (
    <HydrationBoundary state={state}>
      <TenantOverview tenantId={tenant} />
    </HydrationBoundary>
  )
}
