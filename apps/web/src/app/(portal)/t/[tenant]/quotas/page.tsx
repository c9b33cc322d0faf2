import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { chosenLimit, defaultRange, historyInput, usageHistoryInput } from '../../../../../features/quota/inputs.ts'
import { QuotasPage } from '../../../../../features/quota/QuotasPage.tsx'
import { readRange } from '../../../../../lib/range.ts'
import { readerOf, type SearchParams } from '../../../../../lib/searchParams.ts'
import { alone } from '../../../../../lib/trpc/alone.ts'
import { prefetched } from '../../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ tenant: string }>; searchParams: SearchParams }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Quotas of ${(await params).tenant}` }
}

export default async function Page({ params, searchParams }: Props) {
  const { tenant } = await params
  const get = await readerOf(searchParams)
  const renderedAtMs = Date.now()
  const chart = usageHistoryInput(chosenLimit(get), readRange(get, renderedAtMs, defaultRange))
  const state = await prefetched(
    tenant,
    (trpc) => [trpc.quota.history.queryOptions(historyInput(get('cursor'))), trpc.refusal.causes.queryOptions()],
    (trpc) => [
      trpc.usage.now.queryOptions(undefined, { trpc: alone }),
      trpc.usage.history.queryOptions(chart, { trpc: alone }),
    ],
  )
  return (
    <HydrationBoundary state={state}>
      <QuotasPage tenantId={tenant} renderedAtMs={renderedAtMs} />
    </HydrationBoundary>
  )
}
