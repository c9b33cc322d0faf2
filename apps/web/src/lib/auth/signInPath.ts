/**
 * What the sign-in page says about an ended session: nothing for a person who comes without one. `change` if the person
 * had just sent a change, which was then not applied.
 */
export type Ended = 'session' | 'change'

export const endedOf = (value: string | string[] | undefined): Ended | null =>
  value === 'session' || value === 'change' ? value : null

/** The page that a request is for, with its query. `proxy.ts` sets it for pages that find that the session has ended. */
export const wantedHeader = 'x-wanted-path'

/** The path of the sign-in page. @param wanted the page to return to, with its query */
export function signInPath(wanted: string, ended: Ended | null): string {
  const query = new URLSearchParams()
  if (wanted !== '/') query.set('callbackUrl', wanted)
  if (ended) query.set('ended', ended)
  return query.size > 0 ? `/signin?${query}` : '/signin'
}
