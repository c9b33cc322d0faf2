import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../components/Guarded.tsx'
import { ImagesPage } from '../../../features/image/ImagesPage.tsx'
import { imagesInput } from '../../../features/image/images.ts'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Images' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(null, (trpc) => [trpc.image.list.queryOptions(imagesInput(get))])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="image:read" title="Images" what="golden images">
        <ImagesPage />
      </Guarded>
    </HydrationBoundary>
  )
}
