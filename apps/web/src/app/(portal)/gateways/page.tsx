import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../components/Guarded.tsx'
import { GatewaysPage } from '../../../features/gateway/GatewaysPage.tsx'
import { trafficInput, trafficRange } from '../../../features/gateway/trafficInput.ts'
import { versionsInput } from '../../../features/gateway/versionsInput.ts'
import { readRange } from '../../../lib/range.ts'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { alone } from '../../../lib/trpc/alone.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Gateways' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const renderedAtMs = Date.now()
  const chart = trafficInput(null, readRange(get, renderedAtMs, trafficRange))
  const state = await prefetched(
    null,
    (trpc) => [
      trpc.gateway.fleet.queryOptions(),
      trpc.gateway.starts.queryOptions(),
      trpc.policy.versions.queryOptions(versionsInput(get)),
    ],
    (trpc) => [trpc.usage.traffic.queryOptions(chart, { trpc: alone })],
  )
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="gateway:read" title="Gateways" what="the fleet">
        <GatewaysPage renderedAtMs={renderedAtMs} />
      </Guarded>
    </HydrationBoundary>
  )
}
