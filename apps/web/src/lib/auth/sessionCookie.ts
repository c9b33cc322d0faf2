import { sessionMaxAgeSeconds } from '@tickwatch/policy'

/** The seconds left of a session, counted from its sign-in: renewals do not extend it. 0 if it has ended. */
export const sessionSecondsLeft = (signedInAt: number, nowMs: number): number =>
  Math.max(0, Math.floor(signedInAt + sessionMaxAgeSeconds - nowMs / 1000))

/** Browsers accept at most 4,096 bytes per cookie, including its name and attributes. */
const partLength = 3_900

/** next-auth's own name. With https it gets the prefix `__Secure-`, which browsers accept on `Secure` cookies only. */
export const sessionCookieName = (portalUrl: string) =>
  portalUrl.startsWith('https:') ? '__Secure-next-auth.session-token' : 'next-auth.session-token'

export type CookiePart = { name: string; value: string }

/** The cookies for one session token: one cookie if it fits, otherwise numbered parts, which next-auth can read. */
export function splitSessionCookie(name: string, value: string): CookiePart[] {
  if (value.length <= partLength) return [{ name, value }]
  const parts: CookiePart[] = []
  for (let at = 0; at < value.length; at += partLength) {
    parts.push({ name: `${name}.${parts.length}`, value: value.slice(at, at + partLength) })
  }
  return parts
}

/** The names in `present` that belong to the session but not to `parts`: left over from a longer session. */
export const leftoverCookies = (name: string, present: readonly string[], parts: readonly CookiePart[]) =>
  present.filter((p) => (p === name || p.startsWith(`${name}.`)) && !parts.some((part) => part.name === p))
