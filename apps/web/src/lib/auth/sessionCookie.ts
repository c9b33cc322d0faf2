/** People sign in again after a working day. */
export const sessionMaxAgeSeconds = 8 * 3600

/** What is left of a session, counted from its sign-in, however often it was renewed since; 0 when it is over. */
export const sessionSecondsLeft = (signedInAt: number, nowMs: number): number =>
  Math.max(0, Math.floor(signedInAt + sessionMaxAgeSeconds - nowMs / 1000))

/** Browsers take 4,096 bytes a cookie, its name and attributes included. */
const partLength = 3_900

/** next-auth's own naming: https gets the prefix that browsers hold to `Secure`. */
export const sessionCookieName = (portalUrl: string) =>
  portalUrl.startsWith('https:') ? '__Secure-next-auth.session-token' : 'next-auth.session-token'

export type CookiePart = { name: string; value: string }

/** The cookies that hold one session token: a single one while it fits, else numbered parts as next-auth reads them. */
export function splitSessionCookie(name: string, value: string): CookiePart[] {
  if (value.length <= partLength) return [{ name, value }]
  const parts: CookiePart[] = []
  for (let at = 0; at < value.length; at += partLength) {
    parts.push({ name: `${name}.${parts.length}`, value: value.slice(at, at + partLength) })
  }
  return parts
}

/** Names among `present` that belong to the session but not to its newest parts: an older, longer session's leftovers. */
export const leftoverCookies = (name: string, present: readonly string[], parts: readonly CookiePart[]) =>
  present.filter((p) => (p === name || p.startsWith(`${name}.`)) && !parts.some((part) => part.name === p))
