/** next-auth's own name of the cookie with the page to return to after the sign-in. */
export const callbackUrlCookieName = (portalUrl: string) =>
  portalUrl.startsWith('https:') ? '__Secure-next-auth.callback-url' : 'next-auth.callback-url'

/** A path, or a URL of http or https. next-auth reports anything else as a fault of the server. */
export function isCallbackUrl(url: string): boolean {
  const parsed = URL.parse(url, url.startsWith('/') ? 'http://portal' : undefined)
  return parsed !== null && /^https?:$/.test(parsed.protocol)
}

/** The page to return to: one of the portal, or its overview. */
export function pageToReturnTo(url: string, portalUrl: string): string {
  const parsed = URL.parse(url, portalUrl)
  return parsed?.origin === portalUrl ? parsed.href : portalUrl
}
