import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { listInput } from '../../../features/slo/inputs.ts'
import { SlosPage } from '../../../features/slo/SlosPage.tsx'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { alone } from '../../../lib/trpc/alone.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'SLOs' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(
    null,
    () => [],
    (trpc) => [trpc.sloReads.list.queryOptions(listInput(get), { trpc: alone })],
  )
  return (
    <HydrationBoundary state={state}>
      <SlosPage />
    </HydrationBoundary>
  )
}
