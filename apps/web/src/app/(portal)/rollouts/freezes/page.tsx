import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../../components/Guarded.tsx'
import { FreezesPage } from '../../../../features/rollout/FreezesPage.tsx'
import { freezesInput } from '../../../../features/rollout/freezes.ts'
import { readerOf, type SearchParams } from '../../../../lib/searchParams.ts'
import { prefetched } from '../../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Freeze windows' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(null, (trpc) => [
    trpc.freezeWindow.current.queryOptions(),
    trpc.freezeWindow.list.queryOptions(freezesInput(get)),
  ])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="rollout:read" title="Freeze windows" what="freeze windows">
        <FreezesPage />
      </Guarded>
    </HydrationBoundary>
  )
}
