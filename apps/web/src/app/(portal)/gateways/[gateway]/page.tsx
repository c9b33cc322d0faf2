import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../../components/Guarded.tsx'
import { GatewayPage } from '../../../../features/gateway/GatewayPage.tsx'
import { prefetched } from '../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ gateway: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).gateway) }
}

export default async function Page({ params }: Props) {
  const gatewayId = decodeURIComponent((await params).gateway)
  const state = await prefetched(null, (trpc) => [trpc.gateway.get.queryOptions({ gatewayId })])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="gateway:read" title={gatewayId} what="the fleet">
        <GatewayPage gatewayId={gatewayId} />
      </Guarded>
    </HydrationBoundary>
  )
}
