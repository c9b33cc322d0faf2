'use client'

import { PageHeader } from '../../components/PageHeader.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { useNow } from '../../lib/now.ts'
import { fleetSentence } from './fleet.ts'
import { GatewayTable } from './GatewayTable.tsx'
import { PolicyVersions } from './PolicyVersions.tsx'
import { useFleet } from './useFleet.ts'

/** The fleet comes with every heartbeat, each second or so. */
const freshForMs = 15_000

/** `/gateways`: what the fleet enforces, gateway by gateway, and how fast each policy version got there. */
export function GatewaysPage() {
  const fleet = useFleet()
  const now = useNow()
  return (
    <>
      <PageHeader
        title="Gateways"
        sentence={fleet.data && <span suppressHydrationWarning>{fleetSentence(fleet.data, now || Date.now())}</span>}
      />
      <QueryView query={fleet} what="the fleet" freshForMs={freshForMs} skeleton={<SkeletonRows rows={3} />}>
        {(data) => <GatewayTable gateways={data.gateways} />}
      </QueryView>
      <PolicyVersions />
    </>
  )
}
