import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../components/Guarded.tsx'
import { AccessPage } from '../../../features/access/AccessPage.tsx'
import { grantsInput } from '../../../features/access/grants.ts'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Access' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(null, (trpc) => [trpc.access.grants.queryOptions(grantsInput(get))])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="access:read" title="Access" what="the list of roles">
        <AccessPage />
      </Guarded>
    </HydrationBoundary>
  )
}
