import type { StatusView } from './words.ts'

/** The token of a link, in the part of the URL that a browser does not send; null without one. */
export function tokenOf(hash: string): string | null {
  const token = hash.replace(/^#/, '')
  // Other characters can't be in a header, and no token has them.
  return token === '' ? null : token.replace(/[^\w-]/g, '')
}

export const linkOf = (origin: string, token: string): string => `${origin}/status#${token}`

/** Reads the status with the token of a link. @throws an error that `describeFault` can read */
export async function readByLink(token: string, signal: AbortSignal): Promise<StatusView> {
  const answer = await fetch('/api/status', { headers: { authorization: `Bearer ${token}` }, signal })
  if (answer.ok) return (await answer.json()) as StatusView
  // A problem of the API, RFC 9457. The portal answers without one if the API does not answer.
  const { title, code, requestId } = Object(await answer.json().catch(() => null))
  throw Object.assign(new Error(title), code ? { data: { code, tickwatch: { code, requestId } } } : {})
}

const refusedCodes = ['api-token-missing', 'api-token-refused', 'api-token-scope-missing']
/** Whether the API refuses the link itself, so that asking again does not help. */
export const isRefused = ({ code }: { code: string }): boolean => refusedCodes.includes(code)
