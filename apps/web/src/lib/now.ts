'use client'

import { useSyncExternalStore } from 'react'

type Clock = { read: () => number; subscribe: (listener: () => void) => () => void }
const clocks = new Map<number, Clock>()

/** One timer a period, running while anyone listens. Its functions are made once: new ones would resubscribe each render. */
function clockOf(everyMs: number): Clock {
  const known = clocks.get(everyMs)
  if (known) return known
  const listeners = new Set<() => void>()
  let now = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = () => {
    now = Date.now()
    for (const tell of listeners) tell()
  }
  const clock: Clock = {
    read: () => now,
    subscribe(listener) {
      listeners.add(listener)
      if (timer === undefined) {
        now = Date.now()
        timer = setInterval(tick, everyMs)
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
  clocks.set(everyMs, clock)
  return clock
}

const onServer = () => 0

/**
 * The time in milliseconds, renewed every `everyMs`. All callers with one period share one timer, so that ages on a page
 * tick together. On the server and while hydrating it is 0.
 */
export function useNow(everyMs = 1_000): number {
  const clock = clockOf(everyMs)
  return useSyncExternalStore(clock.subscribe, clock.read, onServer)
}

/** How far the browser's clock is ahead of the API's, as far as it is known. */
let aheadMs = 0

/** From an answer that says when it was given, and when it came by the browser's clock. */
export function learnServerClock(givenMs: number, receivedMs: number) {
  aheadMs = receivedMs - givenMs
}

/** What the API's clock shows when the browser's shows `nowMs`, to compare with its times; 0 stays 0. */
export const serverTime = (nowMs: number): number => (nowMs === 0 ? 0 : nowMs - aheadMs)
