import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../components/Guarded.tsx'
import { ApiTokensPage } from '../../../features/apiToken/ApiTokensPage.tsx'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'API tokens' }

export default async function Page() {
  const state = await prefetched(null, (trpc) => [trpc.apiToken.list.queryOptions()])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="api-token:read" title="API tokens" what="the tokens of programs">
        <ApiTokensPage />
      </Guarded>
    </HydrationBoundary>
  )
}
