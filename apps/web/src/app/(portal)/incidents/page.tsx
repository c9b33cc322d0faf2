import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../components/Guarded.tsx'
import { IncidentsPage } from '../../../features/incident/IncidentsPage.tsx'
import { incidentsInput } from '../../../features/incident/inputs.ts'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Incidents' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(null, (trpc) => [
    trpc.incident.list.queryOptions(incidentsInput(get)),
    trpc.incident.intake.queryOptions(),
  ])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="incident:read" title="Incidents" what="the incidents of all tenants">
        <IncidentsPage />
      </Guarded>
    </HydrationBoundary>
  )
}
