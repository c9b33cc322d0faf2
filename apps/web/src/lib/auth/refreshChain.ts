import type { JWT } from 'next-auth/jwt'

/** A token with less than this left is renewed before it is used: the API still has to check it. */
const renewBeforeSeconds = 5
/** Parallel and late requests that still carry the old cookie get the same answer for this long. */
const answerKeptMs = 60_000
/** An 8 h session of 5 min tokens that slept through in one tab is far shorter; a loop would be a fault of the issuer. */
const stepsMax = 20

const secondsLeft = (token: JWT, nowMs: number) => (token.expiresAt ?? 0) - nowMs / 1000
export const isFresh = (token: JWT, nowMs: number) => secondsLeft(token, nowMs) > renewBeforeSeconds
/** Behind proxy.ts, which renews every session: its issuer is away. */
export const hasEnded = (token: JWT, nowMs: number) => secondsLeft(token, nowMs) <= 0

/** Exchanges a refresh token; null when the issuer refuses it. */
export type Exchange = (old: JWT & { refreshToken: string }) => Promise<JWT | null>

/**
 * Refreshes so that one refresh token is spent once: issuers that rotate them end the session when one comes twice.
 * A late request with an old cookie follows the chain of kept answers to the newest.
 *
 * The answers are kept in this process. Several web processes therefore need sticky sessions at the load balancer (the
 * target group's `lb_cookie`), or an issuer with a grace period for rotated tokens.
 */
export function createRefreshChain(exchange: Exchange, clock: () => number = Date.now) {
  const answers = new Map<string, Promise<JWT | null>>()

  function step(old: JWT & { refreshToken: string }): Promise<JWT | null> {
    const known = answers.get(old.refreshToken)
    if (known) return known
    const answer = exchange(old)
    answers.set(old.refreshToken, answer)
    const forget = () => answers.delete(old.refreshToken)
    answer.then(
      (token) => (token ? setTimeout(forget, answerKeptMs).unref() : forget()),
      forget, // the caller gets the error; the next request may try again
    )
    return answer
  }

  /** The fresh token, the same one if it is fresh already; null when the session can't be renewed. */
  return async function renew(token: JWT): Promise<JWT | null> {
    let next: JWT | null = token
    for (let i = 0; i < stepsMax && next && !isFresh(next, clock()); i++) {
      const refreshToken: string | undefined = next.refreshToken
      next = refreshToken ? await step({ ...next, refreshToken }) : null
    }
    return next && isFresh(next, clock()) ? next : null
  }
}
