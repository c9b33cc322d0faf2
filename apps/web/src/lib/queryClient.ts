import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { TRPCClientError } from '@trpc/client'
import { describeFault, isUnanswered } from './errors.ts'

const attemptsMax = 2

/** Only what may go better the next time: no answer, or the API's own trouble. */
const mayGoBetter = (error: unknown) => {
  const { code } = describeFault(error)
  return /^(unreachable|api-unreachable|portal-restarts)$|unavailable|internal/.test(code)
}

/** The session ended (signed out elsewhere, or the issuer ended it): sign in and come back to the same page. */
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
        // Whether it was applied shows in what the page asks anew.
        if (isUnanswered(describeFault(error))) void queryClient.invalidateQueries()
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < attemptsMax && mayGoBetter(error),
        retryDelay: (attempt) => 500 * 2 ** attempt,
      },
    },
  })
  return queryClient
}

const kept = new Map<string, QueryClient>()

/**
 * The cache of one scope, the whole platform (`null`) or one tenant. Each tenant has its own, so that answers about one
 * can never show under another. In the browser it outlives navigation; on the server it is new for every request.
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
