'use client'

import { useSyncExternalStore } from 'react'

type Clock = { read: () => number; subscribe: (listener: () => void) => () => void }
const clocks = new Map<number, Clock>()

/**
 * One timer per period. It runs while it has listeners. Its functions stay the same: new ones would resubscribe each
 * render.
 */
function clockOf(everyMs: number): Clock {
  const known = clocks.get(everyMs)
  if (known) return known
  const listeners = new Set<() => void>()
  let browserNow = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = () => {
    browserNow = Date.now()
    for (const notify of listeners) notify()
  }
  const clock: Clock = {
    read: () => serverTime(browserNow),
    subscribe(listener) {
      listeners.add(listener)
      if (timer === undefined) {
        browserNow = Date.now()
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
 * The time on the API's clock in milliseconds, updated every `everyMs`. All callers with the same period share one timer,
 * so that ages on a page change together. On the server and while hydrating it is 0.
 */
export function useNow(everyMs = 1_000): number {
  const clock = clockOf(everyMs)
  return useSyncExternalStore(clock.subscribe, clock.read, onServer)
}

/** How far the browser's clock is ahead of the API's; 0 until known. */
let aheadMs = 0

/** Learns the difference of the clocks from an answer: when the API gave it, and when the browser got it. */
export function learnServerClock(givenMs: number, receivedMs: number) {
  aheadMs = receivedMs - givenMs
}

/** The time on the API's clock when the browser's clock shows `browserMs`, as in `dataUpdatedAt`. */
export const serverTime = (browserMs: number): number => browserMs - aheadMs

/** The time on the API's clock: the clock of every time that an answer names. */
export const serverNow = (): number => serverTime(Date.now())
