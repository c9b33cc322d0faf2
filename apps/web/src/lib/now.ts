'use client'

import { useSyncExternalStore } from 'react'

type Clock = { now: number; listeners: Set<() => void>; timer: ReturnType<typeof setInterval> | null }
const clocks = new Map<number, Clock>()

function clockOf(everyMs: number): Clock {
  let clock = clocks.get(everyMs)
  if (!clock) {
    clock = { now: Date.now(), listeners: new Set(), timer: null }
    clocks.set(everyMs, clock)
  }
  return clock
}

/**
 * The time in milliseconds, renewed every `everyMs`. All callers with one period share one timer, so that ages on a page
 * tick together. On the server and while hydrating it is 0: write nothing relative then.
 */
export function useNow(everyMs = 1_000): number {
  return useSyncExternalStore(
    (listener) => {
      const clock = clockOf(everyMs)
      clock.listeners.add(listener)
      if (!clock.timer) {
        clock.now = Date.now()
        clock.timer = setInterval(() => {
          clock.now = Date.now()
          for (const tell of clock.listeners) tell()
        }, everyMs)
      }
      return () => {
        clock.listeners.delete(listener)
        if (clock.listeners.size === 0 && clock.timer) {
          clearInterval(clock.timer)
          clock.timer = null
        }
      }
    },
    () => clockOf(everyMs).now,
    () => 0,
  )
}
