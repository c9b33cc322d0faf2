/**
 * The content security policy of one answer. Scripts run only with its nonce. Inline styles are allowed, because
 * Mantine, recharts and React write style attributes; a style can neither read nor send anything under the rest of this
 * policy.
 * @param signOutOrigins the sign-out form redirects there, and browsers check `form-action` on redirects too.
 */
export const contentSecurityPolicy = (nonce: string, signOutOrigins: readonly string[]) =>
  [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : ''}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    `form-action 'self' ${signOutOrigins.join(' ')}`,
    "frame-ancestors 'none'",
  ].join('; ')

/** The issuer's origin, and that of its sign-out page, which Cognito has elsewhere. */
export const originsOf = (issuer: string, signOutPage: string | undefined): string[] => [
  ...new Set([issuer, signOutPage ?? issuer].map((page) => new URL(page).origin)),
]
