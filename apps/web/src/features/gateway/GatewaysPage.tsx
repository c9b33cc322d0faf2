'use client'

import { PageHeader } from '../../components/PageHeader.tsx'
import { QueryView, SkeletonRows, useStale } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { FleetSentence } from './FleetSentence.tsx'
import { GatewayTable } from './GatewayTable.tsx'
import { PolicyVersions } from './PolicyVersions.tsx'
import { useFleet } from './useFleet.ts'

/** The fleet comes with every heartbeat, each second or so. */
const freshForMs = 15_000

/** `/gateways`: what the fleet enforces, gateway by gateway, and how fast each policy version got there. */
export function GatewaysPage() {
  const fleet = useFleet()
  const asOf = useStale(fleet, freshForMs) && (
    <>
      This was so <Time at={fleet.dataUpdatedAt} />.
    </>
  )
  return (
    <>
      <PageHeader title="Gateways" sentence={fleet.data && <FleetSentence fleet={fleet.data} asOf={asOf} />} />
      <QueryView query={fleet} what="the fleet" freshForMs={freshForMs} skeleton={<SkeletonRows rows={3} />}>
        {(data) => <GatewayTable gateways={data.gateways} />}
      </QueryView>
      <PolicyVersions />
    </>
  )
}
