import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../components/Guarded.tsx'
import { RolloutsPage } from '../../../features/rollout/RolloutsPage.tsx'
import { endedInput, openInput } from '../../../features/rollout/rollouts.ts'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Rollouts' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(null, (trpc) => [
    trpc.rollout.list.queryOptions(openInput),
    trpc.rollout.list.queryOptions(endedInput(get)),
    trpc.rollout.targets.queryOptions(),
    trpc.freezeWindow.current.queryOptions(),
  ])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="rollout:read" title="Rollouts" what="rollouts">
        <RolloutsPage />
      </Guarded>
    </HydrationBoundary>
  )
}
