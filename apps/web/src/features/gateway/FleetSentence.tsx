'use client'

import { useStale } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { serverNow, serverTime, useNow } from '../../lib/now.ts'
import { type Fleet, fleetKind, fleetSentence } from './fleet.ts'
import { freshForMs, type useFleet } from './useFleet.ts'

/**
 * {@link fleetSentence} with its icon. Its ages follow the API's clock. If it is no longer updated, says how old it is.
 */
export function FleetSentence({ fleet, query }: { fleet: Fleet; query: ReturnType<typeof useFleet> }) {
  const now = useNow()
  const stale = useStale(query, freshForMs)
  const nowMs = now || serverNow()
  return (
    <Status kind={stale ? 'warning' : fleetKind(fleet, nowMs)}>
      <span suppressHydrationWarning>{fleetSentence(fleet, nowMs)}</span>{' '}
      {stale && (
        <>
          Last updated <Time at={serverTime(query.dataUpdatedAt)} />.
        </>
      )}
    </Status>
  )
}
