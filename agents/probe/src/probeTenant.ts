import type { Attempt, Edge } from './attempt.ts'
import { GatewayRoute } from './gatewayRoute.ts'

/** What a probe found, from the best to what can be seen least. */
export const results = ['read', 'not-readable', 'cannot-query', 'cannot-write'] as const
export type Result = (typeof results)[number]

export type Outcome = {
  result: Result
  sentMs: number
  /** From sending to reading. Of a probe that gave up at least the time after which it does. */
  ageSeconds: number
  /** The gateway of the last request; null if that was away too. */
  gateway: string | null
  /** Those to which Envoy sends no requests. */
  away: ReadonlySet<string>
  /** Why it gave up; null if it read its sample. */
  why: string | null
}

/** Passed in so that tests need not wait. */
export type Time = {
  epochMs(): number
  monotonicMs(): number
  sleep(ms: number): Promise<void>
}

/** More than the 8 s that the SLO of freshness allows, so that a lost sample counts as late. Less than the interval. */
export const giveUpMs = 9_000
/** The time that the last try has. */
const lastTryMs = 1_000
/** Prometheus waits as long before it sends a write again. */
const firstPauseMs = 50
const pauseMaxMs = 500

/**
 * Writes a sample of the tenant through the first gateway, or through the next that is there, as Envoy would do for a writer,
 * and reads it back through the same gateway until it sees it.
 * @param gateways at least one
 */
export async function probeTenant(
  edge: Edge,
  tenantId: string,
  gateways: readonly string[],
  first: number,
  time: Time,
): Promise<Outcome> {
  const sentMs = time.epochMs()
  const startedMs = time.monotonicMs()
  const route = new GatewayRoute(gateways, first)
  const elapsedMs = () => time.monotonicMs() - startedMs

  /** Tries until it succeeds or the time is over. @returns the last attempt */
  const insist = async (how: 'write' | 'read'): Promise<Attempt> => {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, pauseMaxMs)) {
      const attempt = await edge[how](tenantId, route.current, sentMs, Math.max(giveUpMs - elapsedMs(), lastTryMs))
      const leftMs = giveUpMs - elapsedMs()
      if (attempt.kind !== 'away') route.answered()
      if (attempt.kind === 'ok' || leftMs <= 0) return attempt
      if (attempt.kind === 'away' && route.leave()) pauseMs = firstPauseMs / 2
      else await time.sleep(Math.min(pauseMs, leftMs))
    }
  }
  const outcome = (result: Result, why: string | null): Outcome => {
    const ageMs = result === 'read' ? elapsedMs() : Math.max(elapsedMs(), giveUpMs)
    const gateway = route.away.has(route.current) ? null : route.current
    return { result, sentMs, ageSeconds: ageMs / 1_000, gateway, away: route.away, why }
  }

  const write = await insist('write')
  if (write.kind !== 'ok') return outcome('cannot-write', write.why)
  const read = await insist('read')
  if (read.kind === 'ok') return outcome('read', null)
  return outcome(read.kind === 'missing' ? 'not-readable' : 'cannot-query', read.why)
}
