import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../../../components/Guarded.tsx'
import { EditSloPage } from '../../../../../features/slo/EditSloPage.tsx'
import { prefetched } from '../../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ slo: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Edit ${decodeURIComponent((await params).slo)}` }
}

export default async function Page({ params }: Props) {
  const sloId = decodeURIComponent((await params).slo)
  const state = await prefetched(null, (trpc) => [trpc.slo.definition.queryOptions({ id: sloId })])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="slo:manage" title={`Edit ${sloId}`} what="the form for SLOs">
        <EditSloPage sloId={sloId} />
      </Guarded>
    </HydrationBoundary>
  )
}
