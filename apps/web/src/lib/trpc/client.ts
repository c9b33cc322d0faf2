'use client'

import type { AppRouter } from '@tickwatch/api/router'
import { batchCallsMax } from '@tickwatch/policy'
import { createTRPCClient, httpBatchLink, httpLink, httpSubscriptionLink, retryLink, splitLink } from '@trpc/client'
import type { inferRouterOutputs } from '@trpc/server'
import { createTRPCContext } from '@trpc/tanstack-react-query'
import { retryDelayMs } from '../retryDelay.ts'

export type Outputs = inferRouterOutputs<AppRouter>

/** `useTRPC()` has the page's scope: the tenant under `/t/<tenant>`, otherwise the whole platform. */
export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>()

/** The tRPC client of one scope: `null` is the whole platform. */
export function makeTrpcClient(tenantId: string | null) {
  const url = tenantId === null ? '/api/trpc/p' : `/api/trpc/t/${encodeURIComponent(tenantId)}`
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (op) => op.type === 'subscription',
        // After any answer but 200 the browser's EventSource does not reconnect, so retryLink does.
        true: [retryLink({ retry: () => true, retryDelayMs }), httpSubscriptionLink({ url })],
        false: splitLink({
          condition: (op) => op.context.alone === true,
          true: httpLink({ url }),
          false: httpBatchLink({ url, maxURLLength: 2_000, maxItems: batchCallsMax }),
        }),
      }),
    ],
  })
}
