import 'server-only'
import type { AuthOptions } from 'next-auth'
import { env } from '../../env.ts'
import { sessionMaxAgeSeconds } from './sessionCookie.ts'

declare module 'next-auth/jwt' {
  /** The content of the encrypted session cookie. A script in the browser never sees it. */
  interface JWT {
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
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_SCOPES, OIDC_RESOURCE, NEXTAUTH_SECRET } = env()
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
        wellKnown: `${OIDC_ISSUER}/.well-known/openid-configuration`,
        clientId: OIDC_CLIENT_ID,
        clientSecret: OIDC_CLIENT_SECRET,
        authorization: { params: { scope: OIDC_SCOPES, ...(OIDC_RESOURCE ? { resource: OIDC_RESOURCE } : {}) } },
        checks: ['pkce', 'state', 'nonce'],
        profile: (profile: { sub: string; name?: string }) => ({ id: profile.sub, name: profile.name ?? profile.sub }),
      },
    ],
    callbacks: {
      // Only proxy.ts refreshes tokens, because server components can't write cookies.
      jwt({ token, account }) {
        if (account) token.signedInAt = Math.floor(Date.now() / 1000)
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
