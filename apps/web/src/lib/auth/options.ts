import 'server-only'
import { sessionMaxAgeSeconds } from '@tickwatch/policy'
import type { AuthOptions } from 'next-auth'
import { env, resourceOf } from '../../env.ts'
import { pageToReturnTo } from './callbackUrl.ts'
import { configurationUrl } from './oidc.ts'

declare module 'next-auth/jwt' {
  /** The content of the encrypted session cookie. A script in the browser never sees it. */
  interface JWT {
    /** Made at the sign-in; renewals keep it. The API refuses it after the sign-out. */
    sessionId?: string
    accessToken?: string
    refreshToken?: string
    /** Needed to sign out at the issuer. */
    idToken?: string
    /** Seconds since the epoch; renewals keep it. */
    signedInAt?: number
    /** When the access token expires, in seconds since the epoch. */
    expiresAt?: number
  }
}

export function authOptions(): AuthOptions {
  const { OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_SCOPES, NEXTAUTH_SECRET } = env()
  return {
    secret: NEXTAUTH_SECRET,
    session: { strategy: 'jwt', maxAge: sessionMaxAgeSeconds },
    pages: { signIn: '/signin', error: '/signin' },
    providers: [
      {
        id: 'oidc',
        name: 'Company account',
        type: 'oauth',
        idToken: true,
        wellKnown: configurationUrl(),
        clientId: OIDC_CLIENT_ID,
        clientSecret: OIDC_CLIENT_SECRET,
        authorization: { params: { scope: OIDC_SCOPES, ...resourceOf(env()) } },
        checks: ['pkce', 'state', 'nonce'],
        profile: (profile: { sub: string; name?: string }) => ({ id: profile.sub, name: profile.name ?? profile.sub }),
      },
    ],
    callbacks: {
      redirect: ({ url, baseUrl }) => pageToReturnTo(url, baseUrl),
      // Only proxy.ts refreshes tokens, because server components can't write cookies.
      jwt({ token, account }) {
        if (account) {
          token.sessionId = crypto.randomUUID()
          token.signedInAt = Math.floor(Date.now() / 1000)
        }
        if (account?.access_token) token.accessToken = account.access_token
        if (account?.refresh_token) token.refreshToken = account.refresh_token
        if (account?.id_token) token.idToken = account.id_token
        if (account?.expires_at) token.expiresAt = account.expires_at
        return token
      },
      session: ({ session }) => ({ user: { name: session.user?.name ?? null }, expires: session.expires }),
    },
  }
}
