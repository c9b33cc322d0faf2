import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../../../components/Guarded.tsx'
import { EnvelopePage } from '../../../../../features/tenant/EnvelopePage.tsx'
import { prefetched } from '../../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ tenant: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Envelope of ${(await params).tenant}` }
}

export default async function Page({ params }: Props) {
  const id = (await params).tenant
  const state = await prefetched(null, (trpc) => [trpc.tenant.get.queryOptions({ id })])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="tenant:read" title={`Envelope of ${id}`} what="all tenants">
        <EnvelopePage id={id} />
      </Guarded>
    </HydrationBoundary>
  )
}
