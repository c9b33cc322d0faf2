import { setTimeout as wait } from 'node:timers/promises'
import { Pace } from '@tickwatch/policy'
import type { Caller } from '../auth/caller.ts'
import { DomainError } from './errors.ts'

/** What the people of one tenant may ask together of a process, which has one thread for all. An open page sends a call a second. */
export const tenantPace = {
  ...{ perSecond: 60, burst: 120, waitMsMax: 2_000 },
  /** What a page asks begins at once. */
  peak: { perSecond: 100, burst: 20 },
} as const
/** Live views read their figures once a second. A page without one asks every 5 s. */
export const streamsMax = { person: 12, payer: 60 } as const

/** Limits what one tenant, or one person of the platform, can take of this process. */
export function createCallPace() {
  const pace = new Pace(tenantPace)
  const streams = new Map<string, number>()
  const count = (key: string, by: 1 | -1) => {
    const open = (streams.get(key) ?? 0) + by
    if (open === 0) streams.delete(key)
    else streams.set(key, open)
  }
  return {
    /**
     * Waits until the call may begin.
     * @param tenantId after it was checked that the caller may open the tenant; null for a call about the platform
     * @param cost of the call, at most the burst
     * @throws DomainError if it would wait longer than 2 s.
     */
    async awaitTurn(caller: Caller, tenantId: string | null, cost: number): Promise<void> {
      const payer = payerOf(caller, tenantId)
      const admission = pace.admit(payer, cost, performance.now())
      if ('retryAfterSeconds' in admission) throw tooManyCalls(payer, admission.retryAfterSeconds)
      if (admission.waitMs > 0) await wait(admission.waitMs)
    },
    /** @returns a function that closes it. @throws DomainError if the person or the tenant has too many. */
    openStream(caller: Caller, tenantId: string | null): () => void {
      const person = `person ${caller.subject}`
      const payer = payerOf(caller, tenantId)
      const full = (streams.get(person) ?? 0) >= streamsMax.person || (streams.get(payer) ?? 0) >= streamsMax.payer
      if (full) throw tooManyStreams()
      const keys = new Set([person, payer])
      for (const key of keys) count(key, 1)
      return () => {
        for (const key of keys) count(key, -1)
      }
    },
  }
}
export type CallPace = ReturnType<typeof createCallPace>

/** A tenant pays for its people. People of the platform pay for themselves, so that they can look at a busy tenant. */
const payerOf = ({ held, subject }: Caller, tenantId: string | null) =>
  tenantId !== null && held.some((role) => role.tenantId === tenantId) ? `tenant ${tenantId}` : `person ${subject}`

const tooManyCalls = (payer: string, retryAfterSeconds: number) =>
  new DomainError(
    'limited',
    'too-many-calls',
    `${payer.startsWith('tenant') ? 'The people of this tenant send' : 'You send'} more than ${tenantPace.perSecond} calls/s. Nothing was changed. Try again in ${retryAfterSeconds} s.`,
    { details: { retryAfterSeconds } },
  )

const tooManyStreams = () =>
  new DomainError(
    'limited',
    'too-many-streams',
    `One person may have ${streamsMax.person} live views open, and the people of a tenant ${streamsMax.payer}. This page asks every few seconds instead.`,
  )
