import { type NextRequest, NextResponse } from 'next/server'
import NextAuth from 'next-auth'
import { env } from '../../../../env.ts'
import { callbackUrlCookieName, isCallbackUrl } from '../../../../lib/auth/callbackUrl.ts'
import { authOptions } from '../../../../lib/auth/options.ts'

const handler = (request: NextRequest, context: RouteContext<'/api/auth/[...nextauth]'>) => {
  const { NEXTAUTH_URL } = env()
  const cookie = callbackUrlCookieName(NEXTAUTH_URL)
  const sent = [...request.nextUrl.searchParams.getAll('callbackUrl'), request.cookies.get(cookie)?.value ?? '']
  if (sent.every((url) => url === '' || isCallbackUrl(url))) return NextAuth(request, context, authOptions())
  const refused = new NextResponse('The page to return to after the sign-in is not a URL. Sign in again.', {
    status: 400,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  })
  refused.cookies.set(cookie, '', { path: '/', maxAge: 0, secure: NEXTAUTH_URL.startsWith('https:') })
  return refused
}

export { handler as GET, handler as POST }
