'use client'

import { PageHeader } from '../../components/PageHeader.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { FleetSentence } from './FleetSentence.tsx'
import { GatewayTable } from './GatewayTable.tsx'
import { PolicyVersions } from './PolicyVersions.tsx'
import { freshForMs, useFleet } from './useFleet.ts'

/** `/gateways`: what each gateway enforces, and how long each policy version took to reach them. */
export function GatewaysPage() {
  const fleet = useFleet()
  return (
    <>
      <PageHeader title="Gateways" sentence={fleet.data && <FleetSentence fleet={fleet.data} query={fleet} />} />
      <QueryView query={fleet} what="the fleet" freshForMs={freshForMs} skeleton={<SkeletonRows rows={3} />}>
        {(data) => <GatewayTable gateways={data.gateways} />}
      </QueryView>
      <PolicyVersions />
    </>
  )
}
