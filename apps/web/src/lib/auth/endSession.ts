import 'server-only'
import { setTimeout as wait } from 'node:timers/promises'
import { sessionHeader } from '@tickwatch/policy'
import type { JWT } from 'next-auth/jwt'
import { env } from '../../env.ts'
import { log } from '../log.ts'
import { renewToken } from './oidc.ts'
import { sessionSecondsLeft } from './sessionCookie.ts'

const apiTimeoutMs = 3_000
const retryAfterMs = 1_000

type Shared = typeof globalThis & { signedOutSessions?: Set<string> }
/** Next bundles proxy.ts and the routes separately, each with its own modules. So what both use is global. */
const signedOut = () => {
  const shared = globalThis as Shared
  shared.signedOutSessions ??= new Set()
  return shared.signedOutSessions
}

/** True if the session was signed out in this process. The API may not know that yet. */
export const isSignedOut = (sessionId: string): boolean => signedOut().has(sessionId)

/**
 * Ends a session, also for copies of its cookie: this process refuses it at once, and the API from when it records the
 * sign-out. Resolves after the first attempt at the API. If that fails, other attempts follow in the background, because
 * a person who signs out must not wait for an API that is away.
 */
export async function endSession(token: JWT | null): Promise<void> {
  if (!token?.accessToken || !token.sessionId) return
  const { accessToken, sessionId } = token
  const secondsLeft = sessionSecondsLeft(token.signedInAt ?? 0, Date.now())
  signedOut().add(sessionId)
  setTimeout(() => signedOut().delete(sessionId), secondsLeft * 1_000).unref()
  try {
    await tellApi(accessToken, sessionId)
  } catch (cause) {
    log().warn({ err: cause }, 'the API did not record a sign-out; the portal refuses the session and tries again')
    void retry(token, sessionId)
  }
}

/** Tries until the API has answered, the issuer has ended the session, or the session would have ended by itself. */
async function retry(token: JWT, sessionId: string): Promise<void> {
  let latest = token
  while (isSignedOut(sessionId)) {
    await wait(retryAfterMs, undefined, { ref: false })
    try {
      const renewed = await renewToken(latest)
      if (!renewed?.accessToken) return
      latest = renewed
      await tellApi(renewed.accessToken, sessionId)
      return
    } catch (cause) {
      log().debug({ err: cause }, 'the API did not record a sign-out')
    }
  }
}

/** @throws if the API is away. If it refuses the session already, there is nothing to end. */
async function tellApi(accessToken: string, sessionId: string): Promise<void> {
  const answer = await fetch(`${env().API_URL}/session.end`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${accessToken}`,
      [sessionHeader]: sessionId,
      'content-type': 'application/json',
    },
    body: '{}',
    cache: 'no-store',
    signal: AbortSignal.timeout(apiTimeoutMs),
  })
  const text = await answer.text()
  if (answer.status >= 500) throw new Error(`the API answered ${answer.status}: ${text.slice(0, 300)}`)
  if (answer.ok) log().info('the API recorded a sign-out')
  else log().info({ status: answer.status }, 'the API already refuses the session of a sign-out')
}
