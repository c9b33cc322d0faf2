import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../../components/Guarded.tsx'
import { NewRolloutPage } from '../../../../features/rollout/NewRolloutPage.tsx'
import { choosableInput } from '../../../../features/rollout/planForm.ts'
import { prefetched } from '../../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Ask for a rollout' }

export default async function Page() {
  const state = await prefetched(null, (trpc) => [
    trpc.image.list.queryOptions(choosableInput),
    trpc.rollout.targets.queryOptions(),
  ])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="rollout:manage" title="Ask for a rollout" what="the form for rollouts">
        <NewRolloutPage />
      </Guarded>
    </HydrationBoundary>
  )
}
