'use client'

const listeners = new Set<() => void>()
/** The queries of a page fail one after the other. */
const onceInMs = 10_000
let notedAtMs = Number.NEGATIVE_INFINITY

/** A query that had worked failed because this person no longer has the role for it. */
export function noteRoleLost() {
  if (Date.now() - notedAtMs < onceInMs) return
  notedAtMs = Date.now()
  for (const notify of listeners) notify()
}

export function onRoleLost(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
