import { type NextRequest, NextResponse } from 'next/server'
import { getToken } from 'next-auth/jwt'
import { env } from '../../../env.ts'
import { endSession } from '../../../lib/auth/endSession.ts'
import { issuerMetadata } from '../../../lib/auth/oidc.ts'
import { leftoverCookies, sessionCookieName } from '../../../lib/auth/sessionCookie.ts'
import { log } from '../../../lib/log.ts'

/**
 * Ends the session in the portal, at the API and at the issuer. Only a form of the portal may post to it: no link or
 * image can.
 */
export async function POST(request: NextRequest) {
  const { NEXTAUTH_URL, NEXTAUTH_SECRET, OIDC_CLIENT_ID } = env()
  if (request.headers.get('origin') !== new URL(NEXTAUTH_URL).origin) {
    return new Response('Sign out with the button in the portal.', { status: 403 })
  }
  const token = await getToken({ req: request, secret: NEXTAUTH_SECRET })
  const [next] = await Promise.all([whereNext(), endSession(token)])
  const response = NextResponse.redirect(next, 303)
  const present = request.cookies.getAll().map((c) => c.name)
  for (const name of leftoverCookies(sessionCookieName(NEXTAUTH_URL), present, [])) {
    response.cookies.set(name, '', { path: '/', maxAge: 0, secure: NEXTAUTH_URL.startsWith('https:') })
  }
  return response

  async function whereNext(): Promise<URL> {
    const home = new URL('/signin', NEXTAUTH_URL)
    try {
      const { end_session_endpoint } = await issuerMetadata()
      if (!end_session_endpoint) return home
      const end = new URL(end_session_endpoint)
      end.searchParams.set('client_id', OIDC_CLIENT_ID)
      const portal = `${new URL(NEXTAUTH_URL).origin}/`
      end.searchParams.set('post_logout_redirect_uri', portal)
      // Cognito's name for it. Other issuers ignore what they do not know (RP-Initiated Logout 1.0 §2).
      end.searchParams.set('logout_uri', portal)
      if (token?.idToken) end.searchParams.set('id_token_hint', token.idToken)
      return end
    } catch (cause) {
      // The portal's own session ends in any case.
      log().warn({ err: cause }, 'could not ask the issuer to end a session')
      return home
    }
  }
}
