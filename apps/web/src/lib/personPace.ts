import { setTimeout as wait } from 'node:timers/promises'
import { batchCallsMax, Pace } from '@tickwatch/policy'

/**
 * What one person may ask of this server, which has one thread for all. Opening a page counts as about 16 calls, and an
 * open page then sends less than one a second: five tabs may open at once, and one each second.
 */
export const personPace = {
  ...{ perSecond: 20, burst: 100, waitMsMax: 2_000 },
  /** A page and what it asks begin at once. */
  peak: { perSecond: 50, burst: 20 },
} as const
/** In calls. An estimate: a page asks the API for several things, and is rendered. */
const pageCost = 10
/** Of one person. A browser opens six connections to a server. */
const heldMax = 100

const pace = new Pace(personPace)
/** Refused requests that do not have their answer yet, by person. */
const held = new Map<string, number>()

/** The calls that a request counts as. @param path the URL's path */
export function costOf(path: string): number {
  if (!path.startsWith('/api/trpc/')) return path.startsWith('/api/') ? 1 : pageCost
  return Math.min(path.split(/,|%2c/i, batchCallsMax).length, batchCallsMax)
}

/**
 * Waits until the request may be served. A refused one waits too, so that a program that asks again at once can't keep
 * the server busy with refusals.
 * @param person the token's subject
 * @returns null, or after how many seconds to try again if the person asked for too much
 */
export async function awaitTurn(person: string, path: string): Promise<number | null> {
  const admission = pace.admit(person, costOf(path), performance.now())
  if ('waitMs' in admission) {
    if (admission.waitMs > 0) await wait(admission.waitMs)
    return null
  }
  const others = held.get(person) ?? 0
  if (others >= heldMax) return admission.retryAfterSeconds
  held.set(person, others + 1)
  await wait(personPace.waitMsMax)
  const left = (held.get(person) ?? 1) - 1
  if (left === 0) held.delete(person)
  else held.set(person, left)
  return Math.max(1, Math.ceil(admission.retryAfterSeconds - personPace.waitMsMax / 1_000))
}
