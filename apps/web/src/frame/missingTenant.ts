'use client'

import { useSyncExternalStore } from 'react'

let missing: string | null = null
const listeners = new Set<() => void>()

/** The open page calls this when its tenant does not exist, and with null when the person leaves the page. */
export function noteMissingTenant(tenantId: string | null) {
  missing = tenantId
  for (const notify of listeners) notify()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The tenant of the open page, if it does not exist. The navigation must not offer its pages. */
export const useMissingTenant = (): string | null =>
  useSyncExternalStore(
    subscribe,
    () => missing,
    () => null,
  )
