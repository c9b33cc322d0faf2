import { type NextRequest, NextResponse } from 'next/server'
import { encode, getToken, type JWT } from 'next-auth/jwt'
import { env } from './env.ts'
import { contentSecurityPolicy } from './lib/auth/csp.ts'
import { isSignedOut } from './lib/auth/endSession.ts'
import { renewToken, signOutOrigins } from './lib/auth/oidc.ts'
import { leftoverCookies, sessionCookieName, sessionSecondsLeft, splitSessionCookie } from './lib/auth/sessionCookie.ts'
import { signInPath, wantedHeader } from './lib/auth/signInPath.ts'
import { log } from './lib/log.ts'
import { awaitTurn, personPace } from './lib/personPace.ts'

/**
 * Every page and every call to the API passes through here. It renews the session, because cookies can still be written
 * here; it sets the request id and the content security policy; it sends people without a session to the sign-in page; it
 * lets nobody keep the server busy for the others.
 */
export async function proxy(request: NextRequest) {
  const { NEXTAUTH_URL, NEXTAUTH_SECRET } = env()
  const path = request.nextUrl.pathname
  const isCall = path.startsWith('/api/')
  const isSignOut = path === '/api/logout'
  const requestId = crypto.randomUUID()
  const nonce = Buffer.from(crypto.randomUUID()).toString('base64')
  const policy = contentSecurityPolicy(nonce, signOutOrigins())
  const secure = NEXTAUTH_URL.startsWith('https:')
  const cookieName = sessionCookieName(NEXTAUTH_URL)
  const presentCookies = request.cookies.getAll().map((c) => c.name)

  const headers = new Headers(request.headers)
  headers.set('x-request-id', requestId)
  headers.set('content-security-policy', policy) // Next reads the nonce from it
  headers.set('x-nonce', nonce)
  const wanted = path + request.nextUrl.search
  headers.set(wantedHeader, wanted)

  const dressed = (response: NextResponse) => {
    response.headers.set('x-request-id', requestId)
    if (!isCall) response.headers.set('content-security-policy', policy)
    return response
  }
  const unchanged = () => dressed(NextResponse.next({ request: { headers } }))
  // The API checks the token of a link to the status page.
  if (path === '/signin' || path === '/api/status') return unchanged()

  const denied = () => {
    if (isSignOut) return unchanged() // it deletes the cookies itself
    if (path === '/status') return unchanged() // it may have been opened with a link, which only the browser knows
    const ofSession = leftoverCookies(cookieName, presentCookies, [])
    const signIn = signInPath(wanted, ofSession.length > 0 ? 'session' : null)
    const response = isCall ? unauthorized(requestId) : NextResponse.redirect(new URL(signIn, NEXTAUTH_URL))
    for (const name of ofSession) response.cookies.set(name, '', { path: '/', maxAge: 0, secure })
    return dressed(response)
  }

  const token = await getToken({ req: request, secret: NEXTAUTH_SECRET, cookieName })
  if (!token?.accessToken || !token.sessionId || isSignedOut(token.sessionId)) return denied()
  const signedInAt = token.signedInAt ?? Number(token.iat)
  const secondsLeft = sessionSecondsLeft(signedInAt, Date.now())
  if (!(secondsLeft > 0)) return denied()
  const retryAfterSeconds = isSignOut ? null : await awaitTurn(token.sub ?? token.sessionId, path)
  if (retryAfterSeconds !== null) return dressed(tooManyRequests(isCall, retryAfterSeconds, requestId))
  let fresh: JWT | null
  try {
    fresh = await renewToken(token)
  } catch (cause) {
    // The issuer is away. Use the token until it expires; then pages and calls say that the issuer does not answer.
    log().warn({ err: cause, requestId }, 'could not renew a session')
    fresh = token
  }
  if (!fresh) return denied()
  if (fresh === token) return unchanged()

  const sealed = await encode({ token: { ...fresh, signedInAt }, secret: NEXTAUTH_SECRET, maxAge: secondsLeft })
  const parts = splitSessionCookie(cookieName, sealed)
  const leftovers = leftoverCookies(cookieName, presentCookies, parts)
  // Set the cookies on the request too, so that this request already carries the fresh token.
  for (const name of leftovers) request.cookies.delete(name)
  for (const { name, value } of parts) request.cookies.set(name, value)
  headers.set('cookie', request.cookies.toString())
  const response = NextResponse.next({ request: { headers } })
  if (isSignOut) return dressed(response)
  for (const name of leftovers) response.cookies.set(name, '', { path: '/', maxAge: 0, secure })
  for (const { name, value } of parts) {
    response.cookies.set(name, value, {
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      secure,
      maxAge: secondsLeft,
    })
  }
  return dressed(response)
}

/** An error in the API's own shape, so that `describeFault` can read it. */
const refusal = (
  status: number,
  code: string,
  rpcCode: number,
  message: string,
  tickwatch: { code: string; requestId: string; details?: object },
) => NextResponse.json({ error: { message, code: rpcCode, data: { code, httpStatus: status, tickwatch } } }, { status })

const unauthorized = (requestId: string) =>
  refusal(401, 'UNAUTHORIZED', -32001, 'Your session has ended. Sign in again.', { code: 'sign-in-needed', requestId })

/** A call in the portal's pages is sent again by itself, and so is a page. */
function tooManyRequests(isCall: boolean, retryAfterSeconds: number, requestId: string): NextResponse {
  const about = `You ask the portal for more than ${personPace.perSecond} calls/s.`
  const details = { retryAfterSeconds }
  const again = `Try again in ${retryAfterSeconds} s.`
  const response = isCall
    ? refusal(429, 'TOO_MANY_REQUESTS', -32029, `${about} ${again}`, { code: 'too-many-calls', requestId, details })
    : new NextResponse(`${about} This page loads again in ${retryAfterSeconds} s.`, {
        status: 429,
        headers: { 'content-type': 'text/plain; charset=utf-8', refresh: String(retryAfterSeconds) },
      })
  response.headers.set('retry-after', String(retryAfterSeconds))
  return response
}

export const config = { matcher: ['/((?!api/auth|_next/|favicon.ico|icon.svg|healthz).*)'] }
