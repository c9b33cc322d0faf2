'use client'

import { useSyncExternalStore } from 'react'

let missing: string | null = null
const listeners = new Set<() => void>()

/** The page below found that this tenant does not exist; null once it is left. */
export function noteMissingTenant(tenantId: string | null) {
  missing = tenantId
  for (const tell of listeners) tell()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The tenant of the open page if that does not exist: the navigation beside it must not offer its pages. */
export const useMissingTenant = (): string | null =>
  useSyncExternalStore(
    subscribe,
    () => missing,
    () => null,
  )
