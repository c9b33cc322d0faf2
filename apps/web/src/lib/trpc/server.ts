import 'server-only'
import { setTimeout } from 'node:timers/promises'
import { type DehydratedState, dehydrate, type FetchQueryOptions } from '@tanstack/react-query'
import type { AppRouter } from '@tickwatch/api/router'
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

const timeoutMs = 3_000

/** The API for server components, with the session's token; one client and cache per request and scope. */
export const serverTrpc = cache(async (tenantId: string | null) => {
  const { API_URL, NEXTAUTH_SECRET, NEXTAUTH_URL } = env()
  const jar = await cookies()
  const incoming = await headers()
  const cookieName = sessionCookieName(NEXTAUTH_URL)
  const token = await getToken({
    // getToken reads nothing of a request but its cookies and the authorization header.
    req: { cookies: Object.fromEntries(jar.getAll().map((c) => [c.name, c.value])), headers: {} } as Parameters<
      typeof getToken
    >[0]['req'],
    secret: NEXTAUTH_SECRET,
    cookieName,
  })
  const forwarded: Record<string, string> = { authorization: `Bearer ${token?.accessToken ?? ''}` }
  for (const name of ['x-request-id', 'x-forwarded-for']) {
    const value = incoming.get(name)
    if (value) forwarded[name] = value
  }
  if (tenantId !== null) forwarded['x-tickwatch-tenant'] = tenantId
  const queryClient = makeQueryClient()
  const link = {
    url: API_URL,
    headers: forwarded,
    // A page never waits longer than this for its first data: the browser asks again by itself.
    fetch: (url: URL | RequestInfo, options?: object) =>
      fetch(url, { ...options, cache: 'no-store', signal: AbortSignal.timeout(timeoutMs) }),
  }
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({ condition: (op) => op.context.alone === true, true: httpLink(link), false: httpBatchLink(link) }),
    ],
  })
  const ended = token !== null && hasEnded(token, Date.now())
  return { ended, client, queryClient, trpc: createTRPCOptionsProxy<AppRouter>({ client, queryClient }) }
})

/** The person, asked once per request; or why that can't be said. */
export const whoIsSignedIn = cache(async (): Promise<{ me: Me } | { fault: Fault }> => {
  const { client, ended } = await serverTrpc(null)
  if (ended) return { fault: { ...issuerAway, requestId: null, notFound: false } }
  try {
    return { me: await client.access.me.query() }
  } catch (error) {
    const fault = describeFault(error)
    if (fault.requestId) return { fault }
    // No answer of the API: then the request is known here only.
    const requestId = (await headers()).get('x-request-id')
    log().warn({ err: error, requestId }, 'the API did not answer')
    return { fault: { ...fault, requestId } }
  }
})

type Scoped = Awaited<ReturnType<typeof serverTrpc>>

// biome-ignore lint/suspicious/noExplicitAny: each query has its own types, and none is looked at here
type Queries = (trpc: Scoped['trpc']) => FetchQueryOptions<any, any, any, any>[]

/** A first paint may wait this long for answers from AMP. */
const soonMs = 400

/**
 * Asks the API before the page is sent, so that the first paint has its data. What fails is left to the browser, which
 * asks again and shows the fault in place.
 * @param queries answered by Postgres, quick.
 * @param slower answered by AMP, with `{ trpc: alone }`: waited for 400 ms at most.
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
