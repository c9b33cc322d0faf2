import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../components/Guarded.tsx'
import { AuditPage } from '../../../features/audit/AuditPage.tsx'
import { eventsInput } from '../../../features/audit/filters.ts'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Audit log' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(null, (trpc) => [trpc.audit.list.queryOptions(eventsInput(get, 'UTC'))])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="audit:read" title="Audit log" what="the audit log">
        <AuditPage />
      </Guarded>
    </HydrationBoundary>
  )
}
