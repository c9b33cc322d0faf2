'use client'

import type { ReactNode } from 'react'
import { Status } from '../../components/Status.tsx'
import { serverTime, useNow } from '../../lib/now.ts'
import { type Fleet, fleetSentence } from './fleet.ts'

/**
 * {@link fleetSentence} with its icon; the ages in it tick.
 * @param asOf when this was so, where it is no longer renewed
 */
export function FleetSentence({ fleet, asOf }: { fleet: Fleet; asOf?: ReactNode }) {
  const now = useNow()
  const calm = fleet.gateways.length > 0 && fleet.inSync === fleet.gateways.length
  return (
    <Status kind={calm && !asOf ? 'good' : 'warning'}>
      <span suppressHydrationWarning>{fleetSentence(fleet, serverTime(now || Date.now()))}</span> {asOf}
    </Status>
  )
}
