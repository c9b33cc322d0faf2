'use client'

import { Status } from '../../components/Status.tsx'
import { useNow } from '../../lib/now.ts'
import { type Fleet, fleetSentence } from './fleet.ts'

/** {@link fleetSentence} with its icon; the ages in it tick. */
export function FleetSentence({ fleet }: { fleet: Fleet }) {
  const now = useNow()
  const calm = fleet.gateways.length > 0 && fleet.inSync === fleet.gateways.length
  return (
    <Status kind={calm ? 'good' : 'warning'}>
      <span suppressHydrationWarning>{fleetSentence(fleet, now || Date.now())}</span>
    </Status>
  )
}
