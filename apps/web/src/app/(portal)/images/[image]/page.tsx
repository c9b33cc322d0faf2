import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../../components/Guarded.tsx'
import { ImagePage } from '../../../../features/image/ImagePage.tsx'
import { imageIdOf } from '../../../../features/image/images.ts'
import { prefetched } from '../../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Image' }

export default async function Page({ params }: { params: Promise<{ image: string }> }) {
  const id = imageIdOf((await params).image)
  const state = await prefetched(null, (trpc) => [
    trpc.image.get.queryOptions({ id }),
    trpc.image.vulnerabilities.queryOptions({ id }),
  ])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="image:read" title="Image" what="golden images">
        <ImagePage imageId={id} />
      </Guarded>
    </HydrationBoundary>
  )
}
