import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { MaintenancePage } from '../../../features/maintenance/MaintenancePage.tsx'
import { pastInput } from '../../../features/maintenance/maintenance.ts'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Maintenance windows' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(null, (trpc) => [
    trpc.maintenance.current.queryOptions(),
    trpc.maintenance.past.queryOptions(pastInput(get)),
  ])
  return (
    <HydrationBoundary state={state}>
      <MaintenancePage />
    </HydrationBoundary>
  )
}
