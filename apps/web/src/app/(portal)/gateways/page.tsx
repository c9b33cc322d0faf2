import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../components/Guarded.tsx'
import { GatewaysPage } from '../../../features/gateway/GatewaysPage.tsx'
import { versionsInput } from '../../../features/gateway/versionsInput.ts'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Gateways' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(null, (trpc) => [
    trpc.gateway.fleet.queryOptions(),
    trpc.gateway.starts.queryOptions(),
    trpc.policy.versions.queryOptions(versionsInput(get)),
  ])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="gateway:read" title="Gateways" what="the fleet">
        <GatewaysPage />
      </Guarded>
    </HydrationBoundary>
  )
}
