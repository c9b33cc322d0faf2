import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../../components/Guarded.tsx'
import { IncidentPage } from '../../../../features/incident/IncidentPage.tsx'
import { numberOf } from '../../../../features/incident/inputs.ts'
import { alone } from '../../../../lib/trpc/alone.ts'
import { prefetched } from '../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ number: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Incident ${numberOf((await params).number)}` }
}

export default async function Page({ params }: Props) {
  const number = numberOf((await params).number)
  const state = await prefetched(
    null,
    (trpc) => [trpc.incident.get.queryOptions({ number })],
    (trpc) => [
      trpc.incident.chart.queryOptions({ number }, { trpc: alone }),
      trpc.incident.harmed.queryOptions({ number }, { trpc: alone }),
    ],
  )
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="incident:read" title={`Incident ${number}`} what="the incidents of all tenants">
        <IncidentPage number={number} />
      </Guarded>
    </HydrationBoundary>
  )
}
