import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { env } from '../../../../../env.ts'
import { ReadersPage } from '../../../../../features/reader/ReadersPage.tsx'
import { endedInput, endedPrefix } from '../../../../../features/reader/readers.ts'
import { readerOf, type SearchParams } from '../../../../../lib/searchParams.ts'
import { prefetched } from '../../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ tenant: string }>; searchParams: SearchParams }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Readers of ${(await params).tenant}` }
}

export default async function Page({ params, searchParams }: Props) {
  const { tenant } = await params
  const get = await readerOf(searchParams)
  const state = await prefetched(tenant, (trpc) => [
    trpc.reader.list.queryOptions(),
    trpc.reader.ended.queryOptions(endedInput(get(`${endedPrefix}cursor`))),
  ])
  const { READERS_URL, READERS_CA_FILE } = env()
  const endpoint = { url: READERS_URL.replace(/\/+$/, ''), caFile: READERS_CA_FILE ?? null }
  return (
    <HydrationBoundary state={state}>
      <ReadersPage tenantId={tenant} endpoint={endpoint} />
    </HydrationBoundary>
  )
}
