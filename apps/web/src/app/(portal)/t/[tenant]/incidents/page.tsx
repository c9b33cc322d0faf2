import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { TenantIncidentsPage } from '../../../../../features/incident/IncidentsPage.tsx'
import { incidentsInput } from '../../../../../features/incident/inputs.ts'
import { readerOf, type SearchParams } from '../../../../../lib/searchParams.ts'
import { prefetched } from '../../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ tenant: string }>; searchParams: SearchParams }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Incidents of ${(await params).tenant}` }
}

export default async function Page({ params, searchParams }: Props) {
  const { tenant } = await params
  const get = await readerOf(searchParams)
  const state = await prefetched(tenant, (trpc) => [trpc.incident.listOfTenant.queryOptions(incidentsInput(get))])
  return (
    <HydrationBoundary state={state}>
      <TenantIncidentsPage tenantId={tenant} />
    </HydrationBoundary>
  )
}
