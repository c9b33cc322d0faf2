import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../../components/Guarded.tsx'
import { mayRead, withRollouts } from '../../../../features/rollout/contract.ts'
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
    (api) => {
      const trpc = withRollouts(api)
      return [trpc.rollout.get.queryOptions({ number }), trpc.rollout.events.queryOptions(eventsInput(number, get))]
    },
    (api) => [withRollouts(api).rollout.charts.queryOptions({ number }, { trpc: alone })],
  )
  return (
    <HydrationBoundary state={state}>
      <Guarded permission={mayRead} title={`Rollout ${number}`} what="rollouts">
        <RolloutPage number={number} />
      </Guarded>
    </HydrationBoundary>
  )
}
