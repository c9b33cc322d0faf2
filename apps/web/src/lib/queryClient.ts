import { MutationCache, QueryCache, QueryClient, type QueryKey } from '@tanstack/react-query'
import { TRPCClientError } from '@trpc/client'
import { type Ended, signInPath } from './auth/signInPath.ts'
import { describeFault, isUnanswered } from './errors.ts'
import { noteLostTenant } from './lostTenant.ts'
import { retryDelayMs } from './retryDelay.ts'
import { noteRoleLost } from './roleLost.ts'

const attemptsMax = 2
/** A page whose calls wait for their turn shows what it has. */
const turnsMax = 10

/** Whether a query that failed this often is sent again: if no answer came, the API failed, or it was one call too many. */
export function isSentAgain(failures: number, error: unknown): boolean {
  const { code } = describeFault(error)
  if (code === 'too-many-calls') return failures < turnsMax
  const mayPass = /^(unreachable|api-unreachable|portal-restarts)$|unavailable|internal/.test(code)
  return mayPass && failures < attemptsMax
}

export function sentAgainAfterMs(attempt: number, error: unknown): number {
  const { retryAfterSeconds } = describeFault(error)
  return retryAfterSeconds === undefined ? retryDelayMs(attempt) : retryAfterSeconds * 1_000
}

/** While the sign-in page is on its way, further answers must not replace its sentence. */
const leavingMs = 10_000
let leftAtMs = Number.NEGATIVE_INFINITY

/**
 * If the session has ended (signed out elsewhere, or ended by the issuer), opens the sign-in page, which says so and
 * returns to this page. If the tenant of this scope can no longer be opened, its page says so.
 */
function leaveWhenEnded(error: unknown, tenantId: string | null, ended: Ended) {
  if (typeof window === 'undefined' || !(error instanceof TRPCClientError)) return
  const { code } = describeFault(error)
  if (code === 'sign-in-needed' && Date.now() - leftAtMs > leavingMs) {
    leftAtMs = Date.now()
    window.location.assign(signInPath(window.location.pathname + window.location.search, ended))
  }
  if (code === 'tenant-not-found' && tenantId !== null) noteLostTenant(tenantId)
}

/** @param tenantId the scope of its calls: one tenant, or with null the whole platform */
export function makeQueryClient(tenantId: string | null): QueryClient {
  const queryClient: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.state.data !== undefined && describeFault(error).code === 'role-missing') noteRoleLost()
        // The answer to a change that is on its way says more.
        if (queryClient.isMutating() === 0) leaveWhenEnded(error, tenantId, 'session')
      },
    }),
    mutationCache: new MutationCache({
      onError: (error) => {
        leaveWhenEnded(error, tenantId, 'change')
        // Load everything again, so that the page shows whether the change was applied.
        if (isUnanswered(describeFault(error))) void queryClient.invalidateQueries()
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: isSentAgain,
        retryDelay: sentAgainAfterMs,
      },
    },
  })
  return queryClient
}

const kept = new Map<string, QueryClient>()

/**
 * The cache of one scope: the whole platform (`null`) or one tenant. Each tenant has its own, so that data of one
 * tenant never shows under another. In the browser the cache survives navigation; on the server it is new for each
 * request.
 */
export function queryClientOf(tenantId: string | null): QueryClient {
  if (typeof window === 'undefined') return makeQueryClient(tenantId)
  const key = tenantId ?? ''
  const known = kept.get(key)
  if (known) return known
  const made = makeQueryClient(tenantId)
  kept.set(key, made)
  return made
}

/** In the browser, marks what a query key stands for as old in all scopes. What is on the page is asked again at once. */
export function invalidateEverywhere(queryKey: QueryKey): void {
  for (const queryClient of kept.values()) void queryClient.invalidateQueries({ queryKey })
}
