import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { historyInput, sloInput, sloRange } from '../../../../features/slo/inputs.ts'
import { SloPage } from '../../../../features/slo/SloPage.tsx'
import { readRange } from '../../../../lib/range.ts'
import { readerOf, type SearchParams } from '../../../../lib/searchParams.ts'
import { alone } from '../../../../lib/trpc/alone.ts'
import { prefetched } from '../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ slo: string }>; searchParams: SearchParams }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).slo) }
}

export default async function Page({ params, searchParams }: Props) {
  const sloId = decodeURIComponent((await params).slo)
  const get = await readerOf(searchParams)
  const renderedAtMs = Date.now()
  const range = readRange(get, renderedAtMs, sloRange)
  const state = await prefetched(
    null,
    () => [],
    (trpc) => [
      trpc.sloReads.get.queryOptions(sloInput(sloId, get), { trpc: alone }),
      trpc.sloReads.history.queryOptions(historyInput(sloId, get, range), { trpc: alone }),
      trpc.incident.marksOfSlo.queryOptions(historyInput(sloId, get, range), { trpc: alone }),
    ],
  )
  return (
    <HydrationBoundary state={state}>
      <SloPage sloId={sloId} renderedAtMs={renderedAtMs} />
    </HydrationBoundary>
  )
}
