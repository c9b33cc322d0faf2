import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../../components/Guarded.tsx'
import { GatewayPage } from '../../../../features/gateway/GatewayPage.tsx'
import { trafficInput, trafficRange } from '../../../../features/gateway/trafficInput.ts'
import { readRange } from '../../../../lib/range.ts'
import { readerOf, type SearchParams } from '../../../../lib/searchParams.ts'
import { alone } from '../../../../lib/trpc/alone.ts'
import { prefetched } from '../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ gateway: string }>; searchParams: SearchParams }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).gateway) }
}

export default async function Page({ params, searchParams }: Props) {
  const gatewayId = decodeURIComponent((await params).gateway)
  const renderedAtMs = Date.now()
  const chart = trafficInput(gatewayId, readRange(await readerOf(searchParams), renderedAtMs, trafficRange))
  const state = await prefetched(
    null,
    (trpc) => [trpc.gateway.get.queryOptions({ gatewayId })],
    (trpc) => [trpc.usage.traffic.queryOptions(chart, { trpc: alone })],
  )
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="gateway:read" title={gatewayId} what="the fleet">
        <GatewayPage gatewayId={gatewayId} renderedAtMs={renderedAtMs} />
      </Guarded>
    </HydrationBoundary>
  )
}
