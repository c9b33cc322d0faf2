import 'server-only'
import { setTimeout } from 'node:timers/promises'
import { type DehydratedState, dehydrate, type FetchQueryOptions } from '@tanstack/react-query'
import type { AppRouter } from '@tickwatch/api/router'
import { answerWithinMs, batchCallsMax, sessionHeader, tenantHeader } from '@tickwatch/policy'
import { createTRPCClient, httpBatchLink, httpLink, splitLink } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { cookies, headers } from 'next/headers'
import { getToken } from 'next-auth/jwt'
import { cache } from 'react'
import { env } from '../../env.ts'
import { hasEnded } from '../auth/refreshChain.ts'
import { sessionCookieName } from '../auth/sessionCookie.ts'
import { describeFault, type Fault, issuerAway } from '../errors.ts'
import { log } from '../log.ts'
import type { Me } from '../permissions.ts'
import { makeQueryClient } from '../queryClient.ts'

/** The API's client for server components, with the session's token. One client and cache per request and scope. */
export const serverTrpc = cache(async (tenantId: string | null) => {
  const { API_URL, NEXTAUTH_SECRET, NEXTAUTH_URL } = env()
  const jar = await cookies()
  const incoming = await headers()
  const cookieName = sessionCookieName(NEXTAUTH_URL)
  const token = await getToken({
    // getToken reads only the cookies and the authorization header of a request.
    req: { cookies: Object.fromEntries(jar.getAll().map((c) => [c.name, c.value])), headers: {} } as Parameters<
      typeof getToken
    >[0]['req'],
    secret: NEXTAUTH_SECRET,
    cookieName,
  })
  const forwarded: Record<string, string> = {
    authorization: `Bearer ${token?.accessToken ?? ''}`,
    [sessionHeader]: token?.sessionId ?? '',
  }
  for (const name of ['x-request-id', 'x-forwarded-for']) {
    const value = incoming.get(name)
    if (value) forwarded[name] = value
  }
  if (tenantId !== null) forwarded[tenantHeader] = tenantId
  const queryClient = makeQueryClient(tenantId)
  const link = {
    url: API_URL,
    headers: forwarded,
    // A page waits at most this long for its first data. After that the browser asks again.
    fetch: (url: URL | RequestInfo, options?: object) =>
      fetch(url, { ...options, cache: 'no-store', signal: AbortSignal.timeout(answerWithinMs.page) }),
  }
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (op) => op.context.alone === true,
        true: httpLink(link),
        false: httpBatchLink({ ...link, maxItems: batchCallsMax }),
      }),
    ],
  })
  const ended = token !== null && hasEnded(token, Date.now())
  return { ended, client, queryClient, trpc: createTRPCOptionsProxy<AppRouter>({ client, queryClient }) }
})

/** The signed-in person, loaded once per request; or the reason why the person is unknown. */
export const whoIsSignedIn = cache(async (): Promise<{ me: Me } | { fault: Fault }> => {
  const { client, ended } = await serverTrpc(null)
  if (ended) return { fault: { ...issuerAway, requestId: null, notFound: false } }
  try {
    return { me: await client.access.me.query() }
  } catch (error) {
    const fault = describeFault(error)
    if (fault.requestId) return { fault }
    // The API did not answer, so only the portal knows the request id.
    const requestId = (await headers()).get('x-request-id')
    log().warn({ err: error, requestId }, 'the API did not answer')
    return { fault: { ...fault, requestId } }
  }
})

type Scoped = Awaited<ReturnType<typeof serverTrpc>>

// biome-ignore lint/suspicious/noExplicitAny: each query has its own types, which do not matter here
type Queries = (trpc: Scoped['trpc']) => FetchQueryOptions<any, any, any, any>[]

/** The first paint waits at most this long for answers from AMP. */
const soonMs = 400

/**
 * Asks the API before the page is sent, so that the first paint has its data. If a query fails, the browser asks again
 * and shows the error in place.
 * @param queries quick queries, answered by Postgres.
 * @param slower queries answered by AMP, with `{ trpc: alone }`. The page waits at most 400 ms for them.
 */
export async function prefetched(
  tenantId: string | null,
  queries: Queries,
  slower: Queries = () => [],
): Promise<DehydratedState> {
  const { queryClient, trpc } = await serverTrpc(tenantId)
  const ask = (of: Queries) =>
    Promise.all(of(trpc).map((query) => queryClient.prefetchQuery({ ...query, retry: false })))
  await Promise.all([ask(queries), Promise.race([ask(slower), setTimeout(soonMs)])])
  return dehydrate(queryClient)
}
