import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../../components/Guarded.tsx'
import { RolloutPage } from '../../../../features/rollout/RolloutPage.tsx'
import { eventsInput, rolloutNumberOf } from '../../../../features/rollout/rollouts.ts'
import { readerOf, type SearchParams } from '../../../../lib/searchParams.ts'
import { alone } from '../../../../lib/trpc/alone.ts'
import { prefetched } from '../../../../lib/trpc/server.ts'

type Props = { params: Promise<{ number: string }>; searchParams: SearchParams }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Rollout ${rolloutNumberOf((await params).number)}` }
}

export default async function Page({ params, searchParams }: Props) {
  const number = rolloutNumberOf((await params).number)
  const get = await readerOf(searchParams)
  const state = await prefetched(
    null,
    (trpc) => [trpc.rollout.get.queryOptions({ number }), trpc.rollout.events.queryOptions(eventsInput(number, get))],
    (trpc) => [trpc.rollout.charts.queryOptions({ number }, { trpc: alone })],
  )
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="rollout:read" title={`Rollout ${number}`} what="rollouts">
        <RolloutPage number={number} />
      </Guarded>
    </HydrationBoundary>
  )
}
