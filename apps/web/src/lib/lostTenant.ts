'use client'

import { useSyncExternalStore } from 'react'

let lost: string | null = null
const listeners = new Set<() => void>()

/** A call failed because this person may no longer open the tenant, whose page is open. */
export function noteLostTenant(tenantId: string) {
  lost = tenantId
  for (const notify of listeners) notify()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The tenant that this person could open when the page was loaded, and can't any more. */
export const useLostTenant = (): string | null =>
  useSyncExternalStore(
    subscribe,
    () => lost,
    () => null,
  )
