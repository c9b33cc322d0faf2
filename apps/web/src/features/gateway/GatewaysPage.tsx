'use client'

import { useQuery } from '@tanstack/react-query'
import { PageHeader } from '../../components/PageHeader.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { FleetSentence } from './FleetSentence.tsx'
import { GatewayStarts } from './GatewayStarts.tsx'
import { GatewayTable } from './GatewayTable.tsx'
import { PolicyVersions } from './PolicyVersions.tsx'
import { TrafficChart } from './TrafficChart.tsx'
import { freshForMs, useFleet } from './useFleet.ts'

const startsEveryMs = 3_000

/** `/gateways`: what each gateway enforces, the fleet’s traffic, how long each version took to reach it, and all starts. */
export function GatewaysPage({ renderedAtMs }: { renderedAtMs: number }) {
  const trpc = useTRPC()
  const starts = useQuery(trpc.gateway.starts.queryOptions(undefined, { refetchInterval: startsEveryMs }))
  const fleet = useFleet()
  return (
    <>
      <PageHeader title="Gateways" sentence={fleet.data && <FleetSentence fleet={fleet.data} query={fleet} />} />
      <QueryView query={fleet} what="the fleet" freshForMs={freshForMs} skeleton={<SkeletonRows rows={3} />}>
        {(data) => <GatewayTable gateways={data.gateways} />}
      </QueryView>
      <TrafficChart gatewayId={null} renderedAtMs={renderedAtMs} />
      <PolicyVersions />
      <QueryView query={starts} what="the starts of gateways" skeleton={<SkeletonRows rows={3} />}>
        {(data) => data.length > 0 && <GatewayStarts starts={data} />}
      </QueryView>
    </>
  )
}
