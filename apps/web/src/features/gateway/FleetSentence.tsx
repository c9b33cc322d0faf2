'use client'

import { useStale } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { serverTime, useNow } from '../../lib/now.ts'
import { type Fleet, fleetSentence } from './fleet.ts'
import { freshForMs, type useFleet } from './useFleet.ts'

/**
 * {@link fleetSentence} with its icon. Its ages follow the API's clock. If it is no longer updated, says how old it is.
 */
export function FleetSentence({ fleet, query }: { fleet: Fleet; query: ReturnType<typeof useFleet> }) {
  const now = useNow()
  const stale = useStale(query, freshForMs)
  const calm = fleet.gateways.length > 0 && fleet.inSync === fleet.gateways.length
  return (
    <Status kind={calm && !stale ? 'good' : 'warning'}>
      <span suppressHydrationWarning>{fleetSentence(fleet, serverTime(now || Date.now()))}</span>{' '}
      {stale && (
        <>
          Last updated <Time at={query.dataUpdatedAt} />.
        </>
      )}
    </Status>
  )
}
