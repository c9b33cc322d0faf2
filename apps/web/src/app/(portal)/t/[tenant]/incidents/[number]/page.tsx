import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { TenantIncidentPage } from '../../../../../../features/incident/IncidentPage.tsx'
import { numberOf } from '../../../../../../features/incident/inputs.ts'
import { prefetched } from '../../../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ tenant: string; number: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { tenant, number } = await params
  return { title: `Incident ${numberOf(number)} of ${tenant}` }
}

export default async function Page({ params }: Props) {
  const { tenant, number: text } = await params
  const number = numberOf(text)
  const state = await prefetched(tenant, (trpc) => [trpc.incident.getOfTenant.queryOptions({ number })])
  return (
    <HydrationBoundary state={state}>
      <TenantIncidentPage tenantId={tenant} number={number} />
    </HydrationBoundary>
  )
}
