import type { JWT } from 'next-auth/jwt'

/** A token with at most this much time left is renewed before use, so that it is still valid when the API checks it. */
const renewBeforeSeconds = 5
/** Parallel and late requests that still carry the old cookie get the same answer for this long. */
const answerKeptMs = 60_000
/** Enough for a late request with an old cookie. A longer chain means that the issuer never gives a fresh token. */
const stepsMax = 20

const secondsLeft = (token: JWT, nowMs: number) => (token.expiresAt ?? 0) - nowMs / 1000
export const isFresh = (token: JWT, nowMs: number) => secondsLeft(token, nowMs) > renewBeforeSeconds
/** True if the token has expired. proxy.ts renews every session, so this means that the issuer is away. */
export const hasEnded = (token: JWT, nowMs: number) => secondsLeft(token, nowMs) <= 0

/** Exchanges a refresh token; null if the issuer rejects it. */
export type Exchange = (old: JWT & { refreshToken: string }) => Promise<JWT | null>

/**
 * Refreshes tokens so that each refresh token is used once. Issuers that rotate refresh tokens end the session if one
 * is used twice. A late request with an old cookie follows the chain of kept answers to the newest token.
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
      forget, // the caller gets the error, and the next request tries again
    )
    return answer
  }

  /** Returns a fresh token: the same one if it is still fresh, or null if the session can't be renewed. */
  return async function renew(token: JWT): Promise<JWT | null> {
    let next: JWT | null = token
    for (let i = 0; i < stepsMax && next && !isFresh(next, clock()); i++) {
      const refreshToken: string | undefined = next.refreshToken
      next = refreshToken ? await step({ ...next, refreshToken }) : null
    }
    return next && isFresh(next, clock()) ? next : null
  }
}
