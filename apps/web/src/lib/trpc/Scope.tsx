'use client'

import { QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { queryClientOf } from '../queryClient.ts'
import { makeTrpcClient, TRPCProvider } from './client.ts'

/**
 * Everything inside asks the API about one tenant, or with `null` about the whole platform.
 * Give it the tenant as `key`, so that a change of tenant mounts everything again.
 */
export function Scope({ tenantId, children }: { tenantId: string | null; children: ReactNode }) {
  const [queryClient] = useState(() => queryClientOf(tenantId))
  const [trpcClient] = useState(() => makeTrpcClient(tenantId))
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  )
}
