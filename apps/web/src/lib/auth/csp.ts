/**
 * The content security policy of one answer. Scripts run only with its nonce. Styles are allowed inline: Mantine, recharts
 * and React write style attributes, and a style alone can neither read nor send anything under the rest of this policy.
 * @param issuerOrigin signing out is a form that the issuer's redirect follows, which browsers hold to `form-action`.
 */
export const contentSecurityPolicy = (nonce: string, issuerOrigin: string) =>
  [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : ''}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    `form-action 'self' ${issuerOrigin}`,
    "frame-ancestors 'none'",
  ].join('; ')
