import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { TRPCClientError } from '@trpc/client'
import { describeFault, isUnanswered } from './errors.ts'
import { retryDelayMs } from './retryDelay.ts'

const attemptsMax = 2

/** True for errors that may pass: no answer, or an internal error of the API. */
const isRetryable = (error: unknown) => {
  const { code } = describeFault(error)
  return /^(unreachable|api-unreachable|portal-restarts)$|unavailable|internal/.test(code)
}

/**
 * If the session has ended (signed out elsewhere, or ended by the issuer), signs in again and returns to the same page.
 */
function signInWhenEnded(error: unknown) {
  if (typeof window === 'undefined' || !(error instanceof TRPCClientError)) return
  const data: { code?: string } | null | undefined = error.data
  if (data?.code !== 'UNAUTHORIZED') return
  const here = window.location.pathname + window.location.search
  window.location.assign(`/signin?callbackUrl=${encodeURIComponent(here)}`)
}

export function makeQueryClient(): QueryClient {
  const queryClient: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: signInWhenEnded }),
    mutationCache: new MutationCache({
      onError: (error) => {
        signInWhenEnded(error)
        // Load everything again, so that the page shows whether the change was applied.
        if (isUnanswered(describeFault(error))) void queryClient.invalidateQueries()
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < attemptsMax && isRetryable(error),
        retryDelay: retryDelayMs,
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
  if (typeof window === 'undefined') return makeQueryClient()
  const key = tenantId ?? ''
  const known = kept.get(key)
  if (known) return known
  const made = makeQueryClient()
  kept.set(key, made)
  return made
}
